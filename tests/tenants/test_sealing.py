"""Sealing: every committed row is sealed once, rows that commit late too, and the commands say what they find."""

import io
import json
import time
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from tenants import sealing
from tenants.audit_models import Log, SealBatch
from tenants.keys import Keyring
from tenants.models import Act, RowChange
from tenants.operations import record_act
from tenants.operations.audit import seal_audit, verify_audit
from tenants.rules import Role
from tenants.sealing import chain
from tenants.sealing.forms import FORMS, newest_form
from tests import databases
from tests.people import GONGSHU, person

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = timedelta(0)


@pytest.fixture(autouse=True)
def anchors(settings, tmp_path):
    settings.AUDIT_ANCHORS_FILE = tmp_path / "heads.jsonl"
    return settings.AUDIT_ANCHORS_FILE


def act(verb="登记", **values):
    record_act(verb=verb, by=None, division_code=GONGSHU, **values)


def ids(log: Log) -> list[int]:
    with transaction.atomic(), connection.cursor() as cursor:
        chain.allow(cursor)
        return [number for batch in chain.batches(cursor) if batch.log == log for number in batch.ids()]


def settled_floor(*, above: int) -> int:
    """Seal until the ids up to `above` are closed. Transactions of other tests on this server hold it back for a while."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        act()
        sealing.seal_logs(settling=AT_ONCE)
        with transaction.atomic(), connection.cursor() as cursor:
            chain.allow(cursor)
            if (floor := chain.last_batch(cursor).floor) >= above:
                return floor
        time.sleep(0.1)
    raise AssertionError(f"the floor did not reach {above}")


def test_both_logs_are_sealed_and_sound():
    person(Role.STREET_CLERK, GONGSHU)  # an appointment: one row of history
    act()
    record_act(verb="系统", by=None, division_code=None)
    assert sealing.seal_logs() == 2
    assert (len(ids(Log.ACT)), len(ids(Log.CHANGE))) == (2, 1)
    report = verify_audit()
    assert (report.batches, report.rows, report.unsealed, report.findings) == (2, 3, 0, [])
    assert sealing.seal_logs() == 0  # nothing new, no batch


def test_a_row_that_commits_late_is_sealed_later():
    settings = connection.settings_dict
    with databases.connect_as_owner(settings["NAME"]) as late:
        late.autocommit = False
        late.execute("INSERT INTO tenants_act (at, verb, subject, reason, details) VALUES (now(), '慢', '', '', '{}')")
        act()
        act()
        assert sealing.seal_logs(settling=AT_ONCE) == 1
        act()
        assert sealing.seal_logs(settling=AT_ONCE) == 1
        assert SealBatch.objects.count() == 0  # nobody is signed in: the chain is not for everybody
        first, *rest = sorted(ids(Log.ACT))
        late.commit()
    assert sealing.seal_logs(settling=AT_ONCE) == 1
    assert sorted(ids(Log.ACT)) == [first - 1, first, *rest]
    assert verify_audit().findings == []


def test_ids_that_nobody_can_use_any_more_are_closed():
    act()
    sealing.seal_logs(settling=AT_ONCE)
    with transaction.atomic():
        act()
        transaction.set_rollback(True)
    settled_floor(above=max(ids(Log.ACT)) + 1)
    assert verify_audit().findings == []


def test_a_long_transaction_keeps_its_ids_open():
    act()
    sealing.seal_logs(settling=AT_ONCE)
    with databases.connect_as_owner(connection.settings_dict["NAME"]) as late:
        late.autocommit = False
        late.execute("INSERT INTO tenants_act (at, verb, subject, reason, details) VALUES (now(), '慢', '', '', '{}')")
        floors = []
        for _ in range(4):
            act()
            sealing.seal_logs(settling=AT_ONCE)
            with transaction.atomic(), connection.cursor() as cursor:
                chain.allow(cursor)
                floors.append(chain.last_batch(cursor).floor)
        assert len(set(floors)) == 1
        late.commit()
    sealing.seal_logs(settling=AT_ONCE)
    assert sorted(ids(Log.ACT)) == list(range(min(ids(Log.ACT)), max(ids(Log.ACT)) + 1))


def test_two_sealers_at_once_make_one_chain():
    act()
    with databases.connect_as_owner(connection.settings_dict["NAME"]) as other:
        other.autocommit = False
        other.execute("SELECT pg_advisory_xact_lock(7205431910)")
        assert sealing.seal_logs() == 0
        other.rollback()
    assert sealing.seal_logs() == 1


def test_many_rows_make_several_batches(monkeypatch):
    monkeypatch.setattr("tenants.sealing.sealer.ROWS_PER_BATCH", 10)
    for _ in range(25):
        act()
    assert sealing.seal_logs() == 3
    assert sorted(ids(Log.ACT)) == ids(Log.ACT)
    assert verify_audit().rows == 25


def test_the_forms_cover_every_column_of_the_logs():
    """A new column of a log needs a new form, or it would not be sealed."""
    for log, model in ((Log.ACT, Act), (Log.CHANGE, RowChange)):
        columns = {field.column for field in model._meta.concrete_fields}
        assert set(FORMS[log, newest_form(log)].columns) == columns


def test_the_application_cannot_change_the_chain():
    act()
    sealing.seal_logs()
    for statement in ("UPDATE tenants_sealbatch SET floor = 0", "DELETE FROM tenants_sealbatch"):
        with pytest.raises(Exception, match=r"insert-only|permission denied"), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_commands(tmp_path, anchors):
    act(subject="甲")
    seal_audit()
    head = _run("export_audit_head")
    file = tmp_path / "head.json"
    file.write_text(head)
    assert json.loads(head) == json.loads(anchors.read_text())
    assert "完好" in _run("verify_audit", "--head", str(file))
    with databases.connect_as_owner(connection.settings_dict["NAME"]) as owner, without_guards(owner):
        owner.execute("UPDATE tenants_act SET subject = '乙'")
    with pytest.raises(SystemExit) as exit_code:
        _run("verify_audit", "--head", str(file))
    assert exit_code.value.code == 1


def test_rows_that_wait_too_long_are_reported():
    act()
    assert verify_audit().findings == []
    with transaction.atomic(), connection.cursor() as cursor:
        report = sealing.verify(cursor, now=timezone.now() + timedelta(minutes=16))
    assert [finding.kind for finding in report.findings] == ["unsealed"]


def test_batches_sealed_under_an_older_master_key_stay_sound(settings):
    act()
    sealing.seal_logs()
    settings.MASTER_KEYS += " newer:ffeeddccbbaa99887766554433221100"
    act()
    sealing.seal_logs()
    assert verify_audit().findings == []
    settings.MASTER_KEYS = settings.MASTER_KEYS.split()[1]  # the old key is lost
    assert [finding.kind for finding in verify_audit().findings] == ["forged"]


def test_a_keyring_does_not_print_its_keys():
    assert repr(Keyring({"a": bytes(16)})) == "<Keyring a>"


def _run(*words) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


class without_guards:
    """What an owner of the database can do: switch the triggers and row level security off."""

    TABLES = ("tenants_act", "tenants_rowchange", "tenants_sealbatch")

    def __init__(self, owner):
        self.owner = owner

    def __enter__(self):
        for table in self.TABLES:
            self.owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER, NO FORCE ROW LEVEL SECURITY")

    def __exit__(self, *_):
        for table in self.TABLES:
            self.owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER, FORCE ROW LEVEL SECURITY")
