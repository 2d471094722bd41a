"""Decisions over a facility: each kind of them proposed by its form, then confirmed, given up or taken back."""

from datetime import UTC, date, datetime

from facilities.models import Decision, Facility, FacilityState
from tenants.scope import division_scope, opened_scope
from tests.structure.surfaces.base import Surface, edited, said
from tests.structure.surfaces.registry import DECISION, DECISION_FIELDS, SITE_FIELDS
from tests.structure.world import CITY, LIULANG, TAIZHOULU, facility_pk

DONE_AT = datetime(2026, 11, 22, 1, tzinfo=UTC)  # an hour before the clock of the matrix
OPEN, PLANNED, SUSPENDED = "open", "planned", "suspended"


def _community(thing) -> int:
    """Where the facility of that place may go to: the place itself, or a community below it."""
    if thing.division_code % 1000:
        return thing.division_code
    return LIULANG if thing.division_code // 10**6 == LIULANG // 10**6 else TAIZHOULU


def _other(thing) -> str:
    """Another facility of the district that somebody of the place sees: the planned one of the same place."""
    with opened_scope(division_scope(CITY)):
        return str(Facility.objects.values_list("uuid", flat=True).get(pk=facility_pk(thing.division_code) + 100))


def _is(lifecycle: str):
    def arrange(who, thing) -> None:
        FacilityState.objects.filter(facility=thing.pk, ends_on=None).update(lifecycle=lifecycle)

    return arrange


def _decided(state: str, **values):
    """A decision to suspend the facility of the place, which is open."""

    def arrange(who, thing) -> None:
        told = {
            "kind": "suspend",
            "effective_on": date(2026, 11, 22),
            "answers": {},
            "written": {},
            "confirmed_at": None,
        }
        Decision.objects.filter(pk=thing.pk).update(**{**told, "state": state, **values})

    return arrange


START = "portal:lifecycle_start"


def _start(kind: str, lifecycle: str = OPEN, names=None, columns=frozenset(), **values) -> Surface:
    return Surface(
        edited(None, **DECISION, **values), DECISION_FIELDS | columns, names or {}, arguments={"kind": kind},
        arranged=_is(lifecycle), writes="facilities_decision",
    )  # fmt: skip


SURFACES = {
    f"{START} retype": _start(
        "retype", names={"covered": "Division"}, columns=frozenset({"construction_type", "hub_street"}),
        construction_type="streetblock", hub_street="桥弄街",
    ),
    f"{START} move": _start(
        "move", names={"community": "Division"}, columns=SITE_FIELDS | {"site"}, community=_community, address="新址",
        site="新楼",
    ),
    f"{START} merge": _start("merge", names={"successor": "Facility"}, successor=_other, grounds="small"),
    f"{START} reopen": _start("reopen", SUSPENDED),
    f"{START} withdraw": _start("withdraw", grounds="remote"),
    f"{START} keep": _start("keep", grounds="busy"),
    "portal:decision_act confirm": Surface(
        said(act="confirm"), arranged=_decided("proposed"), writes="facilities_facilitystate"
    ),
    "portal:decision_act undo": Surface(
        said(act="undo"), arranged=_decided("done", confirmed_at=DONE_AT), writes="facilities_decision"
    ),
}  # fmt: skip
