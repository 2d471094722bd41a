"""A round of spot checks: its settings, the firms commissioned, their people and what they declare."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from assessments.models import Assessor, CheckRound, Commission, Interest, Visit, VisitState
from tenants.models import Appointment, User
from tenants.operations import grant_facilities, record_act
from tenants.rules import Role, code_range
from tenants.scope import set_reason

SETTINGS = ("permille", "double_permille", "tolerance_permille", "answer_days", "notice_days")


class CheckRefusedError(Exception):
    """It cannot be done now. The message is for the person who asked, and says how to mend it."""


def require(condition: object, message: str) -> None:
    if not condition:
        raise CheckRefusedError(message)


@transaction.atomic
def start_round(*, district: int, year: int, by: User | None, today: date) -> CheckRound:
    """The round of a year; one that is there already is returned. Only for this year and the one before."""
    require(today.year - 1 <= year <= today.year, f"只能办 {today.year - 1} 或 {today.year} 年度的抽检。")
    made, is_new = CheckRound.objects.get_or_create(
        division_code=district, year=year, former_code=0, defaults={"started_by": by}
    )
    if is_new:
        _act("建立年度抽检", made, by)
    return made


@transaction.atomic
def set_rules(*, round: CheckRound, by: User | None, basis: str, **values: int | None) -> None:
    """Set the figures that no document gives. The ratio cannot change once the frame is frozen."""
    basis = basis.strip()
    require(len(basis) >= 4, "请写明这些数的依据，例如“区民政局 2026-10-20 局长办公会纪要”。")
    fresh = CheckRound.objects.select_for_update(no_key=True).get(pk=round.pk)
    if hasattr(fresh, "sample"):
        for name in ("permille", "double_permille"):
            require(values.get(name, getattr(fresh, name)) == getattr(fresh, name), "抽样框已经冻结，比例不能再改。")
    for name in SETTINGS:
        if name in values:
            setattr(fresh, name, values[name])
    fresh.basis = basis[:200]
    set_reason(basis)
    fresh.save()
    _act("设定抽检参数", fresh, by, reason=basis, **{name: getattr(fresh, name) for name in SETTINGS})
    round.refresh_from_db()


@transaction.atomic
def commission(
    *, round: CheckRound, firm_name: str, firm_uscc: str, contract_number: str, first_day: date, last_day: date,
    by: User | None,
) -> Commission:  # fmt: skip
    """Commission a firm. 拱墅 三(五)2 asks for the fourth quarter; another period is allowed and stands on the page."""
    require(last_day >= first_day, "止期早于起期，请改正。")
    try:
        with transaction.atomic():
            made = Commission.objects.create(
                division_code=round.division_code, round=round, firm_name=firm_name.strip(), firm_uscc=firm_uscc,
                contract_number=contract_number.strip(), first_day=first_day, last_day=last_day,
            )  # fmt: skip
    except IntegrityError as error:
        raise CheckRefusedError("这家机构已经在本年度的委托里了。") from error
    _act("委托第三方机构", round, by, firm=made.firm_name, contract=made.contract_number)
    return made


@transaction.atomic
def add_assessor(*, commission: Commission, username: str, by: User | None, today: date) -> Assessor:
    """Name a person of a firm. They need an account with the role 第三方评估员 in the district."""
    codes = code_range(commission.division_code)
    office = Appointment.objects.filter(division_code__gte=codes.lo, division_code__lt=codes.hi, role=Role.ASSESSOR)
    held = office.filter(user__username=username.strip(), ends_on=None).select_related("user").first()
    require(held, f"没有找到账号“{username}”，或它的角色不是第三方评估员。请先到账号与权限里建立。")
    elsewhere = Assessor.objects.filter(commission__round=commission.round, user=held.user, ended_at=None).exclude(
        commission=commission
    )
    require(not elsewhere.exists(), "这个人已经登记在另一家机构名下。")
    made, _ = Assessor.objects.get_or_create(
        division_code=commission.division_code, commission=commission, user=held.user
    )
    _act("登记评估员", commission.round, by, name=held.user.display_name, firm=commission.firm_name)
    return made


@transaction.atomic
def declare_interest(
    *, commission: Commission, assessor: Assessor | None, party: str, note: str, by: User | None
) -> Interest:
    """Put an interest on record. Visits that are planned there already are named, not taken away silently."""
    require(party.strip() and note.strip(), "请写明利害关系方和关系。")
    made = Interest.objects.create(
        division_code=commission.division_code, commission=commission, assessor=assessor,
        party=party.strip()[:80], note=note.strip()[:200], declared_by=by,
    )  # fmt: skip
    _act("申报利害关系", commission.round, by, party=made.party, firm=commission.firm_name)
    return made


def grant_visits(*, user_ids: set[int], by: User | None) -> None:
    """Let assessors see the facilities of their open visits, and nothing else. In the running transaction."""
    for user in User.objects.filter(pk__in=user_ids):
        open_visits = Visit.objects.filter(user=user, state__in=[VisitState.PLANNED, VisitState.HANDED_IN])
        if Appointment.objects.filter(user=user, ends_on=None).exists():
            ids = set(open_visits.values_list("facility_id", flat=True))
            grant_facilities(username=user.username, facility_ids=ids, by=by)


@transaction.atomic
def end_assessor(*, assessor: Assessor, reason: str, by: User | None, now: datetime) -> int:
    """Somebody leaves: their open visits are revoked. Returns how many."""
    from assessments.operations import visits

    open_ones = list(assessor.visits.filter(state=VisitState.PLANNED))
    for visit in open_ones:
        visits.revoke(visit=visit, reason=reason, by=by, now=now)
    Assessor.objects.filter(pk=assessor.pk).update(ended_at=now)
    return len(open_ones)


def _act(verb: str, round: CheckRound, by: User | None, *, reason: str = "", **details) -> None:
    record_act(
        verb=verb, by=by, division_code=round.division_code, subject=str(round), subject_uuid=round.uuid, reason=reason,
        details=details,
    )  # fmt: skip
