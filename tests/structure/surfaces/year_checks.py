"""Acts of the yearly spot check, by the steps of a round that nobody has begun: each stands where the acts before it led."""

from datetime import UTC, date, datetime
from uuid import UUID

from assessments import operations
from assessments.models import (
    Assessor,
    CheckRound,
    Commission,
    OperationKind,
    OperationState,
    Sample,
    SampledFacility,
    Visit,
    VisitOperation,
    VisitState,
)
from assessments.queries.runs import latest_run
from tenants.models import Appointment
from tenants.rules import Role, code_range
from tenants.scope import division_scope, opened_scope
from tests.structure.surfaces.base import Surface, said

FIRM, ASSESSOR, DRAWN, VISIT, RECORD = (UUID(f"00000000-0000-4000-8000-00000000c0d{n}") for n in range(5))
NOW = datetime(2026, 11, 20, tzinfo=UTC)
FIRM_SAID = {
    "firm_name": "钱塘评估公司", "firm_uscc": "91330105MA00000017", "contract_number": "委托 1 号", "first_day": "2026-11-23",
    "last_day": "2026-12-11",
}  # fmt: skip
SECOND_FIRM = {**FIRM_SAID, "firm_name": "运河评估中心", "firm_uscc": "91330105MA00000025"}
RULES = {"tolerance_permille": "3", "answer_days": "5", "notice_days": "7", "basis": "局长办公会纪要"}


def _round(thing) -> CheckRound:
    """With the two shares that a draw asks for."""
    CheckRound.objects.filter(pk=thing.pk).update(permille=400, double_permille=0, answer_days=5, notice_days=7)
    return CheckRound.objects.get(pk=thing.pk)


def _with_shares(who, thing) -> None:
    _round(thing)


def _firm(who, thing) -> None:
    days = {"first_day": date(2026, 11, 23), "last_day": date(2026, 12, 11)}
    told = {"firm_name": "钱塘评估公司", "firm_uscc": "91330105MA00000017", "contract_number": "委托 1 号"}
    Commission.objects.create(division_code=thing.division_code, round=_round(thing), uuid=FIRM, **told, **days)


def _assessor_of(thing) -> Appointment | None:
    held = Appointment.objects.filter(division_code=thing.division_code, role=Role.ASSESSOR, ends_on=None)
    return held.order_by("pk").first()


def _person(who, thing) -> None:
    _firm(who, thing)
    found = _assessor_of(thing)
    if found:
        firm = Commission.objects.get(uuid=FIRM)
        Assessor.objects.create(division_code=firm.division_code, commission=firm, user=found.user, uuid=ASSESSOR)


def _frozen(who, thing) -> Sample | None:
    run = latest_run(code_range(thing.division_code))
    return operations.samples.freeze(round=_round(thing), run=run, by=None, now=NOW) if run else None


def _promised(who, thing) -> Sample | None:
    if sample := _frozen(who, thing):
        operations.samples.commit_seed(sample=sample, by=None, now=NOW, secret="5" * 64)
    return sample


def _drawn(who, thing) -> SampledFacility | None:
    sample = _promised(who, thing)
    if sample is None:
        return None
    operations.samples.draw(sample=sample, public_part="11", witnesses="纪检组", by=None, now=NOW)
    SampledFacility.objects.filter(pk=sample.facilities.all()[0].pk).update(uuid=DRAWN)
    return SampledFacility.objects.get(uuid=DRAWN)


def _staffed(who, thing) -> None:
    _person(who, thing)
    _drawn(who, thing)


def _planned(state: str = VisitState.PLANNED, **more):
    def arrange(who, thing) -> None:
        _person(who, thing)
        drawn, person = _drawn(who, thing), Assessor.objects.filter(uuid=ASSESSOR).first()
        if drawn and person:
            Visit.objects.create(
                division_code=drawn.division_code, sampled=drawn, facility=drawn.facility, assessor=person, user=person.user,
                day=date(2026, 11, 23), uuid=VISIT, state=state, **more,
            )  # fmt: skip

    return arrange


def _kept_back(who, thing) -> None:
    """A record that names a visit which there is not."""
    _planned()(who, thing)
    visit = Visit.objects.filter(uuid=VISIT).first()
    if visit:
        VisitOperation.objects.create(
            uuid=RECORD, division_code=visit.division_code, claimed_visit=VISIT, user=visit.user, kind=OperationKind.SIGN,
            text="王站长", done_at=NOW, received_at=NOW, state=OperationState.QUARANTINED, reason="不是派给你的",
        )  # fmt: skip


def _its_assessor(who, thing) -> dict:
    with opened_scope(division_scope(thing.division_code)):
        found = _assessor_of(thing)
    return {"act": "person", "commission": str(FIRM), "username": found.user.username if found else "nobody"}


def _samples(who, thing) -> list:
    """What is kept of the sample, of which the history of rows says nothing."""
    return list(Sample.objects.filter(round=thing.pk).values_list("pk", "commitment", "draw_sha256"))


ACT, TABLE = "assessments:check_act", "assessments_"
SURFACES = {
    "assessments:check_start": Surface(said(year="2026"), frozenset({"year"}), writes=f"{TABLE}checkround"),
    f"{ACT} rules": Surface(
        said(act="rules", **RULES), frozenset({"permille", "double_permille", *RULES}), writes=f"{TABLE}checkround"
    ),
    f"{ACT} commission": Surface(
        said(act="commission", **SECOND_FIRM), frozenset(SECOND_FIRM), arranged=_firm, writes=f"{TABLE}commission"
    ),
    f"{ACT} person": Surface(
        _its_assessor, names={"commission": "Commission"}, arranged=_firm, writes=f"{TABLE}assessor"
    ),
    f"{ACT} interest": Surface(
        said(act="interest", commission=str(FIRM), assessor=str(ASSESSOR), party="养老服务公司", note="有持股"),
        frozenset({"party", "note"}), {"commission": "Commission", "assessor": "Assessor"}, arranged=_person,
        writes=f"{TABLE}interest",
    ),
    f"{ACT} freeze": Surface(
        said(act="freeze"), arranged=_with_shares, writes=f"{TABLE}sample"
    ),
    f"{ACT} thaw": Surface(said(act="thaw"), arranged=_frozen, shows=_samples),
    f"{ACT} commit": Surface(said(act="commit"), arranged=_frozen, shows=_samples),
    f"{ACT} draw": Surface(
        said(act="draw", public_part="11", witnesses="纪检组"), frozenset({"public_part", "witnesses"}), arranged=_promised,
        writes=f"{TABLE}sampledfacility",
    ),
    f"{ACT} substitute": Surface(
        said(act="substitute", sampled=str(DRAWN), reason="暂停营业"), frozenset({"reason", "dropped_reason"}),
        {"sampled": "SampledFacility"}, arranged=_drawn, writes=f"{TABLE}sampledfacility",
    ),
    f"{ACT} assign": Surface(
        said(act="assign", assessors=str(ASSESSOR), first_day="2026-11-23", a_day="4"), frozenset({"first_day"}),
        {"assessors": "Assessor"}, arranged=_staffed, writes=f"{TABLE}visit",
    ),
    f"{ACT} revoke": Surface(
        said(act="revoke", visit=str(VISIT), reason="改期再去"), frozenset({"reason", "revoked_reason"}), {"visit": "Visit"},
        arranged=_planned(), writes=f"{TABLE}visit",
    ),
    f"{ACT} decide": Surface(
        said(act="decide", record=str(RECORD), counts="yes", reason="确是他去的"), frozenset({"reason"}),
        {"record": "VisitOperation"}, arranged=_kept_back, writes=f"{TABLE}visitoperation",
    ),
    f"{ACT} close": Surface(
        said(act="close"), arranged=_planned(VisitState.HANDED_IN, handed_in_at=NOW, signed_name="王站长"), writes=f"{TABLE}visit"
    ),
    f"{ACT} propose": Surface(
        said(act="propose", reason="年度名录"), frozenset({"reason"}), arranged=_with_shares,
        writes=f"{TABLE}directory",
    ),
}  # fmt: skip
