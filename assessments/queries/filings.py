"""Which streets have not filed the self-evaluation that comes before the directory (拱墅 三(五)2; reading G-7)."""

from assessments.models import EvaluationState, Run, SelfEvaluation, Verdict
from tenants.models import Division
from tenants.rules import code_range, street_of

_WORDS = {
    EvaluationState.OPEN: "还没有报送自评",
    EvaluationState.RETURNED: "自评退回以后没有再报",
    EvaluationState.FILED: "自评已报，区里还没有受理",
    EvaluationState.RECEIVED: "自评已受理，还没有备案",
}


def missing_filings(run: Run, year: int) -> dict[str, str] | None:
    """Name of a street that the run judged → what is missing of its newest self-evaluation of the first three quarters.

    None where the district has opened no self-evaluation in that year at all.
    """
    rows = SelfEvaluation.objects.within(code_range(run.division_code)).filter(
        quarter__range=(f"{year}-Q1", f"{year}-Q3")
    )
    states = dict(rows.order_by("quarter").values_list("division_code", "state"))
    if not states:
        return None
    judged = Verdict.objects.filter(run=run).order_by().values_list("division_code", flat=True).distinct()
    streets = sorted({street_of(code) for code in judged})
    names = dict(Division.objects.filter(code__in=streets).order_by("valid_from").values_list("code", "name"))
    said = {code: _WORDS.get(states.get(code, ""), "没有开放过自评") for code in streets}
    return {
        names.get(code, str(code)): words
        for code, words in said.items()
        if states.get(code) != EvaluationState.REGISTERED
    }
