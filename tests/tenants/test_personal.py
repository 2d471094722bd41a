"""Personal data: sealed in the table and in its history, masked, looked up, shown for a reason, rotated, shredded."""

import json

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection, transaction

from facilities.models import ContactPerson, Facility
from tenants import keys, vault
from tenants.key_models import DataKey
from tenants.keys import Keyring, add_key, parse
from tenants.models import Act, RowChange
from tenants.operations.personal import (
    NothingToShow,
    ReasonMissing,
    add_contact,
    erase_person,
    reveal,
    rotate_keys,
)
from tenants.rules import Role
from tenants.scope import Scope, division_scope, opened_scope
from tests.people import COMMUNITY_OF, GONGCHENQIAO, GONGSHU, HUSHU, SHANGCHENG, person
from tests.structure.rows import facility_in

PHONE, OTHER = "13812345678", "13900000000"
pytestmark = pytest.mark.django_db


def contact(code=GONGCHENQIAO, *, name="张三", phone=PHONE) -> ContactPerson:
    with opened_scope(division_scope(code)):
        facility = facility_in(COMMUNITY_OF[code])
        return add_contact(
            contact=ContactPerson(facility=facility), owner=facility, by=None, name=name, phone=phone, position="主任"
        )


def seen(row, code=GONGCHENQIAO) -> ContactPerson:
    with opened_scope(division_scope(code)):
        return ContactPerson.objects.get(pk=row.pk)


def everything_stored() -> str:
    """Each row of each table that could hold a trace, as text."""
    tables = ("facilities_contactperson", "tenants_rowchange", "tenants_act", "tenants_datakey")
    with opened_scope(Scope(codes=division_scope(330100000000).codes)), connection.cursor() as cursor:
        texts = []
        for table in tables:
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t")
            texts += [text for (text,) in cursor.fetchall()]
    assert len(texts) >= 3
    return "\n".join(texts)


def test_the_database_holds_no_readable_number_or_name_anywhere():
    row = contact()
    with opened_scope(division_scope(GONGCHENQIAO)):
        row.phone = OTHER
        row.save()
        row.delete()
    stored = everything_stored()
    for text in (PHONE, OTHER, "张三", "0571"):
        assert text not in stored
        assert text.encode().hex() not in stored


def test_the_history_keeps_ciphertext_and_neither_key_nor_index():
    row = contact()
    with opened_scope(division_scope(GONGCHENQIAO)):
        row.phone = OTHER
        row.save(update_fields=["phone"])
        changes = list(RowChange.objects.filter(table_name="facilities_contactperson").order_by("pk"))
    assert [change.operation for change in changes] == ["I", "U"]
    assert changes[0].after["phone"].startswith("\\x")
    assert changes[1].before.keys() == {"phone"}
    for change in changes:
        assert {"row_key", "phone_index"} & ((change.before or {}).keys() | (change.after or {}).keys()) == set()


def test_a_number_is_masked_wherever_it_is_written():
    row = seen(contact())
    with opened_scope(division_scope(GONGCHENQIAO)):
        assert (str(row.phone), f"{row.phone}", str(row.name)) == ("138****5678", "138****5678", "张三")
        assert PHONE not in repr(row.phone)
        assert PHONE not in repr(row.__dict__)


def test_people_are_found_by_their_number_in_whatever_way_it_is_written():
    row = contact()
    contact(HUSHU, phone=OTHER)
    with opened_scope(division_scope(GONGSHU)):
        assert list(ContactPerson.objects.having(phone="138 1234 5678")) == [row]
        assert list(ContactPerson.objects.having(phone="13812345679")) == []
    with opened_scope(division_scope(SHANGCHENG)):
        assert list(ContactPerson.objects.having(phone=PHONE)) == []
    with pytest.raises(TypeError, match="no blind index"):
        ContactPerson.objects.having(name="张三")


def test_the_index_of_a_number_differs_between_districts():
    one, other = contact(GONGCHENQIAO), contact(SHANGCHENG)
    assert bytes(one.phone_index)[16:] != bytes(other.phone_index)[16:]


def test_filters_and_bulk_updates_on_the_value_itself_are_refused():
    row = contact()
    with opened_scope(division_scope(GONGSHU)):
        for lookup in ("phone", "phone__contains", "phone__in"):
            with pytest.raises((FieldError, TypeError)):
                list(ContactPerson.objects.filter(**{lookup: PHONE}))
        with pytest.raises(TypeError), transaction.atomic():
            ContactPerson.objects.filter(pk=row.pk).update(phone=PHONE)


def test_rows_made_in_bulk_are_sealed_too():
    with opened_scope(division_scope(GONGCHENQIAO)):
        facility = facility_in(GONGCHENQIAO)
        new = [ContactPerson(facility=facility, division_code=GONGCHENQIAO, phone=f"1380000000{n}") for n in range(3)]
        ContactPerson.objects.bulk_create(new)
        assert [str(row.phone) for row in ContactPerson.objects.order_by("pk")] == [f"138****000{n}" for n in range(3)]
        assert ContactPerson.objects.having(phone="13800000001").count() == 1


def test_a_value_that_is_moved_to_another_row_or_column_does_not_open():
    one, other = contact(phone=PHONE), contact(phone=OTHER)
    with opened_scope(division_scope(GONGCHENQIAO)), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE facilities_contactperson t SET phone = o.phone FROM facilities_contactperson o"
            " WHERE t.id = %s AND o.id = %s",
            [one.pk, other.pk],
        )
        cursor.execute("UPDATE facilities_contactperson SET name = phone WHERE id = %s", [other.pk])
        assert str(ContactPerson.objects.get(pk=one.pk).phone) == "（不可读）"
        assert str(ContactPerson.objects.get(pk=other.pk).name) == "（不可读）"


def test_showing_a_number_needs_a_reason_and_leaves_a_trace_without_the_number():
    row, clerk = contact(), person(Role.STREET_CLERK, GONGCHENQIAO)
    with opened_scope(division_scope(GONGCHENQIAO)):
        with pytest.raises(ReasonMissing):
            reveal(row=row, field="phone", by=clerk, reason=" 查 ")
        assert reveal(row=row, field="phone", by=clerk, reason="通知整改时间") == PHONE
        [act] = Act.objects.filter(verb="查看个人信息")
    assert (act.actor, act.subject, act.reason, act.subject_uuid) == (
        clerk,
        "设施联系人 电话",
        "通知整改时间",
        row.uuid,
    )
    assert PHONE not in json.dumps(act.details)


def test_a_shredded_person_cannot_be_read_from_the_history_either():
    row = contact()
    with opened_scope(division_scope(GONGCHENQIAO)):
        change = RowChange.objects.get(table_name="facilities_contactperson")
        old_key, sealed = bytes(row.row_key), bytes.fromhex(change.after["phone"][2:])
        field = ContactPerson._meta.get_field("phone")
        assert row.opened(field, sealed) == PHONE  # while the key is there, the history can be read
        erase_person(row=row, by=None, reason="本人要求删除")
        erased = ContactPerson.objects.get(pk=row.pk)
        assert (erased.row_key, erased.phone, erased.phone_index, erased.name) == (None, None, None, None)
        assert old_key.hex() not in everything_stored()
        with pytest.raises(NothingToShow):
            reveal(row=erased, field="phone", by=None, reason="通知整改时间")
        assert list(ContactPerson.objects.having(phone=PHONE)) == []
        assert str(erased) == "（已删除）"
        assert Act.objects.filter(verb="删除个人信息", reason="本人要求删除").count() == 1


def test_two_people_have_two_keys():
    one, other = contact(), contact()
    with opened_scope(division_scope(GONGCHENQIAO)):
        erase_person(row=one, by=None, reason="本人要求删除")
        assert str(ContactPerson.objects.get(pk=other.pk).phone) == "138****5678"


def test_whoever_holds_single_facilities_reads_no_key():
    row = contact()
    vault._key_named.cache_clear()
    with opened_scope(Scope(grants=(row.facility_id,))):
        assert Facility.objects.filter(pk=row.facility_id).exists()
        assert ContactPerson.objects.count() == 0
        assert DataKey.objects.count() == 0


# --- rotation ---------------------------------------------------------------------------------------------------------


def test_a_new_master_key_takes_over_and_the_old_one_can_go(settings):
    rows = [contact(), contact(SHANGCHENG)]
    old = settings.MASTER_KEYS
    settings.MASTER_KEYS = f"{old} newer:ffeeddccbbaa99887766554433221100"
    done = rotate_keys()
    assert (done.data_keys, done.retired, done.rows, done.indexes) == (4, 0, 0, 0)
    assert rotate_keys().data_keys == 0
    settings.MASTER_KEYS = settings.MASTER_KEYS.split()[1]
    vault._key_named.cache_clear()
    with opened_scope(division_scope(330100000000)):
        assert [str(row.phone) for row in ContactPerson.objects.order_by("pk")] == ["138****5678"] * 2
        assert ContactPerson.objects.having(phone=PHONE).count() == 2
    assert len(rows) == 2


def test_new_data_keys_reach_every_row_and_leave_the_history_alone():
    rows = [contact(), contact(HUSHU), contact(SHANGCHENG)]
    before = [bytes(row.row_key) for row in rows]
    done = rotate_keys(new_data_keys=True)
    assert (done.retired, done.rows, done.indexes) == (4, 3, 3)
    vault._key_named.cache_clear()
    with opened_scope(division_scope(330100000000)):
        found = list(ContactPerson.objects.order_by("pk"))
        assert [str(row.phone) for row in found] == ["138****5678"] * 3
        assert all(bytes(row.row_key) != old for row, old in zip(found, before, strict=True))
        assert ContactPerson.objects.having(phone=PHONE).count() == 3
        assert RowChange.objects.filter(table_name="facilities_contactperson", operation="U").count() == 0
    again = rotate_keys()
    assert (again.data_keys, again.retired, again.rows, again.indexes) == (0, 0, 0, 0)


def test_a_rotation_that_was_cut_short_is_finished_by_the_next(monkeypatch):
    for _ in range(5):
        contact()
    monkeypatch.setattr("tenants.operations.personal._CHUNK", 2)
    calls = []

    def dies(row, current):
        calls.append(row.pk)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return original(row, current)

    from tenants.operations import personal

    original = personal._renew_key
    monkeypatch.setattr(personal, "_renew_key", dies)
    with pytest.raises(KeyboardInterrupt):
        rotate_keys(new_data_keys=True)
    monkeypatch.setattr(personal, "_renew_key", original)
    done = rotate_keys()
    assert (done.retired, done.rows) == (0, 3)  # the first chunk of two had been committed
    with opened_scope(division_scope(GONGCHENQIAO)):
        assert ContactPerson.objects.having(phone=PHONE).count() == 5


def test_a_row_that_moved_to_another_district_gets_its_key():
    row = contact()
    with opened_scope(division_scope(330100000000)), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        Facility.objects.filter(pk=row.facility_id).update(division_code=COMMUNITY_OF[SHANGCHENG])
    vault._key_named.cache_clear()
    assert (rotate_keys().rows, rotate_keys().rows) == (1, 0)
    vault._key_named.cache_clear()
    with opened_scope(division_scope(SHANGCHENG)):
        assert [str(found.phone) for found in ContactPerson.objects.having(phone=PHONE)] == ["138****5678"]


# --- providers --------------------------------------------------------------------------------------------------------


def test_keys_come_from_a_file_that_only_its_owner_reads(settings, tmp_path):
    settings.MASTER_KEYS, settings.MASTER_KEYS_FILE = "", tmp_path / "state" / "master-keys"
    with pytest.raises(ImproperlyConfigured, match="make_master_key"):
        keys.provider()
    add_key(settings.MASTER_KEYS_FILE, "one")
    name, wrapped = keys.provider().wrap(bytes(16), bound_to=b"x")
    add_key(settings.MASTER_KEYS_FILE, "two")
    assert (name, keys.provider().current) == ("one", "two")
    assert keys.provider().unwrap("one", wrapped, bound_to=b"x") == bytes(16)
    assert settings.MASTER_KEYS_FILE.stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        add_key(settings.MASTER_KEYS_FILE, "two")


@pytest.mark.parametrize(
    "text", ["one", "one:abc", "one:zz0102030405060708090a0b0c0d0e0f", "a:" + "0" * 32 + " a:" + "1" * 32]
)
def test_a_key_that_is_none_is_refused_without_showing_it(text):
    with pytest.raises(ImproperlyConfigured) as refused:
        parse(text)
    assert "zz01" not in str(refused.value)


def test_no_key_no_service():
    with pytest.raises(ImproperlyConfigured):
        Keyring({})
