"""The visit pack: what an assessor takes along, and nothing that would tell them what was reported before they looked."""

from assessments.models import Visit, VisitOperation
from assessments.queries.checklist import checklist_of, claims_of
from facilities.models import Site
from tenants.scope import division_scope, opened_scope


def pack(visits: list[Visit], *, user_id: int) -> list[dict]:
    """One dictionary a visit, as JSON. Read in the district's scope for exactly these visits, which are the person's own."""
    return [_one(visit, user_id) for visit in visits]


def _one(visit: Visit, user_id: int) -> dict:
    with opened_scope(division_scope(visit.division_code, user_id=user_id, source="visit pack")):
        found = Visit.objects.select_related("sampled__sample__run", "facility").get(pk=visit.pk, user_id=user_id)
        claims = claims_of(found.sampled)
        findings = {finding.key: finding for finding in found.findings.all()}
        sites = Site.objects.filter(facility_id=found.facility_id, ends_on=None).order_by("pk")
        items = []
        for item in checklist_of(found.sampled):
            row = {"key": item.key, "title": item.title, "unit": item.unit, "group": item.group, "clause": item.clause}
            if item.key in findings:
                row |= {
                    "found": findings[item.key].value,
                    "text": findings[item.key].text,
                    "claimed": claims.of(item.key),
                }
            items.append(row)
        return {
            "id": str(found.uuid),
            "day": found.day.isoformat(),
            "position": found.position,
            "second": found.is_second,
            "state": found.state,
            "signed": found.signed_name,
            "name": found.facility.name,
            "code": found.facility.code,
            "places": [f"{site.name}：{site.address or found.facility.address or '地址未登记'}" for site in sites],
            "photos": VisitOperation.objects.filter(visit=found, kind="photo").count(),
            "items": items,
        }


def unit_of(visit: Visit, key: str) -> str | None:
    """The unit of an item; None where the list has none of that name."""
    sampled = Visit.objects.select_related("sampled__sample__run").get(pk=visit.pk).sampled
    return next((item.unit for item in checklist_of(sampled) if item.key == key), None)


def photos_kept() -> list[str]:
    """The stored pictures of visits that are in sight."""
    return list(VisitOperation.objects.exclude(stored_sha256="").values_list("stored_sha256", flat=True))
