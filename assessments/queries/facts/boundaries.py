"""Between which days the facts of a facility stay as they are: no dated row begins or ends inside the span."""

# ruff: noqa: S608 (the statements are put together from names of these modules, integers and dates only)

from collections.abc import Sequence
from datetime import date

from django.db import connection

_DATED = (
    "facilities_facilitystate",
    "facilities_coverage",
    "facilities_site",
    "facilities_space",
    "facilities_offeredfunction",
    "facilities_operator",
    "partners_residentproject",
)
_DATES = " UNION ALL ".join(
    f"SELECT r.starts_on, r.ends_on FROM {table} r WHERE r.facility_id = f.id" for table in _DATED
)
_SPAN = f"""SELECT f.id, max(greatest(CASE WHEN d.a <= %(day)s THEN d.a END, CASE WHEN d.b <= %(day)s THEN d.b END)),
       min(least(CASE WHEN d.a > %(day)s THEN d.a END, CASE WHEN d.b > %(day)s THEN d.b END))
    FROM facilities_facility f LEFT JOIN LATERAL (
        {_DATES}
        UNION ALL SELECT r.received_on, NULL FROM partners_charityreceipt r WHERE r.facility_id = f.id
    ) AS d (a, b) ON true
    WHERE f.id = ANY(%(ids)s) GROUP BY f.id"""


def validity(facility_ids: Sequence[int], day: date) -> dict[int, tuple[date, date]]:
    """For each facility the half-open span around `day` in which its facts do not change.

    It never crosses a new year: charity projects and receipts count by calendar year.
    """
    year, next_year = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    with connection.cursor() as cursor:
        cursor.execute(_SPAN, {"day": day, "ids": list(facility_ids)})
        return {
            pk: (max(since or year, year), min(until or next_year, next_year)) for pk, since, until in cursor.fetchall()
        }
