"""Proposals about facilities that nobody has confirmed yet name communities: they go on under the new codes."""

from facilities.models import Decision, DecisionState
from portal.operations.reorganise.moving import CannotUndo
from portal.operations.reorganise.plan import Plan

Recoded = list[list]  # [id, field → text before, field → text after]
_ONE, _SEVERAL = "community", "covered"  # as the forms of `portal.lifecycle_forms` call them


def recode(plan: Plan) -> Recoded:
    """Of a community that is split, the part that takes the rest is meant, as for everything that is no facility yet."""
    done: Recoded = []
    waiting = Decision.objects.filter(state__in=[DecisionState.PROPOSED, DecisionState.WAITING]).order_by("pk")
    for decision in waiting:
        was = {name: decision.answers[name] for name in (_ONE, _SEVERAL) if name in decision.answers}
        now = {name: _renamed(plan, value) for name, value in was.items()}
        if now != was:
            Decision.objects.filter(pk=decision.pk).update(answers={**decision.answers, **now})
            done.append([decision.pk, was, now])
    return done


def _renamed(plan: Plan, value):
    if isinstance(value, list):
        return [_renamed(plan, one) for one in value]
    return str(plan.codes.get(int(value), value)) if str(value).isdigit() else value


def undo(done: Recoded) -> None:
    for pk, was, now in done:
        decision = Decision.objects.filter(pk=pk).first()
        if decision is None or any(decision.answers.get(name) != value for name, value in now.items()):
            raise CannotUndo("改编时在途的设施变更后来改过")
        Decision.objects.filter(pk=pk).update(answers={**decision.answers, **was})
