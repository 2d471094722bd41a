"""The checklist of a round: what the standard asks for, item by item, and what was reported of a facility."""

from functools import lru_cache

from assessments.models import Run, SampledFacility, Verdict
from assessments.queries.evaluations.claims import evaluated_figures
from assessments.queries.explain import facts_of, rules_of
from assessments.queries.words import words_on
from assessments.rules.checklist import COUNTED, ITEM, CheckItem, Claims, evaluation_items
from assessments.rules.explanation import Facts
from facilities.models import OfferedFunction
from standards.queries import CATALOGUE_GONGSHU, catalogue_items
from standards.rules import Construction, Kind

GROUPS = {"点位": "场地", "空间": "场地", "综合运营": "运营", "入驻运营项目": "项目", "公益创投项目": "项目"}


def checklist(run: Run) -> tuple[CheckItem, ...]:
    """The items of a run's standard: every recorded metric that a condition reads, then the functions of the catalogue."""
    return _checklist(run.pk, run.standard_hash)  # the second tells the databases of tests apart


@lru_cache(maxsize=32)
def _checklist(run_id: int, _hash: str) -> tuple[CheckItem, ...]:
    run = Run.objects.get(pk=run_id)
    day = run.period.last_day
    rules, words = rules_of(run), words_on(day).metrics
    asked: dict[str, str] = {}
    for criterion in rules.criteria:
        if criterion.kind in {Kind.GATE, Kind.DUTY, Kind.DEFINITION}:
            for metric in (*criterion.metrics, *criterion.denominators):
                asked.setdefault(metric, criterion.source.clause)
    layout = {text.rsplit(":", 1)[0] for text in run.layout}
    amounts = [
        CheckItem(metric, words[metric].name, words[metric].unit, GROUPS.get(words[metric].ledger, "其他"), clause)
        for metric, clause in asked.items()
        if metric in layout and metric not in COUNTED
    ]
    amounts.sort(key=lambda item: list(dict.fromkeys([*GROUPS.values(), "其他"])).index(item.group))
    functions = [
        CheckItem(
            f"{ITEM}{item.number}", item.name, "", f"功能 · {item.domain}" if item.domain else "功能", item.clause
        )
        for item in catalogue_items(CATALOGUE_GONGSHU, day)
    ]
    return (*amounts, *functions)


def checklist_of(sampled: SampledFacility) -> tuple[CheckItem, ...]:
    """The items of one drawn facility: those of the standard, and the figures of its street's self-evaluation if it filed one."""
    return (*checklist(sampled.sample.run), *evaluation_items(sampled.claims.get("evaluation", ())))


def items_by_key(sampled: SampledFacility) -> dict[str, CheckItem]:
    return {item.key: item for item in checklist_of(sampled)}


def reported(run: Run, facility_ids: list[int]) -> dict[int, dict]:
    """What is frozen of each facility when it is drawn, as JSON: facts, construction type, functions offered."""
    day = run.period.last_day
    items: dict[int, set[int]] = {}
    offered = OfferedFunction.objects.in_force(day).filter(facility_id__in=facility_ids, item_number__lte=62)
    for facility_id, number in offered.values_list("facility_id", "item_number"):
        items.setdefault(facility_id, set()).add(number)
    verdicts = Verdict.objects.filter(run=run, facility_id__in=facility_ids).select_related("run")
    evaluated = evaluated_figures(facility_ids)
    return {
        verdict.facility_id: {
            "values": dict(sorted(facts_of(verdict).values.items())),
            "construction": verdict.construction,
            "items": sorted(items.get(verdict.facility_id, ())),
            "evaluation": evaluated.get(verdict.facility_id, {}),
        }
        for verdict in verdicts
    }


def claims_of(sampled: SampledFacility) -> Claims:
    kept = sampled.claims
    facts = Facts(kept["values"], Construction(kept["construction"]))
    return Claims(facts, frozenset(kept["items"]), kept.get("evaluation", {}))


def titles(day) -> dict[str, CheckItem]:
    """Item → how it is written in the standards of a day; for people who see no round of their district."""
    amounts = {key: CheckItem(key, word.name, word.unit, "", "") for key, word in words_on(day).metrics.items()}
    functions = {
        f"{ITEM}{item.number}": CheckItem(f"{ITEM}{item.number}", item.name, "", "功能", item.clause)
        for item in catalogue_items(CATALOGUE_GONGSHU, day)
    }
    return amounts | functions | {item.key: item for item in evaluation_items()}
