"""A district with one facility that meets everything, its return of 2026-Q4 open, and the people of each desk."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from facilities.models import QuarterlyReturn
from facilities.returns import content, drafts, flow, opening
from facilities.returns.drafts import Edit
from standards.operations import load
from tenants.quarters import Quarter
from tenants.rules import Role, code_range
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.people import GONGCHENQIAO, GONGSHU, person

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
Q4 = Quarter.parse("2026-Q4")
TAIZHOULU, QIAOXI = 330105005052, 330105005054


@pytest.fixture
def district(db):
    call_command("load_divisions", verbosity=0)
    load()


@pytest.fixture
def in_district(district):
    """The test runs in the scope of the whole district."""
    with opened_scope(division_scope(GONGSHU)):
        yield


@pytest.fixture
def facility(in_district):
    return make.demonstration(1, code=TAIZHOULU)


@pytest.fixture
def one(facility) -> QuarterlyReturn:
    """Its return, just opened."""
    opening.open_quarter(district=GONGSHU, quarter=Q4, today=TODAY, now=NOW)
    return QuarterlyReturn.objects.select_related("facility").get()


@pytest.fixture
def clerk(in_district):
    return person(Role.STREET_CLERK, GONGCHENQIAO)


@pytest.fixture
def reviewer(in_district):
    return person(Role.STREET_REVIEWER, GONGCHENQIAO)


@pytest.fixture
def officer(in_district):
    return person(Role.DISTRICT_REVIEWER, GONGSHU)


def line_named(one: QuarterlyReturn, sheet: str, name: str):
    return next(line for line in content.content_of(one, day=TODAY).lines[sheet] if line.name == name)


def edit(one: QuarterlyReturn, sheet: str, name: str, column: str, text: str) -> Edit:
    """The edit of somebody who sees the present text."""
    line = line_named(one, sheet, name)
    return Edit(sheet, line.key, column, line.text(column), text)


def new_row(sheet: str, key: str, **cells: str) -> list[Edit]:
    return [Edit(sheet, key, column, "", text) for column, text in cells.items()]


def save(one: QuarterlyReturn, *edits: Edit, by=None, since=None):
    return drafts.save(one=one, edits=edits, by=by, now=NOW, day=TODAY, since=since)


def found(one: QuarterlyReturn, within=None):
    return flow.checked(one, day=TODAY, within=within)[1]


def problems(one: QuarterlyReturn) -> list[tuple[str, str, str]]:
    return [(f.where, f.level, f.problem) for f in found(one).found]


def submit(one: QuarterlyReturn, *, by, **options) -> None:
    flow.submit(one=one, by=by, now=NOW, day=TODAY, within=code_range(GONGCHENQIAO), declared=True, **options)


def through(one: QuarterlyReturn, *, clerk, reviewer, officer) -> None:
    """From the clerk's desk to the ledgers."""
    submit(one, by=clerk)
    flow.pass_on(one=one, by=reviewer, now=NOW)
    flow.accept(one=one, by=officer, now=NOW, day=TODAY)
