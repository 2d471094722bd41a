"""Every hostile workbook that the import of the registry refuses is refused here too; nobody is invited, nothing is kept."""

from io import BytesIO

import pytest

from tenants.account_models import Invitation
from tenants.models import User
from tests.facilities.test_uploads import HOSTILE
from tests.people import client_of
from tests.tenants.staff.test_sheet import GOOD, sheet

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def upload(client, name: str, content: bytes):
    file = BytesIO(content)
    file.name = name
    return client.post("/staff/import/", {"file": file})


@pytest.mark.parametrize("case", HOSTILE, ids=str)
def test_a_hostile_workbook_is_refused(admin, media, case):
    name, content, _ = HOSTILE[case]
    people = User.objects.count()
    answer = upload(client_of(admin), name, content())
    assert answer.status_code in {200, 422}
    assert answer.context.get("signed") is None, "nothing to confirm"
    assert (User.objects.count(), Invitation.objects.count(), list(media.rglob("*"))) == (people, 0, [])


def test_other_kinds_of_tables_are_for_the_registry_alone(admin):
    answer = upload(client_of(admin), "名单.csv", "账号,姓名\nwangwu,王五\n".encode())
    assert (answer.status_code, "请在 Excel 里另存为 .xlsx" in answer.content.decode()) == (422, True)


def test_a_list_is_scanned_too_and_refused_where_the_scanner_is_silent(admin, settings, tmp_path):
    settings.ANTIVIRUS = f"unix:{tmp_path}/nobody.ctl"
    answer = client_of(admin).post("/staff/import/", {"file": sheet(GOOD)})
    assert (answer.status_code, "病毒查杀服务没有应答" in answer.content.decode()) == (422, True)
