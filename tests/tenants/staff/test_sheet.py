"""Many invitations at once by Excel."""

from datetime import date
from io import BytesIO

import pytest

from tenants.audit_export import as_xlsx
from tenants.models import User
from tenants.rules import Role
from tenants.staff_sheet import HEAD
from tests.people import GONGSHU, HUSHU, client_of, person
from tests.tenants.staff.acting import held_by

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("ORG-12")]


def sheet(*rows):
    file = BytesIO(as_xlsx("名单", HEAD, rows))
    file.name = "名单.xlsx"
    return file


GOOD = ("wangwu", "王五", "街道录入员", "拱宸桥街道", "2026-01-01", "")


def test_a_sheet_is_shown_first_and_made_when_confirmed(admin):
    client = client_of(admin)
    shown = client.post(
        "/staff/import/", {"file": sheet(GOOD, ("zhao", "赵六", "街道审核员", str(HUSHU), "2026-01-01", "2026-12-31"))}
    )
    assert shown.status_code == 200
    assert User.objects.filter(username__in=["wangwu", "zhao"]).count() == 0
    made = client.post("/staff/import/confirm/", {"rows": shown.context["signed"]})
    assert [user.username for user, _ in made.context["links"]] == ["wangwu", "zhao"]
    assert held_by(User.objects.get(username="zhao")).ends_on == date(2027, 1, 1)
    again = client.post("/staff/import/confirm/", {"rows": shown.context["signed"]})
    assert again.status_code == 422  # the names are taken now


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("lisi", *GOOD[1:]), "这个账号已经有人用了。"),
        ((*GOOD[:2], "系统管理员", *GOOD[3:]), "不能任命这个角色。"),
        ((*GOOD[:3], "上城区", *GOOD[4:]), "区划名称不在管辖范围内"),
        ((*GOOD[:3], "330102901000", *GOOD[4:]), "不在你的管辖范围内。"),
        ((*GOOD[:4], "昨天", ""), "请按 2026-11-23 的样子填写日期。"),
    ],
)
def test_what_is_wrong_in_a_sheet_is_said_in_its_row(admin, clerk, row, words):
    client = client_of(admin)
    shown = client.post("/staff/import/", {"file": sheet(row)})
    assert shown.status_code == 422
    assert words in shown.content.decode()
    assert client.post("/staff/import/confirm/", {"rows": shown.context["signed"]}).status_code == 422
    assert not User.objects.filter(username="wangwu").exists()


def test_what_was_shown_to_somebody_else_or_changed_is_not_made(admin):
    shown = client_of(admin).post("/staff/import/", {"file": sheet(GOOD)})
    other = client_of(person(Role.DISTRICT_ADMIN, GONGSHU))
    assert other.post("/staff/import/confirm/", {"rows": shown.context["signed"]})["Location"] == "/staff/import/"
    assert other.post("/staff/import/confirm/", {"rows": "x" + shown.context["signed"]}).status_code == 302
    assert not User.objects.filter(username="wangwu").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a workbook", b"x" * (1024 * 1024 + 1)])
def test_files_that_are_no_sheet_are_refused(admin, content):
    file = BytesIO(content)
    file.name = "a.xlsx"
    answer = client_of(admin).post("/staff/import/", {"file": file})
    assert answer.status_code in {200, 422}
    assert answer.context.get("signed") is None


def test_the_template_is_read_as_a_sheet(admin):
    client = client_of(admin)
    file = BytesIO(client.get("/staff/import/template/").content)
    file.name = "邀请名单.xlsx"
    assert len(client.post("/staff/import/", {"file": file}).context["rows"]) == 1
