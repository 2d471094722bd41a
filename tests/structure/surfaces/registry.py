"""Forms of the registry, the calculation, the returns, the accounts."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile

from engagement.models import Activity, Survey
from facilities.models import Facility, Operator, QuarterlyReturn, Site, Space
from partners.models import ResidentProject, RunBy
from tenants.audit_export import as_xlsx
from tenants.scope import division_scope, opened_scope
from tests.structure.rows import make_row
from tests.structure.surfaces.base import DAY, Surface, edited, said, version_of
from tests.structure.world import CITY, LIULANG, TAIZHOULU, facility_pk

ASKED = UUID(int=2)
POSTER = signing.dumps([str(ASKED), TAIZHOULU], salt="engagement.survey")


def site_of(facility_id: int) -> int:
    with opened_scope(division_scope(CITY)):
        return Site.objects.filter(facility_id=facility_id).values_list("pk", flat=True)[0]


SITE = {"name": "新点位", "starts_on": DAY, "address": "新址"}
SITE_FIELDS = frozenset(SITE) | {"floor_area_m2", "area_document", "longitude", "latitude", "ends_on"}
SPACE = {"name": "新空间", "starts_on": DAY, "used_by": "public", "site": lambda thing: site_of(thing.facility_id)}
SPACE_FIELDS = frozenset(SPACE) | {
    "site_id", "usable_area_m2", "floor_area_m2", "is_open_24h", "is_multifunction", "ends_on",
}  # fmt: skip
PROJECT = {"name": "新项目", "starts_on": DAY, "run_by": RunBy.values[0]}
PROJECT_FIELDS = frozenset(PROJECT) | {
    "partner", "partner_id", "space", "space_id", "item_number", "fee_nature", "serves_elders", "serves_children",
    "ends_on",
}  # fmt: skip
BASICS = {"name", "address", "premises_form", "region_type", "hub_street", "city_type", "city_form", "nil_ledgers"}
PERSON = {"name": "张三", "phone": "13812340000", "position": "负责人"}
RULES = ("check_days", "plan_days", "mend_days", "failures", "failure_months")
SEALED = frozenset({"name", "phone", "position"})


ACTIVITY = {"name": "新活动", "held_on": DAY, "kind": "other", "target_group": "everybody", "sessions": 1}
ACTIVITY_FIELDS = frozenset(ACTIVITY) | {"item_number", "head_count", "partner", "partner_id", "remark"}
DECISION = {"effective_on": "2026-11-22", "reason": "测试", "document": "会议纪要"}
DECISION_FIELDS = frozenset(DECISION) | {"answers", "grounds"}  # the answers are what the form's own fields said
NEW_FACILITY_FIELDS = DECISION_FIELDS | BASICS | SITE_FIELDS | {"construction_type", "lifecycle"}
SUBMITTED = {"state": "submitted", "submitted_by": None, "checked_by": None, "accepted_by": None}


def because(who, thing) -> dict:
    return {"reason": "岗位调整"}


OPERATOR = {"kind": "person", "name": "新运营人", "agreement": "任命书 3", "starts_on": DAY}
OPERATOR_FIELDS = (*OPERATOR, "ends_on")


def new_facility(who, thing) -> dict:
    place = who.code if who.code % 1000 else TAIZHOULU if who.code and TAIZHOULU in who.codes else LIULANG
    told = {
        "name": "新设施",
        "community": place,
        "construction_type": "integrated",
        "site": "主楼",
        "lifecycle": "planned",
    }
    return {"token": str(uuid4()), "version": 0, **told, **DECISION}


def elsewhere(field: str, **more):
    """A good request of a list, in which one row of 柳浪 is named beside the own ones."""

    def good(who, thing):
        with opened_scope(division_scope(CITY)):
            uuids = QuarterlyReturn.objects.order_by("pk").values_list("division_code", "uuid")
            chosen = [str(uuid) for code, uuid in uuids if code == LIULANG or (who.codes and code in who.codes)]
        return {field: chosen if field == "uuid" else chosen[0], **more}

    return good


def _public_survey(who, thing) -> None:
    facility = Facility.objects.get(pk=facility_pk(TAIZHOULU))
    make_row(Survey, TAIZHOULU, uuid=ASKED, facility=facility, first_day=date(2026, 11, 1), last_day=date(2026, 11, 30))


SURFACES = {
    "facilities:edit": Surface(edited(Facility, name="新名称", address="新址"), frozenset(BASICS)),
    "facilities:site_add": Surface(edited(None, **SITE), SITE_FIELDS),
    "facilities:site_edit": Surface(edited(Site, **SITE), SITE_FIELDS),
    "facilities:space_add": Surface(edited(None, **SPACE), SPACE_FIELDS, {"site": "Site"}),
    "facilities:space_edit": Surface(
        edited(Space, **SPACE), SPACE_FIELDS, {"site": "Site"}
    ),
    "facilities:operator_add": Surface(edited(None, **OPERATOR), frozenset(OPERATOR_FIELDS)),
    "facilities:operator_edit": Surface(edited(Operator, **OPERATOR), frozenset(OPERATOR_FIELDS)),
    "partners:project_add": Surface(
        edited(None, **PROJECT), PROJECT_FIELDS, {"partner": "Partner", "space": "Space"}
    ),
    "partners:project_edit": Surface(
        edited(ResidentProject, **PROJECT), PROJECT_FIELDS, {"partner": "Partner", "space": "Space"}
    ),
    "facilities:contact_add": Surface(lambda who, thing: dict(PERSON), SEALED),
    "partners:contact_add": Surface(lambda who, thing: dict(PERSON), SEALED),
    "facilities:attachment_remove": Surface(because, frozenset({"removed_reason"})),
    "facilities:imports": Surface(
        lambda who, thing: {"file": SimpleUploadedFile("台账.xlsx", as_xlsx("设施", ("名称",), [("新设施",)]))}
    ),
    "assessments:start": Surface(lambda who, thing: {"quarter": "2026-Q3", "based_on": 1, "reason": "数据补齐"}),
    "api:runs": Surface(
        lambda who, thing: {"quarter": "2026-Q3", "based_on": 1, "reason": "数据补齐", "rerun": True},
        names={"district": "Division"},
        is_json=True,
    ),
    "api:facility-basics": Surface(
        lambda who, thing: {"name": "新名称"},
        frozenset(BASICS),
        is_json=True,
        headers=lambda thing: {"If-Match": f'"{version_of(Facility, thing.pk)}"'},
    ),
    "standards:rule": Surface(
        lambda who, thing: {"option": "items_33", "effective_from": "2026-12-01", "reason": "会议纪要"},
        frozenset({"option", "effective_from", "reason"}),
    ),
    "engagement:add": Surface(edited(None, **ACTIVITY), ACTIVITY_FIELDS, {"partner": "Partner"}),
    "engagement:edit": Surface(edited(Activity, **ACTIVITY), ACTIVITY_FIELDS, {"partner": "Partner"}),
    "engagement:week": Surface(
        lambda who, thing: {"monday": "2026-11-16", "visits-2026-11-16": "12", "hours-2026-11-17": "8.5"}
    ),
    "engagement:week activity": Surface(
        lambda who, thing: {"act": "activity", "monday": "2026-11-16", **ACTIVITY}, ACTIVITY_FIELDS, {"partner": "Partner"},
        writes="engagement_activity",
    ),
    "engagement:answer": Surface(
        said(choice="5"), frozenset({"choice"}), arguments={"token": POSTER}, arranged=_public_survey,
        writes="engagement_surveyanswer",
    ),
    "portal:lifecycle_new": Surface(
        new_facility, NEW_FACILITY_FIELDS, {"community": "Division", "covered": "Division"}
    ),
    "portal:lifecycle_start suspend": Surface(edited(None, **DECISION), DECISION_FIELDS),
    "portal:decision_act abandon": Surface(
        lambda who, thing: {"act": "abandon"}, arranged={"state": "proposed"}
    ),
    "portal:return_save": Surface(
        lambda who, thing: {"edits": '[["return|remarks|text", "", "都核对过"]]', "serial": "0"},
        frozenset({"remarks"}),
        arranged={"state": "open", "remarks": ""},
    ),
    "portal:return_panel": Surface(lambda who, thing: {}, arranged={"state": "open"}),
    "portal:return_check": Surface(lambda who, thing: {"declared": "on"}, arranged={"state": "open"}),
    "portal:return_withdraw": Surface(lambda who, thing: {}, arranged=SUBMITTED),
    "portal:return_correct": Surface(
        because, frozenset({"reason"}), arranged={**SUBMITTED, "state": "accepted", "accepted_at": datetime(2026, 11, 1, tzinfo=UTC)}
    ),
    "portal:return_comment": Surface(
        lambda who, thing: {"cell": "site|n1|name", "text": "面积不对"},
        frozenset({"sheet", "row_key", "column", "label", "text"}),
        arranged=SUBMITTED,
    ),
    "portal:return_decide return": Surface(
        lambda who, thing: {"act": "return", "reason": "面积不对"}, frozenset({"reason"}), arranged=SUBMITTED
    ),
    "portal:return_settle": Surface(lambda who, thing: {}, arranged={"settled_at": None, "settled_by": None}),
    "portal:returns_decide": Surface(elsewhere("uuid")),
    "portal:returns_choose": Surface(
        elsewhere("return-0", **{"rows": "1", "use-0": "file", "edits-0": '[["return", "remarks", "text", "", "新"]]'})
    ),
    "assessments:follow_up_rules": Surface(
        lambda who, thing: {**dict.fromkeys(RULES, 5), "starts_on": "2099-01-01", "basis": "会议纪要"},
        frozenset({*RULES, "starts_on", "ends_on", "basis"}),
    ),
}  # fmt: skip
