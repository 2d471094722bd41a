"""Backup and restore: everything comes back, a damaged archive is refused, nothing is restored over data."""

import io
import json
import tarfile

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection

from facilities.models import ContactPerson
from happyhome.backup import Archive, ArchiveDamaged, database, make_backup, restore
from tenants import sealing
from tenants.operations.personal import add_contact
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.people import GONGCHENQIAO, person
from tests.structure.rows import facility_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(settings):
    settings.DATABASE_ADMIN = {**django_settings.DATABASE_ADMIN, "NAME": connection.settings_dict["NAME"]}
    return settings.DATABASE_ADMIN


@pytest.fixture
def data(settings, tmp_path):
    """A facility with a sealed contact person, sealed logs, and two uploaded files."""
    settings.MEDIA_ROOT, settings.AUDIT_ANCHORS_FILE = tmp_path / "files", tmp_path / "heads.jsonl"
    person(Role.STREET_CLERK, GONGCHENQIAO)
    with opened_scope(division_scope(GONGCHENQIAO)):
        facility = facility_in(GONGCHENQIAO, name="拱宸桥家园")
        contact = ContactPerson(facility=facility)
        add_contact(contact=contact, owner=facility, by=None, name="张三", phone="13812345678", position="")
    sealing.seal_logs()
    for name, content in (("imports/ab/abc", b"workbook"), ("照片 1.jpg", bytes(range(256)) * 100)):
        path = settings.MEDIA_ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return settings.MEDIA_ROOT


def test_the_drill_finds_everything_again(server, data, tmp_path, capsys):
    target = tmp_path / "backups" / "one.tar"
    call_command("backup", "--to", str(target), "--drill")
    shown = capsys.readouterr().out
    assert "2 个文件" in shown
    assert "逐表行数与哈希全部一致。" in shown
    assert target.stat().st_mode & 0o077 == 0
    manifest = Archive.verified(target).manifest
    assert manifest["tables"]["facilities_facility"][0] == 1
    with database.connect(server, "postgres") as admin:
        left = admin.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'restore_drill%'").fetchone()
    assert left == (0,)
    assert list(target.parent.iterdir()) == [target]


def test_a_restored_portal_works_as_before(server, data, tmp_path):
    made = make_backup(target=tmp_path / "one.tar", source=server, files=data)
    name = f"{server['NAME']}_restored"
    database.drop(server, name)
    try:
        assert restore(backup=made, server=server, name=name, files=tmp_path / "new") == 2
        assert (tmp_path / "new/照片 1.jpg").read_bytes() == (data / "照片 1.jpg").read_bytes()
        app = {**connection.settings_dict, "NAME": name}
        with database.connect(app) as as_app:  # row level security came along, forced, with its policies and rights
            assert as_app.execute("SELECT count(*) FROM facilities_facility").fetchone() == (0,)
            with as_app.transaction():
                as_app.execute("SELECT set_config('app.scope_lo', '330105000000', true)")
                as_app.execute("SELECT set_config('app.scope_hi', '330106000000', true)")
                assert as_app.execute("SELECT name FROM facilities_facility").fetchone() == ("拱宸桥家园",)
            assert as_app.execute("SELECT has_table_privilege('tenants_act', 'DELETE')").fetchone() == (False,)
        with pytest.raises(FileExistsError):
            restore(backup=made, server=server, name=name, files=None)
    finally:
        database.drop(server, name)


def test_the_archive_holds_no_readable_personal_data_and_no_master_key(server, data, tmp_path, settings):
    made = make_backup(target=tmp_path / "one.tar", source=server, files=data)
    made.extract_dump(tmp_path / "dump")
    plain = database.run_tool("pg_restore", ["-f", "-", str(tmp_path / "dump")], server)
    assert "拱宸桥家园" in plain
    for secret in ("13812345678", "张三", settings.MASTER_KEYS.split(":")[1]):
        assert secret not in plain
        assert secret.encode().hex() not in plain


def test_a_damaged_archive_is_refused(server, data, tmp_path, capsys):
    target = tmp_path / "one.tar"
    make_backup(target=target, source=server, files=data)
    whole = target.read_bytes()
    for position in range(600, len(whole) - 12_000, len(whole) // 25):
        target.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        if target.read_bytes() != whole and _changed_something(whole, position):
            with pytest.raises(ArchiveDamaged):
                Archive.verified(target)
    target.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CommandError):
        call_command("restore", str(target), "--drill")


def _changed_something(whole: bytes, position: int) -> bool:
    """Whether a position lies in the content of a member, and not in the filling between members."""
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        return any(member.offset_data <= position < member.offset_data + member.size for member in tar)


@pytest.mark.parametrize("name", ["files/../../evil", "/etc/passwd", "other"])
def test_an_archive_that_reaches_outside_is_refused(tmp_path, name):
    target = tmp_path / "one.tar"
    with tarfile.open(target, "w") as tar:
        for member, content in ((name, b"x"), ("manifest.json", json.dumps({"format": 1, "members": {}}).encode())):
            entry = tarfile.TarInfo(member)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    with pytest.raises(ArchiveDamaged):
        Archive.verified(target)


def test_an_existing_archive_is_not_overwritten(tmp_path):
    target = tmp_path / "one.tar"
    target.write_bytes(b"old")
    with pytest.raises(CommandError, match="已存在"):
        call_command("backup", "--to", str(target))
    assert target.read_bytes() == b"old"
