"""A district with two streets and a community, its administrator, and a clerk of a street."""

import pytest

from tenants.models import Division, User
from tenants.operations.passwords import set_password
from tenants.rules import Role
from tests.people import COMMUNITY_OF, GONGCHENQIAO, GONGSHU, HUSHU, person


@pytest.fixture(autouse=True)
def places(db):
    parent = None
    for code, name, level in [
        (330100000000, "杭州市", "city"),
        (GONGSHU, "拱墅区", "district"),
        (GONGCHENQIAO, "拱宸桥街道", "street"),
        (HUSHU, "湖墅街道", "street"),
    ]:
        parent = Division.objects.create(code=code, name=name, level=level)
    Division.objects.create(code=COMMUNITY_OF[GONGCHENQIAO], name="台州路社区", level="community", parent=parent)


@pytest.fixture
def admin() -> User:
    return person(Role.DISTRICT_ADMIN, GONGSHU, display_name="管理员甲")


@pytest.fixture
def clerk() -> User:
    user = person(Role.STREET_CLERK, GONGCHENQIAO, username="lisi", display_name="李四")
    set_password(user=user, password="Kao-yun-he-2026")
    return user
