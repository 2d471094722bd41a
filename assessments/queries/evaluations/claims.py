"""The self-evaluated figures that a spot check looks at: frozen with the other claims when a facility is drawn, blind until then."""

from collections.abc import Iterable

from assessments.models import EvaluatedFacility, EvaluationVersion
from assessments.queries.evaluations.overview import FILED
from assessments.rules.checklist import ON_SITE
from standards.queries.liveliness import vitality_scale_named


def evaluated_figures(facility_ids: Iterable[int]) -> dict[int, dict[str, int | None]]:
    """Facility → metric → what its street says of it, in hundredths of a per cent; of the newest self-evaluation it filed.

    None where neither records nor street have a value. Facilities without a filed self-evaluation are left out.
    """
    rows = EvaluatedFacility.objects.filter(facility__in=list(facility_ids), evaluation__state__in=FILED)
    newest = {
        row.facility_id: row for row in rows.select_related("evaluation", "facility").order_by("evaluation__quarter")
    }
    versions = EvaluationVersion.objects.filter(evaluation__in={row.evaluation_id for row in newest.values()})
    contents = {one.evaluation_id: one.content for one in versions.order_by("number")}
    return {
        facility_id: found
        for facility_id, row in newest.items()
        if (found := _figures(contents[row.evaluation_id], str(row.facility.uuid))) is not None
    }


def _figures(content: dict, uuid: str) -> dict[str, int | None] | None:
    metrics = {each.key: each.metric for each in vitality_scale_named(content["scale"]).indicators}
    said = next((one for one in content["facilities"] if one["uuid"] == uuid), None)
    if said is None:
        return None
    by_metric = {metrics[each["key"]]: each for each in said["indicators"]}
    return {metric: _value(by_metric[metric]) for metric in ON_SITE if metric in by_metric}


def _value(indicator: dict) -> int | None:
    """What the street corrected, else what it confirmed, half up to 0.01."""
    if "own" in indicator:
        return indicator["own"]
    if indicator["recorded"] is None:
        return None
    above, below = indicator["recorded"]
    return (200 * above + below) // (2 * below)
