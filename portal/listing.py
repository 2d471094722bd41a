"""The facility list that an address asks for, for its page and for its export."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from urllib.parse import urlencode

from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import QueryDict

from assessments.filters import in_order
from assessments.queries.summaries import failing_in
from facilities.models import Facility
from portal.filters import ListFilter
from portal.queries.facility_list import CappedPaginator, Row, Unfiltered, judged_facilities, listed_rows, rows
from portal.queries.gates import criterion_titles
from portal.queries.places import Surroundings, division_names
from portal.queries.runs import Runs, runs_and_names
from tenants.models import Appointment
from tenants.prepared import planned_once
from tenants.rules import DISTRICT_WIDTH
from tenants.scope import scope_of

PAGE_SIZE = 50
UNSHOWN = {"sort"}  # stands in its own field above the list


@dataclass(frozen=True)
class Listing:
    """What an address asks for: the filter over the facilities in scope, beside the runs that judged them."""

    query: QueryDict
    runs: Runs
    around: Surroundings
    appointment: Appointment
    day: date

    @cached_property
    def found(self) -> QuerySet[Facility]:
        return judged_facilities(self.appointment, self.runs, self.day)

    @cached_property
    def filter(self) -> ListFilter | None:
        """None where the address asks for nothing: the list as it is opened, without the cost of a form."""
        if any(self.query.get(name) for name in ListFilter.base_filters):
            return ListFilter(self.query, self.found, runs=self.runs.now)
        return None

    @cached_property
    def facilities(self) -> QuerySet[Facility]:
        return self.filter.qs if self.filter else in_order(self.found, "code")

    @cached_property
    def criteria(self) -> dict[str, str]:
        return criterion_titles(self.runs.now[:1])

    @cached_property
    def page(self) -> Page:
        """The facilities of the page that the address asks for."""
        paginator = CappedPaginator(self._shown, PAGE_SIZE)  # type: ignore[arg-type]  # it takes either
        with planned_once():
            return paginator.get_page(self.query.get("page"))

    @cached_property
    def rows(self) -> list[Row]:
        """The lines of the page."""
        shown = list(self.page)
        if isinstance(self._shown, Unfiltered):
            return listed_rows(shown, self.runs.now, self.around.names)  # type: ignore[arg-type]  # Unfiltered gives Listed
        return rows(shown, self.runs.now)

    @cached_property
    def _shown(self) -> QuerySet[Facility] | Unfiltered:
        codes = scope_of(self.appointment).codes
        return self.facilities if self.filter or codes is None else Unfiltered(codes, self.runs, self.day)

    @property
    def failing(self) -> tuple[int, int] | None:
        """How many failed the criterion asked for when the quarter was judged, and how many lacked the data; None where
        none is asked for, or in a part of a district. The list below shows those that stand in the registry now."""
        codes, criterion = scope_of(self.appointment).codes, self.query.get("fails", "")
        if criterion not in self.criteria or codes is None or codes.hi - codes.lo < DISTRICT_WIDTH:
            return None
        return failing_in(codes, self.runs.quarter, criterion)

    @cached_property
    def chips(self) -> list[tuple[str, str, str]]:
        """The conditions in force: (label, value in words, address without it)."""
        chips: list[tuple[str, str, str]] = []
        if not self.filter:
            return chips
        for name, field in self.filter.form.fields.items():
            value = self.query.get(name, "").strip()
            if value and name not in UNSHOWN and name not in self.filter.form.errors:
                rest = [(k, v) for k, v in self.query.items() if k not in {name, "page"} and v]
                chips.append((str(field.label), self._words(name, field, value), f"?{urlencode(rest)}"))
        return chips

    def _words(self, name: str, field, value: str) -> str:
        if name in {"street", "community"}:
            return division_names([int(value)]).get(int(value), value)
        if name in {"fails", "lacks"}:
            return self.criteria.get(value, value)
        if name in {"sensitive", "undetermined"}:
            return "是"
        return str(dict(getattr(field, "choices", ())).get(value, value))


def listing(appointment: Appointment, query: QueryDict, day: date) -> Listing:
    """An unknown value filters nothing."""
    runs, around = runs_and_names(appointment, query.get("quarter"))
    return Listing(query, runs, around, appointment, day)
