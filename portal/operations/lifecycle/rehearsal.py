"""What a decision would do, shown before it is done: it is carried out in a savepoint, looked at, and rolled back."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Sum

from assessments.queries.whatif import Standing, facts_on, standings
from facilities.models import Decision, Facility, Lifecycle, OfferedFunction, Operator, Site, Space
from facilities.operations.facility import RecordRefused
from facilities.queries.listing import facilities_on
from partners.models import Partner, ResidentProject
from portal.operations.lifecycle.steps import carry_out
from portal.queries.desk.due import due_items
from portal.wording import TIER_NAMES, m2_text, number_text
from tenants.models import Appointment, User


@dataclass(frozen=True, slots=True)
class Change:
    """A facility whose tier was looked at: what it is and what it would be; in words, since it may not be judged at all."""

    facility: Facility
    before: str
    after: str

    @property
    def is_other(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Total:
    """A number of a facility before and after: sites, area, functions, projects."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Rehearsal:
    """problem: why it cannot be done, in words; the rest is empty then."""

    problem: str = ""
    tiers: tuple[Change, ...] = ()
    totals: tuple[Total, ...] = ()
    totals_of: Facility | None = None
    partners: tuple[str, ...] = ()
    projects: int = 0
    agreements: tuple[str, ...] = ()
    open_work: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()  # what becomes of agreements with partners, space for service, figures of operation


class _TakenBack(Exception):
    pass


def rehearse(decision: Decision, *, appointment: Appointment, by: User, today: date) -> Rehearsal:
    """Carry a decision out and take it back; what was seen in between. Nothing of it stays, not even in the logs."""
    day = max(decision.effective_on, today)
    eve = max(decision.effective_on - timedelta(days=1), today)
    ids = [decision.facility_id] if decision.facility_id else []
    successor = Facility.objects.filter(uuid=decision.answers.get("successor") or None).first()
    watched = [*ids, *([successor.pk] if successor else [])]
    main = successor or decision.facility
    before, totals = _told(watched, eve), _totals(main, eve)
    beside = _beside(decision, appointment, eve, today)
    seen: dict = {}
    try:
        with transaction.atomic():
            facility, written = carry_out(decision, by=by, today=today)
            watched = list(dict.fromkeys([facility.pk, *watched]))
            main = main or facility
            seen = {
                "after": _told(watched, day),
                "totals": _totals(main, day),
                "facility": facility,
                "told": written.told,
            }
            raise _TakenBack
    except _TakenBack:
        pass
    except RecordRefused as refused:
        return Rehearsal(problem=str(refused))
    except IntegrityError as error:
        return Rehearsal(problem=f"台账不允许这样改：{_constraint(error)}。请换一个生效日，或先改台账。")
    after = seen["after"]
    facilities = {seen["facility"].pk: seen["facility"], **({successor.pk: successor} if successor else {})}
    return Rehearsal(
        tiers=tuple(Change(facilities[pk], before.get(pk, "还没有"), after[pk]) for pk in watched),
        totals=tuple(Total(label, totals.get(label, "0"), text) for label, text in seen["totals"].items()),
        totals_of=main,
        contracts=tuple(seen["told"]),
        **beside,
    )


def _constraint(error: DatabaseError) -> str:
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or "记录互相矛盾"


def _told(ids: list[int], day: date) -> dict[int, str]:
    """Tier of each facility on a day, or why it has none."""
    states = dict(facilities_on(day).filter(pk__in=ids).values_list("pk", "lifecycle"))
    found = standings(facts_on(ids, day), day) if ids else {}
    return {pk: _words(found.get(pk), states.get(pk)) for pk in ids}


def _words(standing: Standing | None, lifecycle: str | None) -> str:
    if standing is not None:
        return TIER_NAMES[standing.tier]
    return f"不参加测算（{Lifecycle(lifecycle).label}）" if lifecycle else "不参加测算"


def _totals(facility: Facility | None, day: date) -> dict[str, str]:
    if facility is None:
        return {}
    sites, spaces = (model.objects.filter(facility_id=facility.pk).in_force(day) for model in (Site, Space))
    functions = OfferedFunction.objects.filter(facility_id=facility.pk).in_force(day)
    projects = ResidentProject.objects.filter(facility_id=facility.pk).in_force(day)
    return {
        "点位": f"{number_text(sites.count())} 个",
        "建筑面积": m2_text(sites.aggregate(sum=Sum("floor_area_m2"))["sum"]),
        "空间": f"{number_text(spaces.count())} 个",
        "可用面积": m2_text(spaces.aggregate(sum=Sum("usable_area_m2"))["sum"]),
        "功能": f"{number_text(functions.count())} 项",
        "入驻项目": f"{number_text(projects.count())} 个",
    }


def _beside(decision: Decision, appointment: Appointment, eve: date, today: date) -> dict:
    """Who runs what there today, and what has been begun and not finished."""
    if decision.facility_id is None:
        return {}
    projects = ResidentProject.objects.filter(facility_id=decision.facility_id).in_force(eve)
    partners = Partner.objects.filter(projects__in=projects).distinct().order_by("name")
    operators = Operator.objects.filter(facility_id=decision.facility_id).in_force(eve)
    uuid = str(decision.facility.uuid)
    waiting = [item for item in due_items(appointment, today) if item.facility_uuid == uuid]
    return {
        "projects": projects.count(),
        "partners": tuple(partners.values_list("name", flat=True)[:20]),
        "agreements": tuple(f"{row.get_kind_display()}“{row.name}”" for row in operators),
        "open_work": tuple(f"{item.title}（{item.deadline} 截止）" for item in waiting),
    }
