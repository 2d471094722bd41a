"""The list of returns for the query of its page: filtered, ordered, and as an export of what is on the screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.http import QueryDict

from facilities.models import QuarterlyReturn, ReturnState
from facilities.returns import queries
from portal.queries.places import places
from portal.wording import quarter_text
from tenants.exports import MOST, Kind, Table
from tenants.models import Appointment
from tenants.rules import Permission, code_range

ORDERS = {
    "": ("截止早的在前", ("due_on", "facility__code", "edition")),
    "facility": ("按设施编号", ("facility__code", "edition")),
    "changes": ("改动多的在前", ("-change_count", "-row_count", "facility__code")),
    "state": ("按状态", ("state", "due_on", "facility__code")),
}


@dataclass(frozen=True)
class Asked:
    """What a page asks for, read leniently: what cannot be read filters nothing."""

    quarter: str
    quarters: list[str]
    state: str
    text: str
    street: str
    sort: str

    @classmethod
    def of(cls, appointment: Appointment, query: QueryDict, day: date) -> "Asked":
        known = queries.quarters(appointment)
        quarter, street = query.get("quarter", ""), query.get("street", "")
        return cls(
            quarter if quarter in known else (known[0] if known else queries.current_quarter(day)),
            known,
            state if (state := query.get("state", "")) in ReturnState else "",
            query.get("q", "").strip()[:40],
            street if street.isdigit() and len(street) == 12 else "",
            sort if (sort := query.get("sort", "")) in ORDERS else "",
        )

    @property
    def told(self) -> str:
        """The conditions in words."""
        said = [quarter_text(self.quarter)]
        said += [str(ReturnState(self.state).label)] if self.state else []
        said += [f"街道 {self.street}"] if self.street else []
        return "，".join(said + ([f"设施“{self.text}”"] if self.text else []))


def found(appointment: Appointment, asked: Asked) -> QuerySet[QuarterlyReturn]:
    rows = queries.newest(queries.returns(appointment, quarter=asked.quarter))
    if asked.state:
        rows = rows.filter(state=asked.state)
    if asked.text:
        rows = rows.filter(facility__name__icontains=asked.text)
    if asked.street:
        rows = rows.within(code_range(int(asked.street)))
    return rows.order_by(*ORDERS[asked.sort][1])


def _table(appointment: Appointment, query: QueryDict, day: date) -> Table:
    asked = Asked.of(appointment, query, day)
    rows = found(appointment, asked)
    keys = list(rows.values_list("pk", flat=True)[: MOST + 1])

    def lines(some: Sequence[int]):
        some_rows = list(rows.filter(pk__in=list(some)).select_related("facility", "submitted_by"))
        names = places(row.division_code for row in some_rows)
        for row in some_rows:
            changed = f"改了 {row.row_count} 行" if row.is_open else f"{row.change_count} 处"
            submitted = f"{row.submitted_at:%Y-%m-%d}" if row.submitted_at and not row.is_open else ""
            yield (
                row.facility.code, row.facility.name, names[row.division_code], quarter_text(row.quarter), row.edition,
                row.get_state_display(), row.due_on, (row.due_on - day).days if row.is_open else "", changed,
                str(row.submitted_by or "") if submitted else "", submitted,
            )  # fmt: skip

    return Table(
        title="季度填报",
        head=("编号", "设施", "街道、社区", "季度", "第几版", "状态", "截止", "剩余天数", "改动", "报送人", "报送日期"),
        widths=(16, 24, 24, 16, 8, 12, 12, 10, 12, 12, 12),
        keys=keys[:MOST], lines=lines, more=len(keys) > MOST,
        preface=("季度填报清单", f"导出于 {day:%Y-%m-%d}；条件：{asked.told}。"),
    )  # fmt: skip


RETURNS = Kind("returns", "季度填报清单", Permission.VIEW_FACILITIES, _table)
