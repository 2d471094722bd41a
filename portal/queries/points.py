"""The places of facilities on the map."""

from collections.abc import Iterable, Mapping
from datetime import date

from assessments.models import Run, Verdict
from facilities.models import Site
from portal.wording import TIER_NAMES
from tenants.models import Appointment

LIMIT = 2_000


def points(appointment: Appointment, runs: Iterable[Run], day: date) -> list[Mapping[str, object]]:
    """The first site with coordinates of each facility in scope, at most LIMIT, with its tier. Two queries."""
    sites = (
        Site.objects.visible_to(appointment)
        .in_force(day)
        .exclude(longitude=None)
        .exclude(latitude=None)
        .select_related("facility")
        .order_by("facility_id", "pk")
        .distinct("facility_id")[:LIMIT]
    )
    sites = list(sites)
    verdicts = Verdict.objects.visible_to(appointment).filter(
        run_id__in=[run.pk for run in runs], facility_id__in=[site.facility_id for site in sites]
    )
    judged = {facility: (tier, flags) for facility, tier, flags in verdicts.values_list("facility_id", "tier", "flags")}
    return [
        {
            "name": site.facility.name,
            "uuid": str(site.facility.uuid),
            "tier": _tier(judged.get(site.facility_id)),
            "label": TIER_NAMES[_tier(judged[site.facility_id])] if site.facility_id in judged else "未测算",
            "at": [float(site.latitude), float(site.longitude)],
        }
        for site in sites
    ]


def _tier(verdict: tuple[int, int] | None) -> int | None:
    if verdict is None:
        return None
    tier, flags = verdict
    return None if tier == 0 and flags & Verdict.UNDETERMINED else tier
