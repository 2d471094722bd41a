"""Forms of what the district and its streets do with each other over the year: self-evaluations, follow-ups, rectifications."""

from datetime import UTC, date, datetime

from assessments.models import EvaluatedFacility, EvaluationVersion, Rectification, SelfEvaluation
from assessments.queries.evaluations.values import scale_of
from engagement.models import Survey
from facilities.models import Attachment
from tenants.models import User
from tenants.scope import division_scope, opened_scope
from tests.structure.rows import make_row
from tests.structure.surfaces.base import Surface, said
from tests.structure.world import CITY, facility_pk

NOW = datetime(2026, 11, 1, tzinfo=UTC)
OPEN = {"state": "open", "returned_reason": "", "received_by": None, "received_at": None}
FILED = {"state": "filed", "signed_at": NOW, "version": 1, "received_at": None}
RECEIVED = {**FILED, "state": "received", "received_at": NOW}
AT_WORK = {"ended_at": None, "resurvey": None, "opened_on": date(2026, 3, 1), "due_on": date(2026, 12, 1)}
PLANNED = {"measures": "加派人员，下月复测", "mend_by": date(2026, 12, 1)}
WORDS = "已看台账，现场核对过，继续保持"


# --- self-evaluations ---


def _evaluation(thing) -> SelfEvaluation:
    return SelfEvaluation.objects.get(facilities=thing.pk)


def _of_an_open_one(who, thing) -> None:
    SelfEvaluation.objects.filter(facilities=thing.pk).update(**OPEN)
    Attachment.objects.filter(facility=facility_pk(thing.division_code)).update(removed_at=None)


def _corrected(who, thing) -> dict:
    with opened_scope(division_scope(CITY)):
        key = scale_of(_evaluation(thing)).indicators[1].key
        file = Attachment.objects.filter(facility=facility_pk(thing.division_code)).order_by("pk")[0]
    return {"act": "correct", "key": key, "value": "12", "reason": "按登记本补计", "attachment": str(file.uuid)}


def _one_confirmed(who, thing) -> dict:
    with opened_scope(division_scope(CITY)):
        return {"act": "confirm", "key": scale_of(_evaluation(thing)).indicators[1].key}


def _undecided(who, thing) -> None:
    SelfEvaluation.objects.filter(pk=thing.pk).update(**OPEN)
    EvaluatedFacility.objects.filter(evaluation=thing.pk).update(confirmed=[])


def _decided(who, thing) -> None:
    """Everything is confirmed, so that it can be signed."""
    evaluation = SelfEvaluation.objects.get(pk=thing.pk)
    SelfEvaluation.objects.filter(pk=thing.pk).update(**OPEN)
    every = [indicator.key for indicator in scale_of(evaluation).indicators]
    EvaluatedFacility.objects.filter(evaluation=thing.pk).update(confirmed=every)


def _signed(who, thing) -> dict:
    name = User.objects.values_list("display_name", flat=True).get(pk=who.user_pk)
    return {"act": "sign", "signed_name": name, "declared": "on", "reason": "补了两天开放记录"}


def _to_be_registered(who, thing) -> None:
    """A version that has no number yet."""
    evaluation = SelfEvaluation.objects.get(pk=thing.pk)
    parents = {(SelfEvaluation, thing.division_code): evaluation}
    make_row(EvaluationVersion, thing.division_code, parents, evaluation=evaluation, number=2, reason="补数")
    SelfEvaluation.objects.filter(pk=thing.pk).update(**{**RECEIVED, "version": 2})


# --- rectifications ---


def _survey(thing) -> int:
    """The survey of the facility that the world has; it becomes the survey after the order."""
    with opened_scope(division_scope(CITY)):
        surveys = Survey.objects.filter(facility=facility_pk(thing.division_code)).order_by("pk")
        return surveys.values_list("pk", flat=True)[0]


def _order(state: str, *, with_survey: bool = False):
    def arrange(who, thing) -> None:
        days = {"first_day": date(2026, 4, 1), "last_day": date(2026, 4, 30), "item_number": None}
        Survey.objects.filter(pk=_survey(thing)).update(**days, paper_valid=40, paper_satisfied=39)
        values = {**AT_WORK, **PLANNED, "state": state, "item_number": 0}
        if with_survey:
            values["resurvey"] = _survey(thing)
        Rectification.objects.filter(pk=thing.pk).update(**values)

    return arrange


TABLE = "assessments_"
SIGN, DECIDE = "assessments:evaluation_sign", "assessments:evaluation_decide"
ORDER = "assessments:rectification_decide"
STEP = f"{TABLE}rectificationstep"
SURFACES = {
    "assessments:evaluated_decide correct": Surface(
        _corrected, frozenset({"value", "reason"}), {"attachment": "Attachment"},
        arranged=_of_an_open_one, writes=f"{TABLE}correction",
    ),
    "assessments:evaluated_decide confirm": Surface(
        _one_confirmed, arranged=_of_an_open_one, writes=f"{TABLE}evaluatedfacility"
    ),
    "assessments:evaluated_decide undo": Surface(
        said(act="undo", key="C1"), arranged=_of_an_open_one, writes=f"{TABLE}correction"
    ),
    "assessments:evaluation_confirm": Surface(said(), arranged=_undecided, writes=f"{TABLE}evaluatedfacility"),
    f"{SIGN} sign": Surface(
        _signed, frozenset({"signed_name", "reason"}), arranged=_decided, writes=f"{TABLE}evaluationversion"
    ),
    f"{SIGN} reopen": Surface(
        said(act="reopen", reason="数据有误"), frozenset({"reason"}),
        arranged={**RECEIVED, "state": "registered"}, writes=f"{TABLE}selfevaluation",
    ),
    f"{DECIDE} receive": Surface(said(act="receive"), arranged=FILED, writes=f"{TABLE}selfevaluation"),
    f"{DECIDE} return": Surface(
        said(act="return", reason="缺少佐证"), frozenset({"reason"}), arranged=FILED, writes=f"{TABLE}selfevaluation"
    ),
    f"{DECIDE} register": Surface(said(act="register"), arranged=_to_be_registered, writes=f"{TABLE}filing"),
    "assessments:evaluation_settings": Surface(
        said(frequency="yearly", fill_days="30", starts_on="2099-01-01", source="会议纪要"),
        frozenset({"frequency", "fill_days", "starts_on", "source"}), writes=f"{TABLE}evaluationrules",
    ),
    "assessments:follow_up_conclude": Surface(
        said(conclusion=WORDS), frozenset({"conclusion"}),
        arranged={"state": "open", "conclusion": "", "concluded_at": None, "concluded_by": None}, writes=f"{TABLE}followup",
    ),
    "assessments:rectification_report plan": Surface(
        said(act="plan", measures=WORDS), frozenset({"measures"}), arranged=_order("open"), writes=STEP
    ),
    "assessments:rectification_report report": Surface(
        lambda who, thing: {"act": "report", "survey": _survey(thing)}, names={"survey": "Survey"},
        arranged=_order("mending"), writes=STEP,
    ),
    f"{ORDER} send_back": Surface(
        said(act="send_back", reason="措施不够具体"), frozenset({"reason"}),
        arranged=_order("reported", with_survey=True), writes=STEP,
    ),
    f"{ORDER} extend": Surface(
        said(act="extend", reason="等设备到货", until="2027-01-31"), frozenset({"reason"}), arranged=_order("mending"), writes=STEP
    ),
    f"{ORDER} close": Surface(
        said(act="close", reason="复测达标"), frozenset({"reason"}),
        arranged=_order("reported", with_survey=True), writes=STEP,
    ),
    f"{ORDER} void": Surface(
        said(act="void", reason="调查登记错了"), frozenset({"reason"}), arranged=_order("open"), writes=STEP
    ),
    "assessments:item_decision_decide": Surface(
        said(choice="kept", reason="已换服务方"), frozenset({"reason"}),
        arranged={"state": "proposed", "decided_at": None, "decided_by": None}, writes=f"{TABLE}itemdecision",
    ),
}  # fmt: skip
