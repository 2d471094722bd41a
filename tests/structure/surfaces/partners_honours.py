"""Rounds of selection, exemplars, the rules of the district; who a partner is, merged and taken apart; its contact persons."""

from datetime import date

from partners.models import Credential, Exemplar, Nomination, Partner, PartnerMerge, SelectionRound
from partners.queries.life import NUMBERS
from tenants.rules import Role
from tests.people import person
from tests.structure.rows import make_row
from tests.structure.surfaces.base import DAY, Surface, said
from tests.structure.surfaces.partners import DECIDE, WHY
from tests.structure.surfaces.partners_entry import ADDED, TERM
from tests.structure.world import TAIZHOULU

CITIZEN = "330105194910010016"
OPENED = {"title": "年度遴选", "opens_on": DAY, "closes_on": "2026-12-31", "scoring": "信誉 100", "basis": "区里通知"}


def _round(state: str, *, points=(80,), selected: bool | None = None, **values):
    """A round with one nomination more, which has the number that the request names."""

    def arrange(who, thing) -> None:
        told = {"state": state, "scoring": "信誉 100", "notice_to": None, "valid_from": None, "valid_to": None}
        SelectionRound.objects.filter(pk=thing.pk).update(**{**told, **TERM, **values})
        row = {"uuid": ADDED, "points": list(points), "is_selected": selected}
        make_row(Nomination, thing.division_code, round=SelectionRound.objects.get(pk=thing.pk), **row)

    return arrange


def _somebody_new(who, thing) -> Partner:
    return make_row(Partner, thing.division_code, uuid=ADDED, kind="market", name="新来的公司", uscc="")


def _in_an_open_round(who, thing) -> None:
    _round("open")(who, thing)
    _somebody_new(who, thing)


def _a_twin(who, thing) -> None:
    Partner.objects.filter(pk=thing.pk).update(merged_into=None, kind="market", uscc="")
    gone = _somebody_new(who, thing)
    make_row(Credential, thing.division_code, partner=gone)


def _merged(who, thing) -> None:
    PartnerMerge.objects.filter(pk=thing.pk).update(undone_at=None, undone_by=None, moved={})


def _resident(who, thing) -> None:
    Partner.objects.filter(contacts=thing.pk).update(kind="resident")


def _by_somebody_else(who, thing) -> None:
    another = person(Role.STREET_CLERK, TAIZHOULU)
    Exemplar.objects.filter(pk=thing.pk).update(state="review", written_by=another, released_at=None)


ROUND, CASE = "partners:selection_act", "partners:exemplar_act"
SEALED = frozenset({"citizen_id"})
SURFACES = {
    "partners:selection_add": Surface(said(**OPENED), frozenset(OPENED), writes="partners_selectionround"),
    f"{ROUND} nominate": Surface(
        said(act="nominate", partner=str(ADDED), why="服务好，群众满意"), names={"partner": "Partner"},
        arranged=_in_an_open_round, writes="partners_nomination",
    ),
    f"{ROUND} score": Surface(
        said(act="score", nomination=str(ADDED), p0="90"), names={"nomination": "Nomination"},
        arranged=_round("open"), writes="partners_nomination",
    ),
    f"{ROUND} propose": Surface(
        said(act="propose", selected=str(ADDED)), frozenset({"is_selected"}), {"selected": "Nomination"},
        arranged=_round("open"), writes="partners_selectionround", needs=DECIDE,
    ),
    f"{ROUND} publish": Surface(
        said(act="publish", valid_from="2026-12-01", valid_to="2027-11-30"), frozenset({"valid_from", "valid_to"}),
        arranged=_round("notice", notice_to=date(2026, 11, 1), selected=True), writes="partners_selectionround", needs=DECIDE,
    ),
    f"{ROUND} cancel": Surface(
        said(act="cancel", reason="推荐的不够"), WHY, arranged=_round("open"), writes="partners_selectionround", needs=DECIDE,
    ),
    f"{ROUND} use": Surface(
        said(act="use", nomination=str(ADDED), kind="purchase", used_on="2026-11-01", text="承接助餐采购"),
        frozenset({"kind", "used_on", "text"}), {"nomination": "Nomination"},
        arranged=_round("done", valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31), selected=True),
        writes="partners_priorityuse",
    ),
    f"{CASE} send": Surface(
        said(act="send"), arranged={"state": "draft", "released_at": None}, writes="partners_exemplar"
    ),
    f"{CASE} release": Surface(said(act="release"), arranged=_by_somebody_else, writes="partners_exemplar", needs=DECIDE),
    f"{CASE} take_back": Surface(
        said(act="take_back", reason="数字要再核"), WHY, arranged=_by_somebody_else, writes="partners_exemplar", needs=DECIDE,
    ),
    "partners:rules_set": Surface(
        said(**dict.fromkeys(NUMBERS, "7"), starts_on="2099-01-01", source="会议纪要 3 号"),
        frozenset({*NUMBERS, "starts_on", "source"}), writes="partners_entryrules",
    ),
    "partners:merge_do": Surface(
        said(gone=str(ADDED), reason="同一家公司"), WHY, {"gone": "Partner"}, arranged=_a_twin, writes="partners_partnermerge"
    ),
    "partners:merge_undo": Surface(
        said(reason="其实是两家"), WHY, arranged=_merged, writes="partners_partnermerge"
    ),
    "partners:identity": Surface(
        said(citizen_id=CITIZEN), SEALED, arranged=_resident, writes="partners_partnercontact"
    ),
    "partners:contact_reveal": Surface(said(reason="核对联系电话")),
    "partners:contact_erase": Surface(said(reason="本人要求删除"), writes="partners_partnercontact"),
}  # fmt: skip
