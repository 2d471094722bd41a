"""A district with divisions and standards, and facilities that a quarter has judged."""

from datetime import date

import pytest
from django.core.management import call_command

from assessments.operations import runs
from assessments.rules.quarters import Quarter
from standards.operations import load
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.people import GONGSHU

TODAY = date(2026, 11, 22)
MISHI, TAIZHOULU, QIAOXI, XIAWAN = 330105001051, 330105005052, 330105005054, 330105002051


@pytest.fixture
def district(db):
    """Real divisions and both standards, no facilities."""
    call_command("load_divisions", verbosity=0)
    load()


def facilities(number: int) -> list:
    """`number` facilities of 米市巷街道, alternately 示范型 and one project short of it, all in an open scope."""
    made = []
    for index in range(1, number + 1):
        one = make.demonstration(index, code=MISHI)
        if index % 2 == 0:
            one.projects.filter(name="项目 1").delete()
        made.append(one)
    return made


def run_quarter(quarter: str = "2026-Q3", district: int = GONGSHU):
    """Start, compute and publish a quarter of a district."""
    with opened_scope(division_scope(district)):
        run = runs.start_quarter(
            quarter=Quarter.parse(quarter), district=district, by=None, reason="测试", today=TODAY, rerun=False
        )
    runs.compute_run(run_id=run.pk, district=district)
    with opened_scope(division_scope(district)):
        run.refresh_from_db()
    assert run.state == "computed", run.error
    return run


@pytest.fixture
def four(district):
    """Four facilities over two quarters: risen, missing a fact, held back by the area, and one that is only planned.

    升级 and 待补 stand in 拱宸桥街道, 差面积 and 筹建中 in 湖墅街道.
    """
    with opened_scope(division_scope(GONGSHU)):
        risen = make.demonstration(1, code=TAIZHOULU)
        missing = make.demonstration(2, code=QIAOXI, construction="streetblock")
        small = make.demonstration(3, code=XIAWAN)
        planned = make.facility(4, code=XIAWAN, lifecycle="planned")
        for one, name in ((risen, "升级"), (missing, "待补"), (small, "差面积"), (planned, "筹建中")):
            one.name = f"{name}幸福家园"
            one.save()
        risen.sites.update(floor_area_m2="700")
        small.sites.update(floor_area_m2="999.99", longitude="120.14", latitude="30.31")
        run_quarter("2026-Q2")
        risen.sites.update(floor_area_m2="1000", longitude="120.13", latitude="30.32")
        missing.sites.update(area_document="")
        run_quarter("2026-Q3")
    return {"risen": risen, "missing": missing, "small": small, "planned": planned}
