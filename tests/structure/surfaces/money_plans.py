"""Forms of plans over years, of the district's settings of money, of files of payments, of “1+1” pairs and their agreements."""

from django.core.files.uploadedfile import SimpleUploadedFile

from partners.models import Agreement, CharityProject, Exchange, MoneyFile, Payment, Plan, PlanItem
from partners.queries.settings import MONEY_NUMBERS
from tenants.scope import division_scope, opened_scope
from tests.facilities import samples
from tests.structure.surfaces.base import DAY, Surface, edited, said
from tests.structure.world import CITY

PLAN = {
    "title": "一次规划",
    "first_year": "2025",
    "last_year": "2026",
    "basis": "区发 1 号",
    "wider_plan": "区规划纲要",
}
ITEM = {
    "number": "9999", "title": "邻里义诊", "measure": "typed", "unit": "场", "department": "区民政局", "due_month": "11",
    "target_1": "5", "target_2": "6", "remark": "每季",
}  # fmt: skip
ITEM_FIELDS = frozenset(ITEM) | {"construction", "item_number", "street_code", "baseline", "targets"}
DONE = {"day": DAY, "amount": "3", "summary": "义诊三场", "evidence": "签到表"}
PAIR = {"year": "2026", "name": "银龄互助计划", "kind": "charity", "contract": "6000", "funder": "慈善基金"}
PAIR_FIELDS = frozenset({"year", "name", "kind", "funder", "partner_id"})
NOBODY = {"drafted_by": None, "submitted_by": None, "decided_by": None}
WHY = frozenset({"reason"})


def _pdf(who, thing) -> dict:
    return {"title": "发票", "files": SimpleUploadedFile("发票.pdf", samples.pdf())}


def _of_a_published_plan(who, thing) -> None:
    item = PlanItem.objects.get(pk=thing.pk)
    PlanItem.objects.filter(pk=item.pk).update(measure="typed")
    Plan.objects.filter(pk=item.plan_id).update(state="published", **NOBODY)


def _in_service(who, thing) -> None:
    one = Exchange.objects.get(pk=thing.pk)
    Exchange.objects.filter(pk=one.pk).update(settled_on=None, settlement="")
    Agreement.objects.filter(division_code=one.division_code).update(
        state="running", partner=one.partner_id, facility=one.facility_id
    )


def _agreement_there(who, thing) -> dict:
    return {"agreement": first_uuid(Agreement, thing)}


def first_uuid(model, thing) -> str:
    with opened_scope(division_scope(CITY)):
        return str(
            model.objects.filter(division_code=thing.division_code).order_by("pk").values_list("uuid", flat=True)[0]
        )


def year_of(thing) -> str:
    with opened_scope(division_scope(CITY)):
        return str(CharityProject.objects.get(pk=thing.pk).year)


def _not_paid(who, thing) -> None:
    file = MoneyFile.objects.get(pk=thing.pk)
    MoneyFile.objects.filter(pk=file.pk).update(removed_at=None, removed_reason="", removed_by=None)
    Payment.objects.filter(pk=file.payment_id).update(state="proposed", entry=None, decided_by=None)


SURFACES = {
    "partners:plan_add": Surface(edited(None, **PLAN), frozenset(PLAN), writes="partners_plan"),
    "partners:plan_edit": Surface(edited(Plan, **PLAN), frozenset(PLAN), writes="partners_plan"),
    "partners:plan_act submit": Surface(said(act="submit"), arranged=NOBODY, writes="partners_plan"),
    "partners:plan_act void": Surface(said(act="void", reason="重新起草"), WHY, writes="partners_plan"),
    "partners:plan_decide approve": Surface(
        said(act="approve", reason="同意"), WHY | {"opinion"}, arranged={"state": "submitted", **NOBODY}, writes="partners_plan"
    ),
    "partners:plan_decide return": Surface(
        said(act="return", reason="目标偏低"), WHY | {"opinion"}, arranged={"state": "submitted", **NOBODY}, writes="partners_plan"
    ),
    "partners:plan_revise": Surface(
        said(reason="追加任务"), WHY, arranged={"state": "published", **NOBODY}, writes="partners_plan"
    ),
    "partners:plan_item_add": Surface(edited(None, **ITEM), ITEM_FIELDS, writes="partners_planitem"),
    "partners:plan_item_edit": Surface(edited(PlanItem, **ITEM), ITEM_FIELDS, writes="partners_planitem"),
    "partners:plan_item_drop": Surface(said(), writes="partners_planitem"),
    "partners:plan_record_add": Surface(
        edited(None, **DONE), frozenset(DONE), arranged=_of_a_published_plan, writes="partners_planrecord"
    ),
    "partners:money_rules_set": Surface(
        said(
            tolerance_permille="40", on_pace_percent="95", slow_percent="80", remind_days="20", files_needed="1",
            starts_on="2099-01-01", source="会议纪要 3 号",
        ),
        frozenset({*MONEY_NUMBERS, "starts_on", "source"}), writes="partners_moneyrules",
    ),
    "partners:payment_files": Surface(
        _pdf, frozenset({"title"}), arranged={"state": "proposed", "entry": None, "decided_by": None}, writes="partners_moneyfile"
    ),
    "partners:subsidy_files": Surface(_pdf, frozenset({"title"}), writes="partners_moneyfile"),
    "partners:money_file_remove": Surface(
        said(reason="传错了文件"), frozenset({"removed_reason", "reason"}), arranged=_not_paid, writes="partners_moneyfile"
    ),
    "partners:exchange_agreement": Surface(
        _agreement_there, frozenset({"agreement_id"}), {"agreement": "Agreement"}, arranged=_in_service, writes="partners_exchange"
    ),
    "partners:charity_add": Surface(
        edited(None, **PAIR), PAIR_FIELDS, {"partner": "Partner"}, writes="partners_charityproject"
    ),
    "partners:charity_edit": Surface(
        edited(CharityProject, **{**PAIR, "year": year_of}), PAIR_FIELDS, {"partner": "Partner"},
        writes="partners_charityproject",
    ),
}  # fmt: skip
