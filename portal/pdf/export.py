"""A facility's file as an export: at once where it is short, by a task with progress where its ledgers are long."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from django.conf import settings
from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date

from facilities.models import Facility
from portal.pdf.facility import File, Part, paper_of, parts_of
from portal.queries import facility as facilities
from portal.queries import functions as catalogue
from portal.queries import judged, ledgers
from tenants.exports import Kind, Table
from tenants.models import Appointment
from tenants.rules import Permission, may

LARGE = 200  # rows of its ledgers that are set while somebody waits; some seconds


def day_of(query: QueryDict, today: date) -> date:
    """The day that is asked for, if it can be read and is not in the future."""
    try:
        day = parse_date(query.get("day", ""))
    except ValueError:
        day = None
    return min(day, today) if day else today


def file_of(appointment: Appointment, query: QueryDict, today: date) -> File:
    """Everything that is printed of the facility `uuid` as of `day`. Raises Http404 for one that is not in scope."""
    try:
        head = facilities.facility_head(appointment, query.get("uuid", ""), today)
    except (Facility.DoesNotExist, ValueError):
        raise Http404 from None
    one, day = head.facility, day_of(query, today)
    rows = ledgers.sites_with_spaces(one, day)
    may_see = may(appointment.role, Permission.VIEW_RESULTS)
    return File(
        head=head, day=day, printed_at=timezone.localtime(), printed_by=str(appointment.user),
        demo=one.is_demo or settings.DEMO, result=judged.result_of(judged.history(one), None) if may_see else None,
        states=facilities.states(one), covered=facilities.covered_communities(one, day), sites=rows,
        shares=ledgers.shares(rows), functions=catalogue.functions(one, day), operators=ledgers.operators(one, day)[0],
        projects=ledgers.projects(one, day), charity=ledgers.charity_years(one),
    )  # fmt: skip


def table(appointment: Appointment, query: QueryDict, today: date) -> Table:
    """The parts of the file in the place of rows."""
    file = file_of(appointment, query, today)
    parts = parts_of(file)
    rows = sum(len(row.spaces) for row in file.sites) + len(file.projects.rows)
    return Table(
        title="设施档案", head=(), keys=range(len(parts)), lines=lambda keys: [parts[key] for key in keys],
        writer=lambda path: _written(path, file), chunk=1, is_large=rows > LARGE,
    )  # fmt: skip


class _Setter:
    def __init__(self, paper):
        self._paper = paper

    def add(self, rows: Iterable[Part]) -> None:
        for part in rows:
            part(self._paper)


@contextmanager
def _written(path: Path, file: File) -> Iterator[_Setter]:
    paper = paper_of(file)
    yield _Setter(paper)
    path.write_bytes(bytes(paper.output()))


FACILITY_FILE = Kind("facility_file", "设施档案", Permission.VIEW_FACILITIES, table, formats=("pdf",))
