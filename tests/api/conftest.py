"""A small city: two districts, two streets in the first; people with keys for the API."""

from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from assessments.operations import runs
from assessments.rules.quarters import Quarter
from standards.operations import load
from tenants.measures import forget_all
from tenants.models import Division
from tenants.operations import issue_token
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.assessments import registry as make
from tests.people import person

CITY, GONGSHU, SHANGCHENG = 330100000000, 330105000000, 330102000000
MISHI, GONGCHEN = 330105001000, 330105005000
HUAGUANG, TAIZHOU = 330105001051, 330105005052
QINGBO, LIULANG = 330102901000, 330102901001

_DIVISIONS = [
    (CITY, "杭州市", "city", None),
    (SHANGCHENG, "上城区", "district", CITY),
    (QINGBO, "演示一街道", "street", SHANGCHENG),
    (LIULANG, "演示柳浪社区", "community", QINGBO),
    (GONGSHU, "拱墅区", "district", CITY),
    (MISHI, "米市巷街道", "street", GONGSHU),
    (HUAGUANG, "华光社区", "community", MISHI),
    (GONGCHEN, "拱宸桥街道", "street", GONGSHU),
    (TAIZHOU, "台州路社区", "community", GONGCHEN),
]


class ApiClient(Client):
    """A program with a key: `client.get("/api/v1/me/")` and the answer's `.json()`."""

    def __init__(self, key: str = ""):
        headers = {"Authorization": f"Token {key}"} if key else None
        super().__init__(headers=headers, raise_request_exception=False)


@pytest.fixture(autouse=True)
def _no_throttle_left_over():
    forget_all()


@pytest.fixture
def divisions(db):
    rows: dict[int, Division] = {}
    for code, name, level, parent in _DIVISIONS:
        rows[code] = Division.objects.create(code=code, name=name, level=level, parent=rows.get(parent))
    return rows


def key_of(user) -> str:
    now = timezone.now()
    key, _ = issue_token(user=user, now=now)
    user.api_tokens.update(last_used_at=now)  # written once a minute: not by the request that a test looks at
    return key


@pytest.fixture
def program(divisions):
    """An API client of a person with a role: `program(Role.STREET_CLERK, GONGCHEN)`."""

    def make(role: Role, code: int, facility_ids=()) -> ApiClient:
        return ApiClient(key_of(person(role, code, facility_ids=facility_ids)))

    return make


@pytest.fixture
def admin(program):
    return program(Role.DISTRICT_ADMIN, GONGSHU)


@pytest.fixture
def registry(divisions):
    """Facilities 1 and 2 in 米市巷, 3 in 拱宸桥, 4 in 上城; both districts judged for 2026-Q2 and 2026-Q3.

    1 is 示范型 since the third quarter (普惠型 before, for want of functions), 2 未入名录 for want of nearly everything,
    3 普惠型 (片区化 of 1,200 ㎡), 4 示范型.
    """
    load()
    with opened_scope(division_scope(CITY)):
        made = {
            1: make.demonstration(1, code=HUAGUANG),
            2: make.facility(2, code=HUAGUANG),
            3: make.demonstration(3, code=TAIZHOU, construction="area"),
            4: make.demonstration(4, code=LIULANG),
        }
        make.site(made[2], area="650")
        made[1].functions.filter(item_number__gt=13).update(starts_on=date(2026, 7, 1))
    for quarter in (Quarter(2026, 2), Quarter(2026, 3)):
        for district in (GONGSHU, SHANGCHENG):
            compute(quarter, district)
    return made


def compute(quarter: Quarter, district: int, **options):
    """Run a quarter of a district to its end."""
    with opened_scope(division_scope(district)):
        run = runs.start_quarter(
            quarter=quarter, district=district, by=None, reason="季度测算", today=date(2026, 11, 22), **options
        )
    runs.compute_run(run_id=run.pk, district=district)
    return run
