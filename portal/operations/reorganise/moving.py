"""Rows that go over to another code, each kind with its inverse. What is returned is kept in `ReorganisationRun.moves`."""

# ruff: noqa: S608 (table and column names come from the models)

from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from engagement.models import DisabledHome
from facilities.models import Coverage, Facility
from facilities.rules import name_sort
from partners.models import Brand, CharityReceipt, Partner, PartnerKind
from portal.operations.reorganise.plan import Plan
from portal.operations.reorganise.tables import Tables
from tenants.key_models import DataKey
from tenants.models import Appointment
from tenants.rules import district_of

Moves = list[list[int]]  # [id, old code, new code]


class CannotUndo(Exception):
    """Something was built upon the re-organisation since; the message says what."""


def move_facilities(plan: Plan) -> Moves:
    """Composite keys carry the code on to whatever belongs to a facility."""
    return _set_codes(Facility, [[pk, old, new] for pk, (old, new) in sorted(plan.facilities.items())])


def move_others(plan: Plan, tables: Tables) -> dict[str, Moves]:
    """Whatever else is live: partners, imports, data keys, and tables of apps that this module has never heard of.

    Rows that have no parent to follow are named before any parent moves: afterwards nobody can tell them from the others.
    """
    return {model._meta.db_table: _set_codes(model, _rows_to_move(model, plan)) for model in tables.moved}


def loose_rows(plan: Plan, tables: Tables) -> dict[type, Moves]:
    """The rows without a parent in tables that follow one: a facility that is only proposed, a record without its visit."""
    return {model: _rows_to_move(model, plan, where) for model, where in tables.loose.items()}


def move_loose(found: dict[type, Moves]) -> dict[str, Moves]:
    return {model._meta.db_table: _set_codes(model, moves) for model, moves in found.items()}


def _rows_to_move(model: type, plan: Plan, where: str = "true") -> Moves:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT {model._meta.pk.column}, division_code FROM {model._meta.db_table}
            WHERE division_code = ANY(%s) AND {where} ORDER BY 1""",
            [list(plan.codes)],
        )
        return [[pk, code, plan.codes[code]] for pk, code in cursor.fetchall()]


def _set_codes(model: type, moves: Moves) -> Moves:
    if _written(model, moves) != len(moves):
        raise RuntimeError(f"{model._meta.db_table}: rows changed while they were moved")
    return moves


def _written(model: type, moves: Moves) -> int:
    if not moves:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE {model._meta.db_table} t SET division_code = m.new
            FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS m(id, old, new)
            WHERE t.{model._meta.pk.column} = m.id AND t.division_code = m.old""",
            [list(column) for column in zip(*moves, strict=True)],
        )
        return cursor.rowcount


def move_back(model: type, moves: Moves) -> None:
    """Raises CannotUndo where a row has gone or moved on."""
    back = [[pk, new, old] for pk, old, new in moves]
    if (written := _written(model, back)) != len(back):
        raise CannotUndo(f"{model._meta.verbose_name}有 {len(back) - written} 条后来已删除或改到别处")


# --- appointments -----------------------------------------------------------------------------------------------------


def move_appointments(plan: Plan, today: date) -> dict[str, Any]:
    """Those in force go over; those of a division without one heir end. Past ones stay as they were."""
    current = Appointment.objects.filter(Q(ends_on=None) | Q(ends_on__gt=today)).order_by("pk")
    moves = [[a.pk, a.division_code, plan.codes[a.division_code]] for a in current.filter(division_code__in=plan.codes)]
    _set_codes(Appointment, moves)
    ended = []
    for appointment in current.filter(division_code__in=plan.gone - plan.codes.keys()):
        ended.append([appointment.pk, appointment.ends_on and appointment.ends_on.isoformat()])
        last = max(plan.concordance.effective_on, appointment.starts_on + timedelta(days=1))
        Appointment.objects.filter(pk=appointment.pk).update(ends_on=last)
    return {"moved": moves, "ended": ended}


def undo_appointments(done: dict[str, Any]) -> None:
    move_back(Appointment, done["moved"])
    for pk, ends_on in done["ended"]:
        Appointment.objects.filter(pk=pk).update(ends_on=ends_on and date.fromisoformat(ends_on))


# --- names that are taken where two districts become one --------------------------------------------------------------


def rename_collisions(plan: Plan, former_names: dict[int, str]) -> dict[str, list[list[Any]]]:
    """What the new division has under the same name already keeps its row and gets 「(原下城区)」 behind its name."""
    return {
        "partners": _rename_partners(plan, former_names),
        "vouchers": _rename_vouchers(plan, former_names),
        "homes": _rename_homes(plan, former_names),
        "brands": _rename_brands(plan, former_names),
    }


def _rename_partners(plan: Plan, former_names: dict[int, str]) -> list[list[Any]]:
    moving = list(Partner.objects.filter(division_code__in=plan.codes).order_by("pk"))
    staying = Partner.objects.filter(division_code__in=set(plan.codes.values()))
    taken = {(p.division_code, p.name): p.uscc for p in staying.exclude(pk__in=[partner.pk for partner in moving])}
    renamed = []
    for partner in moving:
        new = plan.codes[partner.division_code]
        name = partner.name
        if (new, name) in taken:
            name = distinct(partner.name, former_names[partner.division_code], 80, {n for c, n in taken if c == new})
            same = bool(partner.uscc) and partner.uscc == taken[new, partner.name]
            renamed.append([partner.pk, partner.name, name, same])
            sort = name_sort(name, person=partner.kind == PartnerKind.RESIDENT)
            Partner.objects.filter(pk=partner.pk).update(name=name, name_sort=sort)
        taken[new, name] = partner.uscc
    return renamed


def _rename_vouchers(plan: Plan, former_names: dict[int, str]) -> list[list[Any]]:
    crossing = {pk: move for pk, move in plan.facilities.items() if district_of(move[0]) != district_of(move[1])}
    moving = list(CharityReceipt.objects.filter(facility_id__in=crossing).order_by("pk"))
    districts = {district_of(new) for _, new in crossing.values()}
    staying = CharityReceipt.objects.filter(district_code__in=districts).exclude(
        pk__in=[receipt.pk for receipt in moving]
    )
    taken = set(staying.values_list("district_code", "voucher"))
    renamed = []
    for receipt in moving:
        old, new = (district_of(code) for code in crossing[receipt.facility_id])
        voucher = receipt.voucher
        if (new, voucher) in taken:
            voucher = distinct(voucher, former_names.get(old, str(old)), 60, {v for d, v in taken if d == new})
            renamed.append([receipt.pk, receipt.voucher, voucher])
            CharityReceipt.objects.filter(pk=receipt.pk).update(voucher=voucher)
        taken.add((new, voucher))
    return renamed


def _rename_brands(plan: Plan, former_names: dict[int, str]) -> list[list[Any]]:
    """[id, old name, new name, credit code]: two districts that become one each knew the brand. The code stays with the first."""
    moving = list(Brand.objects.filter(division_code__in=plan.codes).order_by("pk"))
    staying = Brand.objects.filter(district_code__in={district_of(code) for code in plan.codes.values()})
    there = list(staying.exclude(pk__in=[brand.pk for brand in moving]))
    names, codes = {(b.district_code, b.name) for b in there}, {(b.district_code, b.uscc) for b in there if b.uscc}
    renamed = []
    for brand in moving:
        new, name, uscc = district_of(plan.codes[brand.division_code]), brand.name, brand.uscc
        if (new, name) in names:
            name = distinct(name, former_names[brand.division_code], 60, {n for c, n in names if c == new})
        if uscc and (new, uscc) in codes:
            uscc = ""
        if (name, uscc) != (brand.name, brand.uscc):
            renamed.append([brand.pk, brand.name, name, brand.uscc])
            Brand.objects.filter(pk=brand.pk).update(name=name, uscc=uscc)
        names.add((new, name))
        codes.add((new, uscc))
    return renamed


def _rename_homes(plan: Plan, former_names: dict[int, str]) -> list[list[Any]]:
    moving = list(DisabledHome.objects.filter(division_code__in=plan.codes).order_by("pk"))
    staying = DisabledHome.objects.filter(division_code__in=set(plan.codes.values()))
    there = staying.exclude(pk__in=[home.pk for home in moving])
    taken = set(there.values_list("division_code", "name", "starts_on"))
    renamed = []
    for home in moving:
        new, name = plan.codes[home.division_code], home.name
        if (new, name, home.starts_on) in taken:
            name = distinct(name, former_names[home.division_code], 80, {n for c, n, _ in taken if c == new})
            renamed.append([home.pk, home.name, name])
            DisabledHome.objects.filter(pk=home.pk).update(name=name)
        taken.add((new, name, home.starts_on))
    return renamed


def distinct(text: str, former: str, length: int, taken: set[str]) -> str:
    for number in range(1, 1000):
        suffix = f"（原{former}{'' if number == 1 else number}）"
        if (made := text[: length - len(suffix)] + suffix) not in taken:
            return made
    raise RuntimeError(f"no free name for {text}")


def undo_renames(done: dict[str, list[list[Any]]]) -> None:
    for pk, old, new, _ in done["partners"]:
        partner = Partner.objects.filter(pk=pk, name=new).first()
        if partner is None:
            raise CannotUndo(f"合伙人“{new}”后来改过名")
        sort = name_sort(old, person=partner.kind == PartnerKind.RESIDENT)
        Partner.objects.filter(pk=pk).update(name=old, name_sort=sort)
    for pk, old, new in done["vouchers"]:
        if CharityReceipt.objects.filter(pk=pk, voucher=new).update(voucher=old) != 1:
            raise CannotUndo(f"到账凭证“{new}”后来改过")
    for pk, old, new in done.get("homes", []):
        if DisabledHome.objects.filter(pk=pk, name=new).update(name=old) != 1:
            raise CannotUndo(f"残疾人之家“{new}”后来改过")


# --- keys of personal data --------------------------------------------------------------------------------------------


def retire_keys(plan: Plan) -> list[int]:
    """A merged district's data keys go along and still open what they sealed; in use is the key of the district it joins."""
    current = DataKey.objects.filter(retired_at=None)
    taken = set(current.filter(division_code__in=set(plan.codes.values())).values_list("division_code", "purpose"))
    retired = []
    for key in current.filter(division_code__in=plan.codes).order_by("pk"):
        target = plan.codes[key.division_code], key.purpose
        if target in taken:
            retired.append(key.pk)
        taken.add(target)
    DataKey.objects.filter(pk__in=retired).update(retired_at=timezone.now())
    return retired


def undo_retired_keys(ids: list[int]) -> None:
    DataKey.objects.filter(pk__in=ids).update(retired_at=None)


# --- covered communities ----------------------------------------------------------------------------------------------


def move_coverage(plan: Plan) -> dict[str, list[Any]]:
    """A covered community that becomes another: the row ends on the day and one of the new code begins.

    So the facts of earlier days count what they counted. A row that begins later is only given the new code.
    """
    day = plan.concordance.effective_on
    done: dict[str, list[Any]] = {"ended": [], "added": [], "recoded": []}
    running = Coverage.objects.filter(Q(ends_on=None) | Q(ends_on__gt=day), community_code__in=plan.gone).order_by("pk")
    for row in running:
        old = row.community_code
        new = plan.codes.get(old) or plan.facilities.get(row.facility_id, (None, None))[1]
        if new is None:
            continue
        starts_on = max(row.starts_on, day)
        others = Coverage.objects.filter(facility_id=row.facility_id, community_code=new).exclude(pk=row.pk)
        covered = others.filter(starts_on__lte=starts_on).filter(Q(ends_on=None) | Q(ends_on__gt=starts_on)).exists()
        if row.starts_on >= day:
            if not covered:
                Coverage.objects.filter(pk=row.pk).update(community_code=new)
                done["recoded"].append([row.pk, old, new])
            continue
        Coverage.objects.filter(pk=row.pk).update(ends_on=day)
        done["ended"].append([row.pk, row.ends_on and row.ends_on.isoformat()])
        if not covered:
            added = Coverage.objects.create(
                facility_id=row.facility_id, division_code=row.division_code, community_code=new, starts_on=day,
                ends_on=row.ends_on,
            )  # fmt: skip
            done["added"].append(added.pk)
    return done


def undo_coverage(done: dict[str, list[Any]], day: date) -> None:
    if Coverage.objects.filter(pk__in=done["added"]).delete()[0] != len(done["added"]):
        raise CannotUndo("改编时新写的覆盖社区后来已删除")
    for pk, ends_on in done["ended"]:
        back = ends_on and date.fromisoformat(ends_on)
        if Coverage.objects.filter(pk=pk, ends_on=day).update(ends_on=back) != 1:
            raise CannotUndo("改编时终止的覆盖社区后来改过")
    for pk, old, new in done["recoded"]:
        if Coverage.objects.filter(pk=pk, community_code=new).update(community_code=old) != 1:
            raise CannotUndo("覆盖社区后来改过")
