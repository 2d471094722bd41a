"""Writes: the panel of a call, what its members give, and the end of scoring (拱墅 三(五)2).

Who has an account scores alone on a page of their own, once. For the others the staff types in their signed sheets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.urls import reverse

from facilities.uploads.store import Stored
from partners.models import Application, ApplicationState, Call, CallState, PanelMember, PartnerFile, Score
from partners.operations.files import keep_file
from partners.operations.steps import locked, note, require, take
from partners.queries.life import rules_in_force
from partners.queries.panel import eligible, is_over, members_of, progress_of, seat_of
from partners.rules import scoring
from tenants.message_models import MessageKind
from tenants.models import Appointment, User
from tenants.operations.messages import send
from tenants.scope import set_reason

_NAME = 40
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Given:
    """What a member gives one application: points in the order of the criteria, or, standing back, none and the reason."""

    application: Application
    points: tuple[int, ...]
    is_recused: bool
    remark: str


@transaction.atomic
def seat(*, call: Call, user: User, by: User | None, today: date) -> PanelMember:
    """Name somebody with an account for the panel of a draft."""
    fresh = _locked(call)
    require(fresh.state == CallState.DRAFT, "征集开始以后不能再改评审小组。")
    require(
        eligible(fresh, today).filter(user=user).exists(),
        "这个账号不能评这次征集：已在小组里，或者不在本街道（本区）任职。",
    )
    taken = {member.name for member in members_of(fresh)}
    name = str(user)[:_NAME] if str(user)[:_NAME] not in taken else f"{str(user)[:20]}（{user.username[:18]}）"
    require(name not in taken, f"小组里已有“{name}”，请先把那一行改成能分清的名字。")
    made = PanelMember.objects.create(division_code=fresh.division_code, call=fresh, user=user, name=name)
    note("指定评审人", fresh, by, member=name)
    return made


@transaction.atomic
def unseat(*, member: PanelMember, by: User | None) -> None:
    require(_locked(member.call).state == CallState.DRAFT, "征集开始以后不能再改评审小组。")
    note("撤下评审人", member.call, by, member=member.name)
    member.delete()


def check_panel(call: Call, least: int) -> None:
    """Whether a call may open with its panel. Raises PartnerRefused."""
    members = members_of(call)
    require(len(members) >= least, f"评审小组至少 {least} 人，现在 {len(members)} 人。")
    names = [member.name for member in members]
    require(len(set(names)) == len(names), "评审小组里有两个人同名。请把没有账号的那一位改成能分清的名字。")
    seated = any(member.user_id for member in members)
    require(not seated or call.scores_by is not None, "有评审人自己在平台上评分，请先填评分截止日。")


@transaction.atomic
def extend_scoring(*, call: Call, until: date, by: Appointment, today: date, reason: str) -> Call:
    """Give the panel more time. Says why, since the scores that are in may have been read after the former last day."""
    fresh = _locked(call)
    require(fresh.state in {CallState.OPEN, CallState.CLOSED}, "这次征集现在不能改评分截止日。")
    require(
        until >= today and until >= fresh.closes_on, f"评分截止不能早于今天，也不能早于征集截止日 {fresh.closes_on}。"
    )
    require(fresh.scores_by is None or until > fresh.scores_by, f"新的截止日要在 {fresh.scores_by} 以后。")
    require(len(reason.strip()) >= _SHORTEST, f"写明延期的理由，至少 {_SHORTEST} 个字。")
    before, fresh.scores_by = fresh.scores_by, until
    set_reason(reason.strip())
    fresh.save(update_fields=["scores_by"])
    note(
        "评分延期", fresh, by.user, reason=reason.strip(), before=before and before.isoformat(), until=until.isoformat()
    )
    return fresh


def tell_panel(call: Call, today: date) -> int:
    """Say to everybody who scores by themselves that something waits: once a day and call."""
    waiting = Application.objects.filter(call=call, state=ApplicationState.QUALIFIED).count()
    until = f"请在 {call.scores_by} 以前评分。" if call.scores_by else ""
    return send(
        to=call.members.values_list("user_id", flat=True), kind=MessageKind.DUE, division_code=call.division_code,
        title=f"{call.title}：{waiting} 份申请等你评分", text=f"{until}各人单独评，都评完以前谁也看不到别人的分。",
        link=reverse("partners:score", args=[call.uuid]), key=f"panel:{call.uuid}:{today}",
    )  # fmt: skip


@transaction.atomic
def submit_scores(*, call: Call, given: Sequence[Given], by: User, today: date, now: datetime) -> list[Score]:
    """What one member gives, for good. Raises PartnerRefused; then nothing of it stands."""
    fresh = _locked(call)
    member = seat_of(by.pk, fresh)
    require(member is not None, "你不在这次征集的评审小组里。")
    require(not is_over(fresh, today), f"评分已于 {fresh.scores_by} 截止。需要再评，请征集单位延期。")
    require(given, "没有等你评分的申请。")
    wanted = {one.application.pk: one for one in given}
    rows = Application.objects.select_for_update(of=("self",), no_key=True).filter(call=fresh, pk__in=wanted)
    found = {row.pk: row for row in rows.order_by("pk")}
    require(set(found) == set(wanted), "有申请已经不在这次征集里了。刷新页面看看。")
    return [_given(found[pk], member.name, one, by, now) for pk, one in wanted.items()]


def _given(fresh: Application, member: str, one: Given, by: User, now: datetime) -> Score:
    require(fresh.state == ApplicationState.QUALIFIED, f"{fresh.number} {fresh.name} 已经不在评分了。刷新页面看看。")
    require(not fresh.scores.filter(member=member).exists(), f"{fresh.number} {fresh.name} 你已经评过了，不能再改。")
    return _write(fresh, member, one.points, one.is_recused, one.remark, by, now)


@transaction.atomic
def enter_score(
    *, application: Application, member: str, points: Sequence[int], is_recused: bool, remark: str, by: User, now: datetime,
    evidence: PartnerFile | None,
) -> Score:  # fmt: skip
    """The signed sheet of somebody without an account. Entered once more it replaces the former; the history keeps both."""
    fresh = Application.objects.select_for_update(of=("self",), no_key=True).get(pk=application.pk)
    require(fresh.state == ApplicationState.QUALIFIED, "只有“待评分”的申请能录入评分。")
    on_paper = {one.name: one.user_id is None for one in members_of(fresh.call)}
    require(member in on_paper, "这位不在评审小组里。")
    require(on_paper[member], f"{member}有账号，由本人在评分页上评，别人不能代填。")
    require(evidence is not None and evidence.application_id == fresh.pk, "请附上这位评审人签过字的评分表。")
    return _write(fresh, member, points, is_recused, remark, by, now, evidence=evidence)


@transaction.atomic
def enter_sheet(
    *, application: Application, stored: Stored | None, kept: PartnerFile | None, by: User, **given
) -> Score:  # fmt: skip
    """The sheet as a new file, or the one that was kept before, with what it says."""
    if stored is not None:
        kept = keep_file(stored=stored, title="评分表", by=by, application=application)
    return enter_score(application=application, by=by, evidence=kept, **given)


def _write(
    fresh: Application,
    member: str,
    points: Sequence[int],
    is_recused: bool,
    remark: str,
    by: User,
    now: datetime,
    **more,
) -> Score:
    lines = scoring.parsed(fresh.call.scoring)
    require(is_recused or scoring.within(list(points), lines), "每一项都要有分，不能超过该项的满分。")
    require(not is_recused or len(remark.strip()) >= 2, "回避要写明原因。")
    values = {
        "division_code": fresh.division_code, "is_recused": is_recused, "points": [] if is_recused else list(points),
        "remark": remark.strip()[:200], "entered_by": by, "entered_at": now, **more,
    }  # fmt: skip
    score, _ = Score.objects.update_or_create(application=fresh, member=member, defaults=values)
    note("录入合伙人评分" if more else "评审人评分", fresh, by, member=member, recused=is_recused)
    return score


@transaction.atomic
def finish_scoring(*, application: Application, by: Appointment, today: date) -> Application:
    """The average of all who did not stand back; at least as many as the rules ask for, and nobody still at it."""
    fresh, step = locked(application, "application", "score", by=by)
    least = rules_in_force(fresh.division_code, today)["panel_size"]
    scores = list(Score.objects.filter(application=fresh))
    awaited = progress_of(fresh.call, members_of(fresh.call), scores, today).awaited
    told = "、".join(member.name for member in awaited)
    require(not awaited, f"{told}还没有评。评完，或者过了 {fresh.call.scores_by}，才能算平均分。")
    counted = [score for score in scores if not score.is_recused]
    require(len(counted) >= least, f"至少 {least} 人评分，现在 {len(counted)} 人。回避的不算。")
    fresh.points = scoring.average([score.points for score in counted], scoring.parsed(fresh.call.scoring))
    take(fresh, step, by=by, today=today, points=fresh.points, members=len(counted))
    return fresh


def _locked(call: Call) -> Call:
    return Call.objects.select_for_update(no_key=True).get(pk=call.pk)
