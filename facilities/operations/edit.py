"""Corrections of what is registered: a facility's basics, its sites and spaces, who runs it. One act each; the history keeps the reason."""

from django.utils import timezone

from facilities.models import Facility, Operator, Site, Space
from facilities.rules import name_sort
from tenants.editing import write_row
from tenants.models import User

SITE_REFUSALS = {"site_once": "这座设施从这一天起已经有同名点位。换一个名称，或改起始日。"}
SPACE_REFUSALS = {"space_once": "这个点位从这一天起已经有同名空间。换一个名称，或改起始日。"}
OPERATOR_REFUSALS = {"operator_once": "这座设施从这一天起已经登记了这家综合运营方。核对名称，或改起始日。"}
Changed = dict[str, tuple[object, object]]


def edit_facility(*, facility: Facility, version: int, by: User | None, reason: str = "", **values) -> Changed:
    """Change the basics of a facility that still is at `version`; what changed, as {attribute: (before, after)}.

    Raises EditConflict if somebody was faster. An empty ledger counts as zero only if named in `nil_ledgers`.
    """
    if "name" in values:
        values["name_sort"] = name_sort(values["name"])
    changed = write_row(
        row=facility, version=version, values=values, by=by, verb="修改设施", reason=reason,
        subject=f"{facility.code} {facility.name}", subject_uuid=facility.uuid,
    )  # fmt: skip
    if changed:
        Facility.objects.filter(pk=facility.pk).update(updated_at=timezone.now())
    changed.pop("name_sort", None)
    return changed


def edit_site(*, site: Site, version: int, by: User | None, reason: str = "", **values) -> Changed:
    """Correct a site as registered. Raises EditConflict and EditRefused."""
    return _edit_entry(site, "修改点位", version, by, reason, values, SITE_REFUSALS)


def edit_space(*, space: Space, version: int, by: User | None, reason: str = "", **values) -> Changed:
    """Correct a space as registered. Raises EditConflict and EditRefused."""
    return _edit_entry(space, "修改空间", version, by, reason, values, SPACE_REFUSALS)


def edit_operator(*, operator: Operator, version: int, by: User | None, reason: str = "", **values) -> Changed:
    """Correct who runs the whole facility, as registered. Raises EditConflict and EditRefused."""
    return _edit_entry(operator, "修改综合运营", version, by, reason, values, OPERATOR_REFUSALS)


def _edit_entry(
    entry: Site | Space | Operator, verb: str, version: int, by, reason: str, values: dict, refusals: dict
) -> Changed:
    facility = entry.facility
    return write_row(
        row=entry, version=version, values=values, by=by, verb=verb, reason=reason,
        subject=f"{facility.code} {facility.name}：{entry.name}", subject_uuid=facility.uuid, refusals=refusals,
    )  # fmt: skip
