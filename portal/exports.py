"""The facility list as an export: what is on the screen, all pages of it."""

from collections.abc import Sequence
from datetime import date

from django.http import QueryDict

from portal.listing import listing
from portal.queries.facility_list import Row, rows
from portal.wording import TIER_NAMES, quarter_text
from tenants.exports import MOST, Kind, Table
from tenants.models import Appointment
from tenants.rules import Permission

COLUMNS = (
    ("编号", 16),
    ("名称", 26),
    ("街道", 14),
    ("社区", 16),
    ("建设类型", 10),
    ("状态", 8),
    ("测算等级", 10),
    ("上季度", 10),
    ("离下一等级", 28),
    ("未达", 40),
    ("待确认", 40),
    ("随读法变化", 12),
)


def facilities(appointment: Appointment, query: QueryDict, day: date) -> Table:
    """With a heading, the conditions, and the remark that a measurement is no decision."""
    found = listing(appointment, query, day)
    keys = list(found.facilities.values_list("pk", flat=True)[: MOST + 1])
    conditions = [f"{label}：{value}" for label, value, _ in found.chips]
    quarter = found.runs.quarter

    def lines(some: Sequence[int]):
        return map(_cells, rows(found.facilities.filter(pk__in=list(some)), found.runs.now))

    return Table(
        title="设施",
        head=[title for title, _ in COLUMNS],
        widths=[width for _, width in COLUMNS],
        keys=keys[:MOST],
        lines=lines,
        more=len(keys) > MOST,
        preface=(
            f"设施清单（{quarter_text(quarter) if quarter else '还没有测算'}）",
            f"导出于 {day:%Y-%m-%d}；条件：{'，'.join(conditions) or '全部'}；等级是测算结果，不是认定。",
        ),
    )


FACILITIES = Kind("facilities", "设施清单", Permission.VIEW_FACILITIES, facilities)


def _cells(row: Row) -> tuple[str, ...]:
    result = row.standing
    told = (
        (
            TIER_NAMES[result.tier],
            TIER_NAMES[result.previous] if result.previous is not None else "",
            result.sentence,
            "、".join(result.failed),
            "、".join(result.unknown),
            "是" if result.is_sensitive else "",
        )
        if result
        else ("未测算", "", "", "", "", "")
    )
    facility = row.facility
    return (
        facility.code,
        facility.name,
        row.place.street,
        row.place.community,
        row.type_label,
        row.lifecycle_label,
        *told,
    )
