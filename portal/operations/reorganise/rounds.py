"""Yearly spot checks of a district that is merged into another: they stay apart from those of the district they join."""

from assessments.models import CheckRound
from portal.operations.reorganise.moving import CannotUndo
from portal.operations.reorganise.plan import Plan

Named = list[list[int]]  # [id, code of the former district]


def name_former(plan: Plan, names: dict[int, str]) -> Named:
    """Each round that comes into a district which was there before says whose it was.

    names: code → name of the divisions that end.
    """
    done: Named = []
    for row in CheckRound.objects.filter(division_code__in=plan.codes, former_code=0).order_by("pk"):
        target = plan.codes[row.division_code]
        if target in plan.new_codes and target not in plan.ended:
            continue  # the same district under another code
        name = names.get(row.division_code, str(row.division_code))
        CheckRound.objects.filter(pk=row.pk).update(former_code=row.division_code, former_name=name)
        done.append([row.pk, row.division_code])
    return done


def undo(done: Named) -> None:
    for pk, code in done:
        if CheckRound.objects.filter(pk=pk, former_code=code).update(former_code=0, former_name="") != 1:
            raise CannotUndo("并入的抽检后来改过")
