"""A filed version as its page shows it: read from the frozen content alone, set beside the version before."""

from assessments.models import EvaluationVersion
from assessments.rules.evaluation import points
from standards.queries.liveliness import vitality_scale_named


def facilities_of(version: EvaluationVersion, before: EvaluationVersion | None) -> list[dict]:
    """Facilities with scores and corrections; `differs`: indicators that the version before said otherwise."""
    names = (
        {each.key: each for each in vitality_scale_named(version.content["scale"]).indicators}
        if version.content.get("scale")
        else {}
    )
    earlier = {one["uuid"]: one for one in before.content.get("facilities", ())} if before else {}
    found = []
    for one in version.content.get("facilities", ()):
        past = {each["key"]: each.get("own") for each in earlier.get(one["uuid"], {}).get("indicators", ())}
        corrections = []
        differs = []
        for each in one["indicators"]:
            indicator = names.get(each["key"])
            name = indicator.name if indicator else each["key"]
            unit = indicator.unit if indicator else ""
            if "own" in each:
                corrections.append(
                    {
                        "name": name, "recorded": _ratio(each["recorded"], unit), "own": _value(each["own"], unit),
                        "reason": each["reason"], "evidence": each["evidence"]["name"], "by": each["by"],
                    }
                )  # fmt: skip
            if one["uuid"] in earlier and past.get(each["key"]) != each.get("own"):
                differs.append(f"{name}：{_said(past.get(each['key']), unit)}，改为{_said(each.get('own'), unit)}")
        found.append(
            {
                "name": one["name"], "code": one["code"], "recorded": points(one["recorded_score"]),
                "own": points(one["own_score"]), "corrections": corrections, "differs": differs,
            }
        )  # fmt: skip
    return found


def _said(value: int | None, unit: str) -> str:
    return "按台账" if value is None else _value(value, unit)


def _value(hundredths: int, unit: str) -> str:
    return f"{hundredths / 100:,.2f} {unit}"


def _ratio(pair: list[int] | None, unit: str) -> str:
    return f"{pair[0] / pair[1]:,.2f} {unit}" if pair else "没有数据"
