"""Large exports: a row that one person watches, a file that nobody else gets, gone after a week."""

import csv
import io
import os
from datetime import timedelta

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from tenants import tasks
from tenants.export_models import Export, ExportState, exports_folder
from tenants.models import Act, OutboxEntry
from tenants.operations import exports, record_act
from tenants.rules import Role
from tenants.scope import country_scope, division_scope, opened_scope
from tests.people import GONGCHENQIAO, GONGSHU, HUSHU, SHANGCHENG, client_of, person
from tests.structure.rows import facility_in

pytestmark = pytest.mark.django_db

FORMULA = '=HYPERLINK("http://example.org","看")'


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def auditor():
    return person(Role.AUDIT_ADMIN, GONGSHU)


@pytest.fixture
def acts(monkeypatch):
    """Twelve acts of the district and one of another, in pieces of five."""
    monkeypatch.setattr("tenants.exports.AT_ONCE", 10)
    monkeypatch.setattr("tenants.operations.exports.CHUNK", 5)
    for number in range(11):
        record_act(verb="登记", by=None, division_code=GONGSHU, subject=f"第{number}座")
    record_act(verb="登记", by=None, division_code=GONGSHU, subject=FORMULA)
    record_act(verb="登记", by=None, division_code=SHANGCHENG, subject="别区的事")


def ask(user, query="verb=登记", kind="acts"):
    return client_of(user).post(f"/exports/new/{kind}/?{query}")


def all_of() -> list[Export]:
    with opened_scope(country_scope()):
        return list(Export.objects.order_by("pk"))


def make() -> Export:
    """What the worker does with the newest one."""
    export = all_of()[-1]
    tasks.make_export.run(export_id=export.pk, division_code=export.division_code)
    return all_of()[-1]


def test_a_large_list_becomes_a_row_a_task_and_a_file(auditor, acts):
    client = client_of(auditor)
    offered = client.get("/acts/export/?verb=登记&page=3", follow=True)
    assert offered.redirect_chain == [("/exports/new/acts/?verb=%E7%99%BB%E8%AE%B0&format=xlsx", 302)]
    assert "<dd>12</dd>" in offered.content.decode()
    assert all_of() == []  # asking by GET makes nothing
    assert ask(auditor)["Location"] == "/exports/"
    [export] = all_of()
    with opened_scope(division_scope(GONGSHU)):
        queued = OutboxEntry.objects.values_list("task", "arguments")
        assert list(queued) == [(exports.TASK, {"export_id": export.pk, "division_code": GONGSHU})]
    page = client.get("/exports/").content.decode()
    assert ("排队中" in page, "hx-trigger" in page, str(export.uuid) in page) == (True, True, False)
    assert client.get(f"/exports/{export.uuid}/").status_code == 410

    export = make()
    assert (export.state, export.rows_total, export.rows_done, export.error) == (ExportState.DONE, 12, 12, "")
    assert export.path.stat().st_mode & 0o077 == 0
    page = client.get("/exports/").content.decode()
    assert ("可以下载" in page, "hx-trigger" in page, str(export.uuid) in page) == (True, False, True)
    answer = client.get(f"/exports/{export.uuid}/")
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''%E6%93%8D%E4%BD%9C")
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "private, no-store")
    lines = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(min_row=2))
    assert [line[5].value for line in lines] == [FORMULA, *(f"第{number}座" for number in reversed(range(11)))]
    assert {cell.data_type for line in lines for cell in line if cell.value is not None} == {"s"}
    with opened_scope(division_scope(GONGSHU)):
        assert set(Act.objects.values_list("verb", flat=True)) >= {"导出操作日志", "下载导出的文件"}


def test_a_csv_too(auditor, acts):
    ask(auditor, "verb=登记&format=csv")
    content = client_of(auditor).get(f"/exports/{make().uuid}/").content
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(lines) == 13
    assert lines[1][5] == f"'{FORMULA}"


def test_the_facility_list_too_with_its_conditions(monkeypatch):
    monkeypatch.setattr("tenants.exports.AT_ONCE", 1)
    with opened_scope(division_scope(GONGSHU)):
        for code, name in ((GONGCHENQIAO, "甲家园"), (GONGCHENQIAO, "乙家园"), (HUSHU, "丙家园")):
            facility_in(code + 52, name=name)
    officer = person(Role.STREET_CLERK, GONGCHENQIAO)
    assert client_of(officer).get("/facilities/export/").status_code == 302
    ask(officer, kind="facilities", query="")
    answer = client_of(officer).get(f"/exports/{make().uuid}/")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert {row[1].value for row in sheet.iter_rows(min_row=5)} == {"甲家园", "乙家园"}


def test_asking_twice_makes_one_file(auditor, acts):
    ask(auditor)
    ask(auditor)
    assert len(all_of()) == 1
    export = make()
    first = export.finished_at
    tasks.make_export.run(export_id=export.pk, division_code=GONGSHU)  # a task that comes twice
    assert all_of()[0].finished_at == first
    with opened_scope(division_scope(GONGSHU)):
        assert Act.objects.filter(verb="导出操作日志").count() == 1


def test_nobody_else_gets_the_file(auditor, acts):
    ask(auditor)
    address = f"/exports/{make().uuid}/"
    others = [
        person(Role.AUDIT_ADMIN, GONGSHU), person(Role.DISTRICT_ADMIN, GONGSHU), person(Role.CITY_OBSERVER, 330100000000),
        person(Role.AUDIT_ADMIN, SHANGCHENG), person(Role.ASSESSOR, GONGSHU),
    ]  # fmt: skip
    assert [client_of(other).get(address).status_code for other in others] == [404] * 5
    assert ["可以下载" in client_of(other).get("/exports/").content.decode() for other in others] == [False] * 5


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"division_code": GONGCHENQIAO}, 404),  # a smaller part than the file tells of
        ({"division_code": SHANGCHENG}, 404),
        ({"role": Role.DISTRICT_REVIEWER}, 403),  # no right to the log any more
    ],
)
def test_a_post_that_no_longer_allows_the_list_closes_the_file(auditor, acts, change, answer):
    ask(auditor)
    address = f"/exports/{make().uuid}/"
    assert client_of(auditor).get(address).status_code == 200
    with opened_scope(country_scope()):
        auditor.appointments.update(**change)
    assert client_of(auditor).get(address).status_code == answer


def test_who_lost_the_right_while_waiting_gets_no_file(auditor, acts):
    ask(auditor)
    with opened_scope(country_scope()):
        auditor.appointments.update(role=Role.DISTRICT_REVIEWER)
    export = make()
    assert (export.state, list(exports_folder().glob("*"))) == (ExportState.FAILED, [])
    assert "任职或权限变了" in client_of(auditor).get("/exports/").content.decode()


@pytest.mark.parametrize(("kind", "status"), [("acts", 403), ("nothing", 404)])
def test_nobody_starts_what_they_may_not_see(kind, status):
    assert ask(person(Role.STREET_CLERK, GONGCHENQIAO), kind=kind).status_code == status
    assert all_of() == []


def test_a_file_that_was_altered_is_not_handed_out(auditor, acts):
    ask(auditor)
    export = make()
    export.path.write_bytes(b"x")
    assert client_of(auditor).get(f"/exports/{export.uuid}/").status_code == 410


def test_what_nobody_works_on_is_queued_again(auditor, acts):
    ask(auditor)
    now = timezone.now()
    assert exports.requeue_stuck(now=now + timedelta(minutes=4)) == 0
    assert exports.requeue_stuck(now=now + timedelta(minutes=6)) == 1
    make()
    assert exports.requeue_stuck(now=now + timedelta(days=1)) == 0


def test_files_go_after_a_week_and_with_them_what_belongs_to_nobody(auditor, acts):
    ask(auditor)
    kept = make()
    now = kept.requested_at
    orphan, fresh = exports_folder() / "left.partial", exports_folder() / "now.partial"
    for path in (orphan, fresh):
        path.write_bytes(b"x")
    old = (now - timedelta(days=2)).timestamp()
    os.utime(orphan, (old, old))
    assert exports.sweep(now=now) == {"expired": 0, "orphans": 1}
    assert (kept.path.exists(), fresh.exists(), orphan.exists()) == (True, True, False)
    assert exports.sweep(now=now + timedelta(days=8))["expired"] == 1
    assert (kept.path.exists(), all_of()) == (False, [])
    assert client_of(auditor).get(f"/exports/{kept.uuid}/").status_code == 404
