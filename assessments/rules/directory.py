"""How a facility moves in the directory, and what is said about it. Pure."""

from collections.abc import Mapping

from assessments.rules.explanation import Facts, MetricWords, value_text
from assessments.rules.labels import TIER_LABELS
from standards.rules import Outcome, RuleSet, Tier

STAYS, ENTRY, PROMOTION, DEMOTION, EXIT, OUTSIDE = "stays", "entry", "promotion", "demotion", "exit", "outside"


def movement(before: int, after: int) -> str:
    """before: tier in the directory in force until now, -1 or 0 if it is not in it."""
    if before <= 0:
        return ENTRY if after > 0 else OUTSIDE
    if after == before:
        return STAYS
    if after == 0:
        return EXIT
    return PROMOTION if after > before else DEMOTION


def why(rules: RuleSet, facts: Facts, before: int, after: int, words: Mapping[str, MetricWords]) -> tuple[str, str]:
    """(reason, clause): what holds a falling facility back, or that a rising one meets every gate of its tier."""
    asked = Tier(max(before, after, Tier.INCLUSIVE))
    outcomes = facts.judge(rules).outcomes[0]
    gates = rules.gates(asked)
    lacking = [position for position in gates if outcomes[position] != Outcome.MET]
    if not lacking:
        clause = rules.criteria[gates[0]].source.clause if gates else ""
        return f"{TIER_LABELS[asked]}的 {len(gates)} 项门槛全部达到", clause
    said, clauses = [], []
    for position in lacking:
        criterion = rules.criteria[position]
        value = "缺数据" if outcomes[position] == Outcome.UNKNOWN else value_text(criterion, facts, words)
        said.append(f"{criterion.title.rpartition('：')[2]} {value}")
        clauses.append(criterion.source.clause)
    return f"{TIER_LABELS[asked]}未达：{'；'.join(said)}", "、".join(dict.fromkeys(clauses))


def gates_met(rules: RuleSet, facts: Facts, tier: Tier) -> tuple[int, int]:
    """(met, of how many) gates of a tier: the score that stands beside a proposal."""
    outcomes = facts.judge(rules).outcomes[0]
    gates = rules.gates(tier)
    return sum(outcomes[position] == Outcome.MET for position in gates), len(gates)
