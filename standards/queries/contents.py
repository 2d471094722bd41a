"""What one version consists of, for its page."""

from datetime import date

from standards.models import FunctionItem, StandardKind, StandardVersion
from standards.queries.catalogues import crosswalk, function_names, metrics
from standards.queries.readings import ruleset_read_as
from standards.wording import effect_text, limit_text, value_text


def version_contents(version: StandardVersion, today: date) -> dict:
    """The context of the page of a version: the version itself, and the rows of whatever kind it is."""
    contents: dict = {"version": version, "kind": version.standard.kind, "data": version.data}
    match version.standard.kind:
        case StandardKind.CRITERIA:
            names = {key: metric.name for key, metric in metrics(max(today, version.effective_from)).items()}
            contents["criteria"] = [
                {
                    "criterion": criterion,
                    "value": value_text(criterion, names),
                    "limit": limit_text(criterion),
                    "effect": effect_text(criterion),
                }
                for criterion in ruleset_read_as(version).criteria
            ]
            contents["unjudged"] = _unjudged(version, max(today, version.effective_from))
        case StandardKind.CATALOGUE:
            contents["items"] = _items(version, max(today, version.effective_from))
        case StandardKind.CROSSWALK:
            contents["links"] = _links(version)
            contents["gaps"] = version.data["gap"]
        case StandardKind.METRICS:
            contents["metrics"] = version.data["metric"]
        case StandardKind.SERVICE | StandardKind.FOLLOW_UP:
            contents["duties"] = version.data["duty"]
        case StandardKind.VITALITY:
            contents["indicators"] = version.data["indicator"]
        case _:
            contents["interpretations"] = version.data["interpretation"]
    return contents


def _unjudged(version: StandardVersion, day: date) -> list[tuple[dict, StandardVersion | None]]:
    """What the version writes and does not judge, each with the standard of duties that judges the same words today.

    A published version is not changed: its note may be older than that standard.
    """
    entries = version.data.get("unjudged", [])
    if not entries:
        return []
    later = (
        StandardVersion.objects.in_force(day).select_related("standard").order_by("pk")
        .filter(standard__kind__in=(StandardKind.SERVICE, StandardKind.FOLLOW_UP), document=version.document_id)
    )  # fmt: skip
    judged = {(duty["clause"], duty["quote"]): one for one in later for duty in one.data["duty"]}
    return [(entry, judged.get((entry["clause"], entry["quote"]))) for entry in entries]


def _items(version: StandardVersion, day: date) -> list[tuple[FunctionItem, list[str], dict]]:
    """Each item with the names that the other catalogue gives it, and its entry in the file."""
    across, names = crosswalk(day), function_names(day)
    entries = {entry["number"]: entry for entry in version.data["item"]}
    return [
        (item, [names[city] for city in across.get(item.number, ()) if city in names], entries[item.number])
        for item in version.items.order_by("number")
    ]


def _links(version: StandardVersion) -> list[dict]:
    names = dict(FunctionItem.objects.filter(number__gt=100).values_list("number", "name"))
    return [
        {**link, "names": [f"{city} {names.get(city, '')}" for city in link["city"]]} for link in version.data["link"]
    ]
