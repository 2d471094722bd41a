"""The year's end in the world of the matrix: a round, a sample, visits, discrepancies and a directory for each place."""

from assessments.models import (
    Appeal,
    Assessor,
    CheckRound,
    Commission,
    Directory,
    DirectoryEntry,
    Discrepancy,
    Interest,
    Run,
    Sample,
    SampledFacility,
    Visit,
    VisitFinding,
    VisitOperation,
)
from facilities.models import Facility
from tenants.models import User
from tests.structure.rows import make_row

BEGUN_BY_NOBODY = 1999  # the year of the round that has no firm and no sample; the last of the list
OF_A_DISTRICT = (
    CheckRound,
    Commission,
    Assessor,
    Interest,
    Sample,
    SampledFacility,
    Visit,
    VisitOperation,
    VisitFinding,
)


def of_district(district: int, facility: Facility, user: User) -> None:
    run = Run.objects.filter(division_code=district, state="computed").order_by("pk").last()
    parents: dict = {(Facility, district): facility, (User, district): user, (Run, district): run}
    make_row(CheckRound, district, year=BEGUN_BY_NOBODY)
    for model in (*OF_A_DISTRICT, Directory):
        kinds = {
            "round": CheckRound,
            "commission": Commission,
            "sample": Sample,
            "sampled": SampledFacility,
            "visit": Visit,
        }
        optional = {name: parents.get((kind, district)) for name, kind in kinds.items()}
        names = {field.name for field in model._meta.fields}
        values = {name: row for name, row in optional.items() if name in names and row is not None}
        parents[model, district] = make_row(model, district, parents, **values)


def of_place(code: int, facility: Facility, directory: Directory) -> None:
    """What the people of a place read: discrepancies, entries and appeals of its facility."""
    make_row(Discrepancy, code, facility=facility)
    make_row(DirectoryEntry, code, facility=facility, directory=directory)
    make_row(Appeal, code, facility=facility, directory=directory)
