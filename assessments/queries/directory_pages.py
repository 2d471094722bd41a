"""What the page of a directory shows to somebody: their part of the entries, the counts, and who objected."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.core.paginator import Paginator

from assessments.models import (
    Appeal,
    Directory,
    DirectoryEntry,
    DirectoryState,
    DocumentKind,
    Movement,
    PublishedDocument,
)
from assessments.queries.directories import blockers_of_proposal, blockers_of_publication
from assessments.rules.labels import TIER_LABELS
from standards.rules import Tier

ORDER = {Movement.EXIT: 0, Movement.DEMOTION: 1, Movement.PROMOTION: 2, Movement.ENTRY: 3}


PARTS = (("changes", "变动"), ("all", "全部设施"), ("appeals", "异议与申诉"))
TIERS = [("", "全部"), ("2", "示范型"), ("1", "普惠型"), ("0", "未入名录")]
BASES = [("", "全部"), ("verified", "抽检核实"), ("computed", "测算")]
_A_PAGE = 50


def shown(found: Directory, appointment, now: datetime, asked: Mapping[str, str]) -> dict:
    entries = list(
        DirectoryEntry.objects.visible_to(appointment)
        .filter(directory=found)
        .select_related("facility")
        .order_by("facility__code")
    )
    changes = [entry for entry in entries if entry.movement in ORDER]
    changes.sort(key=lambda entry: (ORDER[Movement(entry.movement)], entry.facility.code))
    appeals = list(
        Appeal.objects.visible_to(appointment).filter(directory=found).select_related("facility", "decided_by")
    )
    documents = PublishedDocument.objects.filter(
        district=found.run.division_code, year=found.year,
        kind__in=[DocumentKind.NOTICE, DocumentKind.DIRECTORY, DocumentKind.CORRECTION],
    ).order_by("published_at")  # fmt: skip
    before, after = Counter(max(e.tier_before, 0) for e in entries), Counter(e.tier for e in entries)
    blockers = _blockers(found, appointment, now)
    part = asked.get("part", "") if asked.get("part") in dict(PARTS) else PARTS[0][0]
    counts = {"changes": len(changes), "all": len(entries), "appeals": len(appeals)}
    replaced = Directory.objects.visible_to(appointment).filter(supersedes=found, state=DirectoryState.PUBLISHED)
    return {
        "part": part,
        "parts": [(key, label, counts[key]) for key, label in PARTS],
        "page": Paginator(_asked_for(entries, asked), _A_PAGE).get_page(asked.get("page")),
        "asked": asked,
        "tier_choices": TIERS,
        "basis_choices": BASES,
        "stopped": any(one.stops for one in blockers),
        "replaced_by": replaced.values_list("revision", flat=True).first(),
        "changes": changes,
        "entries": entries,
        "totals": [(TIER_LABELS[Tier(t)], t, before[t], after[t]) for t in (2, 1, 0)],
        "verified": sum(entry.is_verified for entry in entries),
        "blockers": blockers,
        "appeals": appeals,
        "documents": documents,
        "other": _side_by_side(found, entries),
    }


def _asked_for(entries: list[DirectoryEntry], asked: Mapping[str, str]) -> list[DirectoryEntry]:
    words, tier, basis = asked.get("q", "").strip(), asked.get("tier", ""), asked.get("basis", "")
    return [
        entry
        for entry in entries
        if (not words or any(words in text for text in (entry.name, entry.street, entry.facility.code)))
        and (tier not in {"0", "1", "2"} or entry.tier == int(tier))
        and (basis not in {"verified", "computed"} or entry.is_verified == (basis == "verified"))
    ]


def _blockers(found: Directory, appointment, now: datetime) -> list:
    if appointment.division_code != found.division_code:
        return []
    if found.state == DirectoryState.PROPOSED:
        return blockers_of_proposal(found)
    return blockers_of_publication(found, now) if found.state == DirectoryState.NOTICE else []


def _side_by_side(found: Directory, entries: list[DirectoryEntry]) -> list[tuple]:
    """For a reissue: the entries whose tier differs from the version that it supersedes."""
    if found.supersedes is None:
        return []
    old = dict(found.supersedes.entries.values_list("facility_id", "tier"))
    return [
        (entry, old.get(entry.facility_id, -1)) for entry in entries if old.get(entry.facility_id, -1) != entry.tier
    ]
