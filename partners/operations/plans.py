"""Writes: plans over years (杭州 二(三)7). One person drafts, another approves; what is published is revised, never edited."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from partners.models import Measure, Plan, PlanItem, PlanRecord, PlanState
from partners.models.plan import BY_CONSTRUCTION, STOCK_MEASURES
from tenants.editing import EditRefused, write_row
from tenants.editing.writing import refused
from tenants.models import User
from tenants.operations import record_act
from tenants.scope import set_reason


@contextmanager
def _told() -> Iterator[None]:
    """One transaction, whose broken constraints are told in words."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise refused(error, REFUSALS) from error


class PlanRefused(EditRefused):
    """Why something cannot be done with a plan, in words for the user."""


REFUSALS = {
    "plan_years_in_order": "最后一年不能早于第一年，一份规划最多 6 年。",
    "plan_one_in_force_a_year": "这些年份已经有一份现行规划。请改年份，或在那一份上修订。",
    "plan_one_draft": "这份规划已经有一个起草中的新版本，请在那一版上改。",
    "plan_item_number_once": "这个序号已经用了，请换一个。",
    "plan_published_is_kept": "公布的版本不能改。请点“修订”，写明理由，在新版本上改。",
    "plan_items_in_drafts": "只有起草中的版本可以改事项。请点“修订”，在新版本上改。",
}


def draft_plan(*, division_code: int, by: User | None, now: datetime, **values: Any) -> Plan:
    """Begin a plan of a district."""
    with _told():
        made = Plan.objects.create(division_code=division_code, drafted_by=by, drafted_at=now, **values)
        _act("起草规划", made, by)
    return made


def edit_plan(*, plan: Plan, version: int, values: dict[str, Any], by: User | None, reason: str = "") -> dict:
    """Correct what a draft is called and which years it holds. Targets keep their years."""
    with _told():
        one = _in(plan, PlanState.DRAFT)
        changed = write_row(
            row=one, version=version, values=values, by=by, verb="修改规划", subject=str(one), subject_uuid=one.uuid, reason=reason,
            refusals=REFUSALS,
        )  # fmt: skip
        if {"first_year", "last_year"} & changed.keys():
            fresh = Plan.objects.get(pk=one.pk)
            for item in fresh.items.all():
                item.targets = refit(item.targets, one.first_year, fresh.years)
                item.save(update_fields=["targets"])
    return changed


def refit(targets: list[int | None], first_year: int, years: range) -> list[int | None]:
    """Targets that began with `first_year`, for other years: what falls outside is dropped."""
    of_year = dict(enumerate(targets, first_year))
    return [of_year.get(year) for year in years]


def add_item(*, plan: Plan, by: User | None, **values: Any) -> PlanItem:
    """Put one more item into a draft."""
    with _told():
        one = _in(plan, PlanState.DRAFT)
        made = PlanItem.objects.create(division_code=one.division_code, plan=one, **_checked(one, values))
        _act("新增规划事项", one, by, item=made.title)
    return made


def edit_item(*, item: PlanItem, version: int, values: dict[str, Any], by: User | None, reason: str = "") -> dict:
    with _told():
        one = _in(item.plan, PlanState.DRAFT)
        return write_row(
            row=item, version=version, values=_checked(one, values), by=by, verb="修改规划事项", subject=f"{one}：{item.title}"[:120],
            subject_uuid=one.uuid, reason=reason, refusals=REFUSALS,
        )  # fmt: skip


def drop_item(*, item: PlanItem, by: User | None) -> None:
    """Take an item out of a draft. The versions that were published keep theirs."""
    with _told():
        one = _in(item.plan, PlanState.DRAFT)
        if item.records.exists():
            raise PlanRefused("这一项已经有完成登记，不能删去。请在新版本里把以后的目标留空。")
        item.delete()
        _act("删去规划事项", one, by, item=item.title)


def _checked(plan: Plan, values: dict[str, Any]) -> dict[str, Any]:
    if problems := unfit(values):
        raise PlanRefused("".join(problems.values()))
    if len(values["targets"]) != len(plan.years):
        raise PlanRefused("目标要和规划的年份一一对应。")
    return values


def unfit(given: dict[str, Any]) -> dict[str, str]:
    """Field of an item → what does not fit what is counted, in words. For the form and for the sheet."""
    found, measure = {}, given.get("measure", "")
    if measure == Measure.TYPED and not given.get("unit"):
        found["unit"] = "逐笔登记的事项要写单位，如：场、座、人。"
    if given.get("construction") and measure not in BY_CONSTRUCTION:
        found["construction"] = "只有设施分建设类型，这一项请选“不分类型”。"
    if (measure == Measure.FUNCTION) != bool(given.get("item_number")):
        found["item_number"] = "数功能要选哪一项功能；不数功能就不选。"
    if given.get("baseline") and measure not in STOCK_MEASURES:
        found["baseline"] = "当年发生的数从 0 起算，现状数空着。"
    if not given.get("street_code") and not given.get("department"):
        found["department"] = "请写责任街道或责任部门。"
    if all(one is None for one in given.get("targets", ())):
        found["targets"] = "至少给一年写目标。"
    return found


def submit(*, plan: Plan, by: User | None, now: datetime) -> Plan:
    """Put a draft before another person."""
    with _told():
        one = _in(plan, PlanState.DRAFT)
        if not one.items.exists():
            raise PlanRefused("规划还没有事项。先新增事项，再送审。")
        return _step(one, "送审规划", by, state=PlanState.SUBMITTED, submitted_by=by, submitted_at=now)


def hand_back(*, plan: Plan, by: User | None, now: datetime, opinion: str) -> Plan:
    """Send it back to be worked on, with the reason."""
    with _told():
        one = _in(plan, PlanState.SUBMITTED)
        told = {"decided_by": by, "decided_at": now, "opinion": opinion}
        return _step(one, "退回规划", by, reason=opinion, state=PlanState.DRAFT, **told)


def approve(*, plan: Plan, by: User | None, now: datetime, opinion: str = "") -> Plan:
    """Publish: from now on it holds, and the version before it does not. Never by who drafted or submitted it."""
    with _told():
        one = _in(plan, PlanState.SUBMITTED)
        if by is not None and by.pk in {one.drafted_by_id, one.submitted_by_id}:
            raise PlanRefused("规划要两个人：起草、送审的人不能自己审定，请另一位同事来。")
        former = Plan.objects.filter(division_code=one.division_code, series=one.series, state=PlanState.PUBLISHED)
        former.update(state=PlanState.SUPERSEDED)
        told = {"decided_by": by, "decided_at": now, "opinion": opinion}
        return _step(one, "审定公布规划", by, reason=opinion, state=PlanState.PUBLISHED, **told)


def void(*, plan: Plan, by: User | None, reason: str) -> Plan:
    """Give a draft up. Its number is not used again."""
    with _told():
        return _step(_in(plan, PlanState.DRAFT), "作废规划草稿", by, reason=reason, state=PlanState.VOID)


def revise(*, plan: Plan, by: User | None, now: datetime, reason: str) -> Plan:
    """A new version to be worked on, with the items of the one in force. Records of what was done stay with the items."""
    with _told():
        one = _in(plan, PlanState.PUBLISHED)
        latest = Plan.objects.filter(division_code=one.division_code, series=one.series).order_by("-revision")[0]
        made = Plan.objects.create(
            division_code=one.division_code, series=one.series, revision=latest.revision + 1, title=one.title, basis=one.basis,
            first_year=one.first_year, last_year=one.last_year, wider_plan=one.wider_plan, reason=reason, drafted_by=by,
            drafted_at=now, is_demo=one.is_demo,
        )  # fmt: skip
        copied = [name for name in _copied(PlanItem) if name not in {"plan_id", "division_code"}]
        PlanItem.objects.bulk_create(
            PlanItem(plan=made, division_code=made.division_code, **{name: getattr(item, name) for name in copied})
            for item in one.items.all()
        )
        _act("修订规划", made, by, reason=reason)
    return made


def _copied(model) -> list[str]:
    own = {"id", "uuid", "version"}
    return [field.attname for field in model._meta.concrete_fields if field.name not in own]


def record_done(
    *, item: PlanItem, day: date, amount: int, summary: str, evidence: str, by: User | None, today: date
) -> PlanRecord:
    """Note what was done for an item that no ledger counts. amount may be negative: it takes back what was noted wrongly."""
    with _told():
        plan = Plan.objects.get(pk=item.plan_id)
        if item.measure != Measure.TYPED:
            raise PlanRefused("这一项的完成数从平台的台账算出来，不用登记。")
        if plan.state != PlanState.PUBLISHED:
            raise PlanRefused("只有现行的规划可以登记完成数。")
        if day > today or day.year not in plan.years:
            raise PlanRefused(f"日期要在 {plan.first_year} 到 {plan.last_year} 年之间，不晚于今天。")
        made = PlanRecord.objects.create(
            division_code=item.area, item=item, day=day, amount=amount, summary=summary, evidence=evidence, made_by=by
        )
        record_act(
            verb="登记规划完成数", by=by, division_code=item.area, subject=f"{plan}：{item.title}"[:120], subject_uuid=plan.uuid,
            details={"amount": amount, "day": str(day)},
        )  # fmt: skip
    return made


def _in(plan: Plan, state: PlanState) -> Plan:
    """The plan as it stands, locked."""
    one = Plan.objects.select_for_update(of=("self",), no_key=True).get(pk=plan.pk)
    if one.state != state:
        raise PlanRefused(f"这一版是“{one.get_state_display()}”，不能这样办理。刷新页面看看。")
    return one


def _step(one: Plan, verb: str, by: User | None, *, reason: str = "", **values: Any) -> Plan:
    if reason:
        set_reason(reason)
    for name, value in values.items():
        setattr(one, name, value)
    one.save(update_fields=list(values))
    _act(verb, one, by, reason=reason)
    return one


def _act(verb: str, one: Plan, by: User | None, *, reason: str = "", **details: Any) -> None:
    record_act(
        verb=verb, by=by, division_code=one.division_code, subject=str(one), subject_uuid=one.uuid, reason=reason, details=details
    )  # fmt: skip
