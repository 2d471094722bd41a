"""The counts of a quarter that the index is made of, for many facilities at once: one statement a ledger."""

# ruff: noqa: S608 (the statements are put together from names of these modules)

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from assessments.rules.quarters import Quarter
from engagement.models import Figure, RoundKind
from engagement.queries.columns import columns
from engagement.queries.income import BY_MONTH
from standards.rules import MISSING

Ints = NDArray[np.int64]
_HALF_YEAR = 6  # months that income and cost are added up over


@dataclass(frozen=True)
class Period:
    """A quarter and the facilities (ascending) whose records of it are read."""

    quarter: Quarter
    facility_ids: Ints

    @property
    def size(self) -> int:
        return len(self.facility_ids)

    @property
    def days(self) -> dict[str, date]:
        return {"first": self.quarter.first_day, "last": self.quarter.last_day}

    def empty(self) -> Ints:
        return np.full(self.size, MISSING, np.int64)

    def rows(self, query: str, count: int, **values) -> list[Ints]:
        return columns(query, count, self.facility_ids, **self.days, **values)

    def one(self, query: str, count: int, **values) -> list[Ints]:
        """Columns of a statement with at most one row a facility, spread over all; MISSING where there is none."""
        rows, *found = self.rows(query, count, **values)
        spread = []
        for column in found:
            whole = self.empty()
            whole[rows] = column
            spread.append(whole)
        return spread


def visits(period: Period) -> Ints:
    """People who came in the quarter. Of several counts of a day the most reliable source holds; days go before months."""
    rows, months, by_day, amounts = period.rows(
        """SELECT facility_id, month, (period = 1)::int::bigint, sum(visits)::bigint FROM (
            SELECT DISTINCT ON (r.facility_id, r.starts_on, r.period) r.facility_id, r.period, r.visits,
                extract(month FROM r.starts_on)::bigint AS month
            FROM engagement_visitcount r WHERE {inside} AND r.starts_on BETWEEN %(first)s AND %(last)s
            ORDER BY r.facility_id, r.starts_on, r.period, r.source) best
        GROUP BY 1, 2, 3""",
        4,
    )
    of = np.full((2, period.size, 3), MISSING, np.int64)
    of[by_day, rows, months - period.quarter.first_day.month] = amounts
    monthly = np.where(of[1] != MISSING, of[1], of[0])
    counted = (monthly != MISSING).any(axis=1)
    return np.where(counted, np.where(monthly == MISSING, 0, monthly).sum(axis=1), MISSING)


def catchment(period: Period) -> dict[str, Ints]:
    """The people whom each facility is there for on the last day of the quarter."""
    names = ("residents", "elders", "children", "low_income", "disabled")
    listed = ", ".join(f"coalesce(r.{name}, {MISSING})::bigint" for name in names)
    found = period.one(
        f"""SELECT DISTINCT ON (r.facility_id) r.facility_id, {listed} FROM engagement_catchment r
        WHERE {{inside}} AND r.starts_on <= %(last)s AND (r.ends_on IS NULL OR r.ends_on > %(last)s)
        ORDER BY r.facility_id, r.starts_on DESC""",
        6,
    )
    return dict(zip(names, found, strict=True))


@dataclass(frozen=True)
class Figures:
    """Monthly figures: rows of (facility, months back from the quarter's last one, figure, subject, amount)."""

    period: Period
    rows: Ints
    back: Ints
    figure: Ints
    subject: Ints
    amount: Ints

    def last_month(self, figure: Figure, subject: int = 0) -> Ints:
        """Of the quarter's last month; an earlier one does not stand in for it."""
        mine = (self.figure == figure) & (self.subject == subject) & (self.back == 0)
        found = self.period.empty()
        found[self.rows[mine]] = self.amount[mine]
        return found

    def total(self, figure: Figure, months: int = 3) -> Ints:
        """The sum over the last months; MISSING unless every one of them is reported."""
        mine = (self.figure == figure) & (self.back < months)
        total, reported = np.zeros(self.period.size, np.int64), np.zeros(self.period.size, np.int64)
        np.add.at(total, self.rows[mine], self.amount[mine])
        np.add.at(reported, self.rows[mine], 1)
        return np.where(reported == months, total, MISSING)

    def of_services(self) -> tuple[Ints, Ints, Ints]:
        """(facility, item, people served in the quarter), and with it who reports services at all."""
        mine = (self.figure == Figure.SERVICES) & (self.back < 3)
        keys = self.rows[mine] * 1000 + self.subject[mine]
        items, place = np.unique(keys, return_inverse=True)
        total = np.zeros(len(items), np.int64)
        np.add.at(total, place, self.amount[mine])
        return items // 1000, items % 1000, total


def figures(period: Period) -> Figures:
    """Monthly figures; income and cost come from the ledger of operations, where it says anything of a month and side."""
    end = period.quarter.last_day
    found = period.rows(
        f"""WITH ledger AS MATERIALIZED ({BY_MONTH}), told AS (
            SELECT r.facility_id, r.month, r.figure::int, r.subject::int, r.amount FROM engagement_monthlyfigure r
            WHERE {{inside}} AND r.month <= %(last)s AND r.month > %(since)s AND NOT (r.figure IN (7, 8) AND EXISTS (
                SELECT FROM ledger l WHERE (l.facility_id, l.month, l.figure) = (r.facility_id, r.month, r.figure)))
            UNION ALL SELECT facility_id, month, figure, subject, amount FROM ledger)
        SELECT facility_id, ({end.year * 12 + end.month} - extract(year FROM month) * 12 - extract(month FROM month))::bigint,
            figure::bigint, subject::bigint, amount FROM told""",
        5,
        since=_months_before(end, _HALF_YEAR),
    )
    return Figures(period, *found)


def _months_before(end: date, number: int) -> date:
    """The first day of the month so many months before: months after it are the last `number` ones."""
    whole = end.year * 12 + end.month - 1 - number
    return date(whole // 12, whole % 12 + 1, 1)


@dataclass(frozen=True)
class Sessions:
    """held: sessions that count; recorded: as entered; crowd: most people in one session. MISSING without activities."""

    held: Ints
    recorded: Ints
    crowd: Ints


def sessions(period: Period, a_day: int) -> Sessions:
    """Sessions of the quarter; of one kind on one day at most `a_day` count."""
    return Sessions(
        *period.one(
            """SELECT facility_id, sum(least(sessions, %(cap)s))::bigint, sum(sessions)::bigint, max(crowd)::bigint FROM (
                SELECT r.facility_id, r.held_on, r.kind, sum(r.sessions) AS sessions,
                    coalesce(max(r.head_count / r.sessions), 0) AS crowd
                FROM engagement_activity r WHERE {inside} AND r.held_on BETWEEN %(first)s AND %(last)s
                GROUP BY 1, 2, 3) days GROUP BY 1""",
            4,
            cap=a_day,
        )
    )


def partners(period: Period) -> tuple[Ints, Ints]:
    """(partners with a running project who held an activity in the quarter, partners with a running project)."""
    active, all_of = period.one(
        """SELECT r.facility_id, count(DISTINCT r.partner_id) FILTER (WHERE EXISTS (
                SELECT FROM engagement_activity a WHERE a.facility_id = r.facility_id AND a.partner_id = r.partner_id
                AND a.held_on BETWEEN %(first)s AND %(last)s)), count(DISTINCT r.partner_id)
        FROM partners_residentproject r WHERE {inside} AND r.partner_id IS NOT NULL AND r.starts_on <= %(last)s
          AND (r.ends_on IS NULL OR r.ends_on > %(last)s) GROUP BY 1""",
        3,
    )
    return active, all_of


def answers(period: Period) -> tuple[Ints, Ints]:
    """(satisfied, valid) over the surveys that ran in the quarter: paper totals, tablets and the QR page."""
    satisfied, valid = period.one(
        """SELECT r.facility_id, sum(r.paper_satisfied + a.satisfied)::bigint, sum(r.paper_valid + a.valid)::bigint
        FROM engagement_survey r, LATERAL (
            SELECT count(*) AS valid, count(*) FILTER (WHERE s.choice >= 4) AS satisfied
            FROM engagement_surveyanswer s WHERE s.survey_id = r.id) a
        WHERE {inside} AND r.first_day <= %(last)s AND r.last_day >= %(first)s GROUP BY 1""",
        3,
    )
    return satisfied, valid


def complaints(period: Period) -> tuple[Ints, Ints]:
    """(closed in time, due in the quarter). Nothing due counts as all closed, but only where problems are looked for:
    a facility without any complaint and any safety round in the quarter has no value."""
    in_time, due = period.one(
        """SELECT r.facility_id, count(*) FILTER (WHERE r.closed_on <= r.due_on), count(*)
        FROM engagement_complaint r WHERE {inside} AND r.due_on BETWEEN %(first)s AND %(last)s GROUP BY 1""",
        3,
    )
    [looked] = period.one(
        f"""SELECT r.facility_id, 1::bigint FROM engagement_round r WHERE {{inside}} AND r.kind = {int(RoundKind.SAFETY)}
        AND r.day BETWEEN %(first)s AND %(last)s GROUP BY 1
        UNION SELECT r.facility_id, 1::bigint FROM engagement_complaint r
        WHERE {{inside}} AND r.received_on BETWEEN %(first)s AND %(last)s GROUP BY 1""",
        2,
    )
    nothing_due = (due == MISSING) & (looked != MISSING)
    return np.where(nothing_due, 1, in_time), np.where(nothing_due, 1, due)


def declared(period: Period) -> tuple[Ints, Ints]:
    """(facility, item) of every numbered function offered on the last day of the quarter, each once."""
    rows, items = period.rows(
        """SELECT DISTINCT r.facility_id, r.item_number::bigint FROM facilities_offeredfunction r
        WHERE {inside} AND r.item_number IS NOT NULL AND r.starts_on <= %(last)s
          AND (r.ends_on IS NULL OR r.ends_on > %(last)s)""",
        2,
    )
    return rows, items
