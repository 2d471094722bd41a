"""A small city: two districts, two streets in the first; people with keys for the API."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tenants.models import Division
from tenants.operations import issue_token
from tenants.rules import Role
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
    cache.clear()


@pytest.fixture
def divisions(db):
    rows: dict[int, Division] = {}
    for code, name, level, parent in _DIVISIONS:
        rows[code] = Division.objects.create(code=code, name=name, level=level, parent=rows.get(parent))
    return rows


def key_of(user) -> str:
    return issue_token(user=user, now=timezone.now())[0]


@pytest.fixture
def program(divisions):
    """An API client of a person with a role: `program(Role.STREET_CLERK, GONGCHEN)`."""

    def make(role: Role, code: int, facility_ids=()) -> ApiClient:
        return ApiClient(key_of(person(role, code, facility_ids=facility_ids)))

    return make


@pytest.fixture
def admin(program):
    return program(Role.DISTRICT_ADMIN, GONGSHU)
