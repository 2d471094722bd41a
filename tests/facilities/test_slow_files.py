"""While a file is looked at, its request or task has no transaction open: no row lock, no connection of a pool."""

import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections

from facilities import tasks
from facilities.models import Attachment, BatchState, ImportBatch
from facilities.operations import import_batch
from tenants.rules import Role
from tenants.scope import country_scope, division_scope, opened_scope
from tests.facilities import samples
from tests.facilities.conftest import GONGSHU, a_facility, book, rows
from tests.people import COMMUNITY_OF, GONGCHENQIAO, client_of, person
from tests.structure.rows import facility_in

pytestmark = pytest.mark.django_db(transaction=True)

OPEN = """SELECT pid, query FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND backend_type = 'client backend'"""
LOCKED = """SELECT relation::regclass::text FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.pid <> pg_backend_pid()
AND c.relnamespace = 'public'::regnamespace"""


def asked(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


class SlowScanner:
    """A virus scanner that reads the whole file and then thinks until it is let go."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp:127.0.0.1:{self.server.getsockname()[1]}"
        self.is_thinking, self.may_answer = threading.Event(), threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            with client:
                while not client.recv(1 << 16).endswith(b"\0\0\0\0"):
                    pass
                self.is_thinking.set()
                self.may_answer.wait(30)
                client.sendall(b"stream: OK\0")


@pytest.fixture
def scanner(settings, tmp_path):
    scanner = SlowScanner()
    settings.MEDIA_ROOT, settings.ANTIVIRUS = tmp_path, scanner.address
    yield scanner
    scanner.may_answer.set()
    scanner.server.close()


@pytest.fixture
def facility():
    with opened_scope(division_scope(GONGSHU)):
        return facility_in(COMMUNITY_OF[GONGCHENQIAO], name="云橹幸福家园")


def in_thread(work) -> tuple[threading.Thread, list]:
    answers = []

    def body():
        try:
            answers.append(work())
        finally:
            connections.close_all()

    thread = threading.Thread(target=body)
    thread.start()
    return thread, answers


def attachment(facility):
    file = SimpleUploadedFile("a.pdf", samples.pdf())
    return f"/attachments/facility/{facility.uuid}/", {"kind": "other", "files": [file]}


def workbook(facility):
    return "/imports/", {"file": SimpleUploadedFile("台账.xlsx", book({"设施": rows("facility", a_facility())}))}


@pytest.mark.parametrize(("form", "model"), [(attachment, Attachment), (workbook, ImportBatch)])
def test_an_upload_that_takes_long_holds_neither_lock_nor_transaction(form, model, scanner, facility, broker):
    client = client_of(person(Role.DISTRICT_ADMIN, GONGSHU))
    address, data = form(facility)
    thread, answers = in_thread(lambda: client.post(address, data).status_code)
    assert scanner.is_thinking.wait(30)
    assert (asked(OPEN), asked(LOCKED)) == ([], [])
    with opened_scope(country_scope()):
        assert model.objects.count() == 0
    scanner.may_answer.set()
    thread.join(30)
    assert answers == [302]
    with opened_scope(country_scope()):
        assert model.objects.count() == 1


def test_who_lost_the_role_while_the_file_was_looked_at_stores_no_row(scanner, facility, broker):
    user = person(Role.DISTRICT_ADMIN, GONGSHU)
    client = client_of(user)
    address, data = attachment(facility)
    thread, answers = in_thread(lambda: client.post(address, data).status_code)
    assert scanner.is_thinking.wait(30)
    with opened_scope(division_scope(GONGSHU)):
        user.appointments.update(role=Role.CITY_OBSERVER)
    scanner.may_answer.set()
    thread.join(30)
    assert answers == [403]
    with opened_scope(country_scope()):
        assert Attachment.objects.count() == 0


def readers() -> set[str]:
    """Children of this process that read a file at the moment."""
    found = set()
    for listed in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            pids = listed.read_text().split()
            found |= {pid for pid in pids if b"uploads.child" in Path(f"/proc/{pid}/cmdline").read_bytes()}
    return found


def test_a_workbook_that_takes_long_to_read_holds_no_lock_of_its_import(settings, tmp_path, facility):
    settings.MEDIA_ROOT = tmp_path
    officer = person(Role.DISTRICT_ADMIN, GONGSHU)
    file = SimpleUploadedFile("台账.csv", "设施编号,设施名称\n".encode() + b"1,2,3,4,5,6,7,8\n" * 50_000)
    with opened_scope(division_scope(GONGSHU)):
        batch = import_batch.receive(upload=file, name="台账.csv", by=officer, division_code=GONGSHU)
    thread, _ = in_thread(lambda: tasks.check_import(batch_id=batch.pk, division_code=GONGSHU))
    seen = []
    while thread.is_alive():
        reading = readers()
        found = (asked(OPEN), asked(LOCKED))
        if reading & readers():  # it was read all the time in between
            seen.append(found)
    assert seen
    assert set(map(str, seen)) == {"([], [])"}
    with opened_scope(division_scope(GONGSHU)):
        assert ImportBatch.objects.get().state == BatchState.REFUSED
