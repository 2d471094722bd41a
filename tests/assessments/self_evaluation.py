"""A quarter with records, its run and its self-evaluations, for tests."""

from datetime import UTC, date, datetime

from assessments.models import EvaluatedFacility, EvaluationRules, SelfEvaluation
from assessments.operations.evaluations import filing, filling, opening
from assessments.rules.quarters import Quarter
from facilities.models import Attachment
from tenants.rules import Role
from tests.assessments import year as y
from tests.assessments.test_vitality import lively, run_quarter
from tests.people import GONGSHU, person

TODAY, NOW = date(2026, 11, 22), datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
MISHIXIANG, HUSHU, GONGCHENQIAO = 330105001000, 330105002000, 330105005000
Q3 = Quarter(2026, 3)


def opened(streets=(MISHIXIANG, HUSHU)) -> list[SelfEvaluation]:
    """One lively facility a street, scored in the third quarter; self-evaluations opened every quarter. In the district's scope."""
    y.divisions(GONGSHU)
    for number, street in enumerate(streets, 1):
        lively(number, code=street + 51)
    quarterly()
    run_quarter()
    opening.open_period(district=GONGSHU, quarter=Q3, today=TODAY, now=NOW)
    return list(SelfEvaluation.objects.order_by("division_code"))


def quarterly() -> EvaluationRules:
    return EvaluationRules.objects.create(
        division_code=GONGSHU, starts_on=date(2026, 1, 1), frequency="quarterly", fill_days=31, source="区民政局纪要"
    )


def evidence(facility, name="登记本.pdf") -> Attachment:
    return Attachment.objects.create(
        facility=facility, division_code=facility.division_code, kind="evidence", name=name, size=1, sha256="0" * 64,
        received_sha256="0" * 64, media_type="application/pdf",
    )  # fmt: skip


def staff(street: int) -> tuple:
    """(clerk, person in charge) of a street, and the district's officer."""
    return (
        person(Role.STREET_CLERK, street),
        person(Role.STREET_REVIEWER, street),
        person(Role.DISTRICT_REVIEWER, GONGSHU),
    )


def corrected(evaluation: SelfEvaluation, key: str, value: str, *, by, reason="按登记本补计 5 月停用的 9 天"):
    row = EvaluatedFacility.objects.select_related("facility").get(evaluation=evaluation)
    return filling.correct(
        evaluation=evaluation, evaluated=row, key=key, value=value, reason=reason, attachment=evidence(row.facility),
        by=by, now=NOW,
    )  # fmt: skip


def filed(evaluation: SelfEvaluation, signer, *, reason="", now=NOW):
    filling.confirm_rest(evaluation=evaluation, by=signer)
    return filing.sign_and_file(
        evaluation=evaluation, by=signer, signed_name=signer.display_name, declared=True, now=now, reason=reason
    )


def registered(evaluation: SelfEvaluation, signer, officer, *, reason="", now=NOW):
    filed(evaluation, signer, reason=reason, now=now)
    filing.receive(evaluation=evaluation, by=officer, now=now)
    return filing.register(evaluation=evaluation, by=officer, now=now)
