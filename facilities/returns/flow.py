"""The way of a return: opened, submitted, checked by the street, accepted by the district, sent back, corrected."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import wraps

from django.db import DatabaseError, connection, transaction
from django.utils.timezone import localdate

from facilities.imports.writing import SOUND, write
from facilities.models import EventKind, Facility, Outcome, QuarterlyReturn, ReturnEvent, ReturnRoute, ReturnState
from facilities.returns.checking import Checked, check
from facilities.returns.content import Change, Content, changes_of, content_hash, content_of
from facilities.returns.drafts import ReturnRefused
from facilities.returns.rules import Rules, as_set, rules_in_force
from facilities.returns.telling import tell
from tenants.models import User
from tenants.operations import record_act
from tenants.quarters import Quarter
from tenants.rules import CodeRange, code_range, district_of, street_of
from tenants.scope import set_reason

EVERYTHING = SOUND | {Outcome.CONFIRM}


def rules_of(one: QuarterlyReturn, day: date) -> Rules:
    return rules_in_force(district_of(one.division_code), day)


def nameable(one: QuarterlyReturn, within: CodeRange | None) -> CodeRange:
    """The divisions that a return's rows may name: its street, or less where the acting person sees less."""
    street = code_range(street_of(one.division_code))
    return street if within is None or within.covers(street) else code_range(one.division_code)


def checked(
    one: QuarterlyReturn, *, day: date, within: CodeRange | None = None, content: Content | None = None
) -> tuple[Content, Checked]:
    """A return as it stands, and what is to be said about it. within: what the acting person sees."""
    content = content or content_of(one, day=day)
    rules = as_set(content.read["rules"], day)
    return content, check(content, one=one, codes=nameable(one, within), day=day, rules=rules)


def in_one_go(operation: Callable) -> Callable:
    """Run an operation on the locked return, in one transaction."""

    @wraps(operation)
    def locked(*, one: QuarterlyReturn, **options):
        with transaction.atomic():
            found = QuarterlyReturn.objects.select_for_update(no_key=True).get(pk=one.pk)
            found.facility = one.facility
            result = operation(one=found, **options)
        one.refresh_from_db()
        return result

    return locked


@in_one_go
def submit(
    *, one: QuarterlyReturn, by: User, now: datetime, day: date, within: CodeRange | None = None, declared: bool = False,
    is_community: bool = False,
) -> None:  # fmt: skip
    """Declare a return complete and true; from now on it is frozen. Raises ReturnRefused.

    is_community: a community reporter, who may only submit where the street checks.
    """
    _in_state(one, ReturnState.OPEN, ReturnState.RETURNED)
    if not declared:
        raise ReturnRefused("报送前要勾选“以上内容属实”。")
    rules = rules_of(one, day)
    if rules.route == ReturnRoute.DIRECT and is_community:
        raise ReturnRefused("本区由街道报送。你填的已经保存，请街道录入员核对后报送。")
    content, found = checked(one, day=day, within=within)
    if found.errors or found.asked:
        raise ReturnRefused(f"还有 {len(found.errors)} 处要改、{len(found.asked)} 处要写原因，改好再报送。")
    changes = changes_of(content)
    one.state = ReturnState.SUBMITTED if rules.route == ReturnRoute.CHECKED else ReturnState.CHECKED
    one.submitted_by, one.submitted_at = by, now
    one.checked_by = one.checked_at = None
    one.content = content.frozen()
    one.content_hash = content_hash(one.content, one.remarks)
    one.changes = [change.as_dict() for change in changes]
    one.save()
    note(one, EventKind.SUBMITTED, by=by, now=now, changes=changes)
    _act("报送季度填报", one, by)


@in_one_go
def withdraw(*, one: QuarterlyReturn, by: User, now: datetime) -> None:
    """Take a submission back before anybody has decided on it."""
    _in_state(one, ReturnState.SUBMITTED, ReturnState.CHECKED)
    if one.checked_by_id:
        raise ReturnRefused("街道已经审核通过。要改，请审核人退回。")
    one.state = ReturnState.OPEN
    one.save(update_fields=["state"])
    note(one, EventKind.WITHDRAWN, by=by, now=now)
    _act("撤回季度填报", one, by)


@in_one_go
def pass_on(*, one: QuarterlyReturn, by: User, now: datetime) -> None:
    """The street has checked it: on to the district. Nobody checks what they submitted themselves."""
    _in_state(one, ReturnState.SUBMITTED)
    if one.submitted_by_id == by.pk:
        raise ReturnRefused("这份是你报送的，要由另一位审核人审核。")
    one.state, one.checked_by, one.checked_at = ReturnState.CHECKED, by, now
    one.save()
    note(one, EventKind.CHECKED, by=by, now=now)
    _act("审核季度填报", one, by)


@in_one_go
def send_back(*, one: QuarterlyReturn, by: User, now: datetime, reason: str) -> None:
    """Return it to whoever fills it in; the reason, and comments at its cells, say what to mend."""
    _in_state(one, ReturnState.SUBMITTED, ReturnState.CHECKED)
    open_comments = one.comments.filter(settled_at=None).count()
    if len(reason.strip()) < 4 and not open_comments:
        raise ReturnRefused("写明退回的理由，或在要改的格子旁提意见。")
    one.state = ReturnState.RETURNED
    one.save(update_fields=["state"])
    note(one, EventKind.RETURNED, by=by, now=now, reason=reason.strip() or f"见 {open_comments} 条意见")
    _act("退回季度填报", one, by, reason=reason.strip())


@in_one_go
def accept(*, one: QuarterlyReturn, by: User, now: datetime, day: date) -> list[Change]:
    """Write the changes into the ledgers with the import's writers, in this one transaction. Raises ReturnRefused.

    The rows are checked once more against what is registered now; with an error nothing is written.
    """
    _in_state(one, ReturnState.CHECKED)
    if one.submitted_by_id == by.pk:
        raise ReturnRefused("这份是你报送的，要由另一位审核人受理。")
    _one_writer_at_a_time(one.division_code)
    content, found = checked(one, day=day)
    if found.errors:
        first = found.errors[0]
        raise ReturnRefused(f"报送以后台账有了变化，现在写不进去：{first.where}，{first.problem}。请退回核对。")
    changes = changes_of(content)
    set_reason(f"{Quarter.parse(one.quarter).label}填报" + (f"更正：{one.reason}" if one.reason else ""))
    try:
        with transaction.atomic():
            write(found.rows, EVERYTHING)
    except DatabaseError as error:
        raise ReturnRefused(
            "这些改动放在一起和台账里的记录冲突，写不进去。请退回，让填报人核对名称和起止日。"
        ) from error
    one.state, one.accepted_by, one.accepted_at = ReturnState.ACCEPTED, by, now
    one.changes = [change.as_dict() for change in changes]
    one.content = content.frozen()
    one.save()
    one.comments.filter(settled_at=None).update(settled_at=now, settled_by=by)
    note(one, EventKind.ACCEPTED, by=by, now=now, changes=changes)
    _act("受理季度填报", one, by, details={"changes": len(changes)})
    return changes


def correct(*, one: QuarterlyReturn, by: User, now: datetime, reason: str) -> QuarterlyReturn:
    """Open a new edition of an accepted return: a correction, with the reason for it."""
    if len(reason.strip()) < 4:
        raise ReturnRefused("写明更正的理由，至少 4 个字。")
    with transaction.atomic():
        Facility.objects.select_for_update(no_key=True).get(pk=one.facility_id)
        newest = QuarterlyReturn.objects.filter(facility_id=one.facility_id, quarter=one.quarter).latest("edition")
        if newest.state != ReturnState.ACCEPTED:
            raise ReturnRefused(f"第 {newest.edition} 版还在办理，不能再开新一版。")
        new = QuarterlyReturn.objects.create(
            facility=one.facility, division_code=one.facility.division_code, quarter=one.quarter,
            edition=newest.edition + 1, due_on=newest.due_on, opened_at=now, reason=reason.strip()[:200],
        )  # fmt: skip
        note(new, EventKind.CORRECTED, by=by, now=now, reason=new.reason)
        _act("更正季度填报", new, by, reason=new.reason)
    return new


def accept_unchanged(
    *, returns: Iterable[QuarterlyReturn], by: User, now: datetime, day: date
) -> tuple[int, list[str]]:
    """Accept, one by one, those in which nothing changed. Returns how many, and why the others were not."""
    return _each(returns, lambda one: accept(one=one, by=by, now=now, day=day))


def pass_on_unchanged(*, returns: Iterable[QuarterlyReturn], by: User, now: datetime) -> tuple[int, list[str]]:
    """Pass on, one by one, those in which nothing changed."""
    return _each(returns, lambda one: pass_on(one=one, by=by, now=now))


def _each(returns: Iterable[QuarterlyReturn], step: Callable[[QuarterlyReturn], object]) -> tuple[int, list[str]]:
    done, refused = 0, []
    for one in returns:
        if one.changes:
            refused.append(f"{one.facility.name}：有 {len(one.changes)} 处改动，要逐份看")
            continue
        try:
            with transaction.atomic():
                step(one)
        except ReturnRefused as refusal:
            refused.append(f"{one.facility.name}：{refusal}")
        else:
            done += 1
    return done, refused


def note(
    one: QuarterlyReturn, kind: EventKind, *, by: User | None, now: datetime, reason: str = "", mark: str = "",
    changes: Iterable[Change] = (),
) -> None:  # fmt: skip
    """Add one step to the course of a return, and tell those whom it concerns."""
    tell(one, kind, day=localdate(now), reason=reason, mark=mark)
    ReturnEvent.objects.create(
        quarterly_return=one, facility_id=one.facility_id, division_code=one.division_code, kind=kind, actor=by, at=now,
        reason=reason[:400], mark=mark, content_hash=one.content_hash, changes=[change.as_dict() for change in changes],
    )  # fmt: skip


def _in_state(one: QuarterlyReturn, *states: ReturnState) -> None:
    if one.state not in states:
        raise ReturnRefused(f"这份填报{one.get_state_display()}，不能这样做了。刷新页面看看现在的情况。")


def _act(verb: str, one: QuarterlyReturn, by: User | None, *, reason: str = "", details: dict | None = None) -> None:
    record_act(
        verb=verb, by=by, division_code=one.division_code, subject=f"{one.facility.code} {one.facility.name} {one.quarter}",
        subject_uuid=one.uuid, reason=reason, details={"edition": one.edition} | (details or {}),
    )  # fmt: skip


def _one_writer_at_a_time(division_code: int) -> None:
    """Acceptances and imports of one district wait for each other: neither works on what the other is about to change."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('import'), %s)", [division_code // 10**6])
