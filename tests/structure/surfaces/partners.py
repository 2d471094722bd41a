"""Forms of partners: who they are, how they apply, what is agreed with them."""

from datetime import date
from uuid import UUID, uuid4

from facilities.models import Facility
from partners.models import (
    Application,
    Brand,
    BrandMember,
    Call,
    Exemplar,
    MovesIn,
    Need,
    Partner,
    PartnerContact,
    PartnerFile,
)
from tenants.rules import Permission
from tenants.scope import division_scope, opened_scope
from tests.structure.surfaces.base import DAY, Surface, edited
from tests.structure.surfaces.base import said as _said
from tests.structure.world import CITY, facility_pk

PARTNER = {"name": "新合伙人", "kind": "resident", "strengths": "理发"}
PARTNER_FIELDS = frozenset(PARTNER) | {"uscc"}
CALL = {
    "title": "新征集", "text": "征集助餐", "opens_on": DAY, "closes_on": "2026-12-31", "link_is_open": "on", "scoring": "服务能力 100",
    "panel": "张三\n李四\n王五", "scores_by": "2026-12-31",
}  # fmt: skip
APPLICATION = {
    "name": "李四", "kind": "resident", "proposal": "每周三次", "prices": "免费", "contact_name": "李四", "contact_phone": "13812340000",
}  # fmt: skip
AGREEMENT = {
    "service": "助餐", "moves_in": MovesIn.values[0], "starts_on": "2026-12-01", "last_day": "2027-11-30", "hours": "每天",
    "duties": "各自负责", "terms": "另行约定",
}  # fmt: skip
AGREEMENT_FIELDS = frozenset(AGREEMENT) | {
    "number", "item_number", "run_as", "prices", "serves_elders", "serves_children", "ends_on", "space", "space_id",
}  # fmt: skip
EXEMPLAR = {"title": "新典型", "practice": "做法", "effect": "成效 30 人", "lesson": "经验"}
LASTING = {
    "starts_on": date(2026, 1, 1),
    "ends_on": date(2027, 1, 1),
    "left_on": None,
    "left_reason": "",
    "signed_on": None,
}
NEED = {"text": "助餐", "place": "一楼", "hours": "上午"}


def _facility(thing) -> int:
    return facility_pk(thing.division_code)


def _facility_uuid(who, thing) -> dict:
    with opened_scope(division_scope(CITY)):
        found = Facility.objects.values_list("uuid", flat=True).get(pk=_facility(thing))
    return {"act": "add_need", "facility": str(found), **NEED}


def _need_of(who, thing) -> dict:
    with opened_scope(division_scope(CITY)):
        needs = Need.objects.filter(call=thing.pk).order_by("pk").values_list("pk", flat=True)
        return {**APPLICATION, "need": next(iter(needs), 0)}


def _open_call(who, thing) -> None:
    Call.objects.filter(pk=thing.pk).update(state="open", opens_on=date(2026, 1, 1), closes_on=date(2026, 12, 31))


def _criteria(who, thing) -> None:
    """The application waits for scores, by people whom the call names; a signed sheet lies with it."""
    Application.objects.filter(pk=thing.pk).update(state="qualified")
    PartnerFile.objects.create(
        application_id=thing.pk, title="评分表", division_code=thing.division_code, name="a.pdf", size=1,
        uuid=UUID(int=thing.pk),
    )  # fmt: skip
    Call.objects.filter(applications=thing.pk).update(scoring=CALL["scoring"], panel=CALL["panel"])


def _agreed(who, thing) -> dict:
    return {**AGREEMENT, "number": f"协议 {uuid4()}"}


def _joins(who, thing) -> dict:
    """The partner of the brand's own place, which `_left` has taken out of it."""
    with opened_scope(division_scope(CITY)):
        one = PartnerContact.objects.get(division_code=thing.division_code).partner
        return {"act": "join", "one": str(one.uuid), "starts_on": DAY}


def _left(who, thing) -> None:
    BrandMember.objects.filter(division_code=thing.division_code).delete()


def _still_there(who, thing) -> None:
    BrandMember.objects.filter(brand=thing.pk).update(ends_on=None)


def _leaves(who, thing) -> dict:
    with opened_scope(division_scope(CITY)):
        one = BrandMember.objects.filter(brand=thing.pk).order_by("pk").first()
        return {"act": "leave", "one": str(one.uuid if one else uuid4()), "last_day": DAY}


ACT, PAPER, STEP = "partners:application_act", "partners:agreement_act", "partners:call_act"
WHY = frozenset({"reason"})
DECIDE = Permission.DECIDE_PARTNERS
SURFACES = {
    "partners:partner_add": Surface(edited(None, **PARTNER), PARTNER_FIELDS, writes="partners_partner"),
    "partners:partner_edit": Surface(
        edited(Partner, arranged=True, **PARTNER), PARTNER_FIELDS, arranged={"merged_into": None, "strengths": "改过的"},
        writes="partners_partner",
    ),
    "partners:brand_add": Surface(
        edited(None, name="新品牌"), frozenset({"name", "uscc"}), {"lead": "Partner"}, writes="partners_brand"
    ),
    "partners:brand_edit": Surface(
        edited(Brand, arranged=True, name="换了名的品牌", uscc=""), frozenset({"name", "uscc", "lead_id"}), {"lead": "Partner"},
        arranged={"name": "原来的品牌"}, writes="partners_brand",
    ),
    "partners:brand_act join": Surface(
        _joins, frozenset({"starts_on", "ends_on"}), {"one": "Partner"}, arranged=_left, writes="partners_brandmember"
    ),
    "partners:brand_act leave": Surface(
        _leaves, frozenset({"ends_on"}), {"one": "BrandMember"}, arranged=_still_there, writes="partners_brandmember"
    ),
    "partners:credential_add": Surface(
        _said(kind="licence", title="营业执照", number="3301", issuer="市场监管局", issued_on=DAY),
        frozenset({"kind", "title", "number", "issuer", "grade", "issued_on", "valid_until"}), {"replaces": "Credential"},
        writes="partners_credential",
    ),
    "partners:call_add": Surface(edited(None, **CALL), frozenset(CALL), writes="partners_call"),
    "partners:call_edit": Surface(
        edited(Call, arranged=True, **CALL), frozenset(CALL), arranged={"state": "draft"}, writes="partners_call",
    ),
    f"{STEP} add_need": Surface(
        _facility_uuid, frozenset(NEED) | {"item"}, {"facility": "Facility"}, arranged={"state": "draft"}, writes="partners_need"
    ),
    f"{STEP} close": Surface(_said(act="close"), arranged=_open_call, writes="partners_call"),
    "partners:application_add": Surface(
        _need_of, frozenset(APPLICATION) | {"uscc"}, {"need": "Need"}, arranged=_open_call, writes="partners_application"
    ),
    f"{ACT} return": Surface(
        _said(act="return", reason="缺少执照"), WHY, arranged={"state": "submitted"}, writes="partners_application"
    ),
    f"{ACT} resubmit": Surface(
        _said(act="resubmit", reason="执照已补", uscc=""), WHY | {"uscc"}, arranged={"state": "incomplete", "uscc": ""},
        writes="partners_application",
    ),
    "partners:score_sheet": Surface(
        lambda who, thing: {"member": "张三", "p0": "80", "remark": "可以", "kept": str(UUID(int=thing.pk))},
        frozenset({"member", "remark"}), {"kept": "PartnerFile"}, arranged=_criteria, writes="partners_score",
    ),
    f"{ACT} admit": Surface(
        _said(act="admit"), writes="partners_application",
        arranged={"state": "noticed", "notice_to": date(2026, 11, 1), "qualified_by": None, "priority": None}, needs=DECIDE,
    ),
    f"{ACT} reject": Surface(
        _said(act="reject", reason="不符合条件"), WHY, arranged={"state": "submitted"}, writes="partners_application", needs=DECIDE,
    ),
    f"{ACT} withdraw": Surface(
        _said(act="withdraw", reason="申请人不来了"), WHY, arranged={"state": "submitted"}, writes="partners_application"
    ),
    "partners:agreement_new": Surface(
        _agreed, AGREEMENT_FIELDS, {"space": "Space"}, arranged={"state": "admitted"}, writes="partners_agreement"
    ),
    f"{PAPER} sign": Surface(
        _said(act="sign", signed_on=DAY), frozenset({"signed_on"}),
        arranged={**LASTING, "state": "drafted"}, writes="partners_agreement", needs=DECIDE,
    ),
    f"{PAPER} void": Surface(
        _said(act="void", reason="不签了，另找"), WHY, arranged={**LASTING, "state": "drafted"}, writes="partners_agreement", needs=DECIDE,
    ),
    f"{PAPER} order": Surface(
        _said(act="order", reason="满意度低"), WHY, arranged={**LASTING, "state": "running"}, writes="partners_agreement", needs=DECIDE,
    ),
    f"{PAPER} exit": Surface(
        _said(act="exit", reason="合同到期", last_day="2026-12-15"), WHY, arranged={**LASTING, "state": "running"},
        writes="partners_agreement", needs=DECIDE,
    ),
    "partners:exemplar_add": Surface(
        lambda who, thing: edited(None, **EXEMPLAR, facility=facility_pk(who.code))(who, thing)
        if who.code and who.code != CITY else edited(None, **EXEMPLAR)(who, thing),
        frozenset(EXEMPLAR), {"facility": "Facility", "partner": "Partner"}, writes="partners_exemplar",
    ),
    "partners:exemplar_edit": Surface(
        edited(Exemplar, arranged=True, **EXEMPLAR, facility=_facility), frozenset(EXEMPLAR) | {"facility_id", "partner_id"},
        {"facility": "Facility", "partner": "Partner"}, arranged={"state": "draft", "released_at": None}, writes="partners_exemplar",
    ),
}  # fmt: skip
