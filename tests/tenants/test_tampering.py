"""A thousand tamperings by the owner of the database, past row level security and past the triggers: all are found."""

import json
import random
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tenants import crypto, sealing
from tenants.operations import record_act
from tenants.rules import Role
from tenants.sealing import chain
from tenants.sealing.chain import MARK_BYTES
from tenants.sealing.forms import FORMS
from tests import databases
from tests.people import GONGSHU, person
from tests.tenants.test_sealing import settled_floor, without_guards

TAMPERINGS = 1_000
LOGS = {"act": "tenants_act", "change": "tenants_rowchange"}
_TEXTS = {
    "tenants_act": ("verb", "subject", "reason"),
    "tenants_rowchange": ("table_name", "root_table", "source", "reason"),
}
_NUMBERS = {"tenants_act": ("actor_id", "division_code"), "tenants_rowchange": ("row_id", "root_id", "user_id")}
_JSON = {"tenants_act": ("details",), "tenants_rowchange": ("before", "after")}


class Tamperer:
    """Random changes of sealed rows and of the seals. Each method returns the kinds of findings one of which must appear."""

    def __init__(self, cursor, dice: random.Random):
        self.cursor, self.dice = cursor, dice

    def kinds(self):
        return [
            self.edit_text,
            self.edit_number,
            self.edit_time,
            self.edit_json,
            self.delete_rows,
            self.swap_contents,
            self.swap_ids,
            self.slip_in,
            self.write_afterwards,
            self.edit_seal,
            self.delete_seal,
            self.swap_seals,
            self.cut_tail,
            self.chain_of_their_own,
            self.chain_with_the_stolen_key,
        ]

    def one(self, sql, parameters=None):
        self.cursor.execute(sql, parameters)
        return self.cursor.fetchone()

    def row(self, where="true"):
        table = self.dice.choice(list(LOGS.values()))
        [count] = self.one(f"SELECT count(*) FROM {table} WHERE {where}")
        [number] = self.one(
            f"SELECT id FROM {table} WHERE {where} ORDER BY id OFFSET {self.dice.randrange(count)} LIMIT 1"
        )
        return table, number

    def edit_text(self):
        table, number = self.row()
        column = self.dice.choice(_TEXTS[table])
        self.cursor.execute(f"UPDATE {table} SET {column} = left({column} || 'x', 60) WHERE id = {number}")
        return {"edited"}

    def edit_number(self):
        table, number = self.row()
        column = self.dice.choice(_NUMBERS[table])
        self.cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        self.cursor.execute(f"UPDATE {table} SET {column} = coalesce({column}, 0) + 1 WHERE id = {number}")
        return {"edited"}

    def edit_time(self):
        table, number = self.row()
        microseconds = self.dice.choice([1, -1, 1_000_000, 86_400_000_000, -86_400_000_000])
        self.cursor.execute(f"UPDATE {table} SET at = at + interval '{microseconds} microseconds' WHERE id = {number}")
        return {"edited"}

    def edit_json(self):
        table, number = self.row()
        column = self.dice.choice(_JSON[table])
        self.cursor.execute(
            f"UPDATE {table} SET {column} = coalesce({column}, '{{}}') || '{{\"x\": 1}}' WHERE id = {number}"
        )
        return {"edited"}

    def delete_rows(self):
        table, number = self.row()
        self.cursor.execute(f"DELETE FROM {table} WHERE id BETWEEN {number} AND {number + self.dice.randrange(5)}")
        return {"deleted"}

    def swap_contents(self):
        table, one = self.row()
        [other] = self.one(f"SELECT id FROM {table} WHERE id <> {one} ORDER BY random() LIMIT 1")
        columns = next(form.columns for form in FORMS.values() if form.table == table)[1:]
        pairs = ", ".join(f"{name} = o.{name}" for name in columns)
        self.cursor.execute(
            f"UPDATE {table} t SET {pairs} FROM {table} o"
            f" WHERE (t.id = {one} AND o.id = {other}) OR (t.id = {other} AND o.id = {one})"
        )
        return {"edited"}

    def swap_ids(self):
        table, one = self.row()
        [other] = self.one(f"SELECT id FROM {table} WHERE id <> {one} ORDER BY random() LIMIT 1")
        for before, after in ((one, -1), (other, one), (-1, other)):
            self.cursor.execute(f"UPDATE {table} SET id = {after} WHERE id = {before}")
        return {"edited"}

    def slip_in(self):
        """A row with an id that was handed out and never used."""
        [number] = self.one(
            "SELECT n FROM generate_series(1, (SELECT max(floor) FROM tenants_sealbatch WHERE log = 'act')) n"
            " WHERE NOT EXISTS (SELECT FROM tenants_act WHERE id = n) ORDER BY random() LIMIT 1"
        )
        self._insert(number, "interval '1 minute'")
        return {"inserted"}

    def write_afterwards(self):
        """A new row that claims to be old, sealed by the real sealer or not yet."""
        self._insert(None, f"interval '{self.dice.randrange(2, 500)} hours'")
        if self.dice.random() < 0.5:
            self._seal_as_the_portal_would()
            return {"backdated"}
        return {"unsealed"}

    def _insert(self, number, age):
        self.cursor.execute(
            "INSERT INTO tenants_act (id, at, verb, subject, reason, details, division_code) VALUES"
            f" (coalesce(%s, nextval('tenants_act_id_seq')), now() - {age}, '登记', '', '', '{{}}', {GONGSHU})",
            [number],
        )

    def _seal_as_the_portal_would(self):
        form, last = FORMS["act", 1], chain.last_batch(self.cursor)
        self.cursor.execute(f"SELECT id, {form.text} FROM tenants_act ORDER BY id DESC LIMIT 1")
        [number, text] = self.cursor.fetchone()
        digest = crypto.sm3(text.encode())
        batch = chain.Batch(
            last.number + 1, timezone.now(), "act", 1, chain.multirange([number]), number, 0, 1, 1, b"", "", ""
        )
        batch.marks, batch.digest, batch.previous_hash = digest[:MARK_BYTES], crypto.sm3(digest).hex(), last.hash
        batch.hash = batch.computed_hash()
        self._sign(batch)
        chain.insert(self.cursor, batch)

    def seal(self, where="true"):
        [count] = self.one(f"SELECT count(*) FROM tenants_sealbatch WHERE {where}")
        skipped = self.dice.randrange(count)
        [number] = self.one(
            f"SELECT number FROM tenants_sealbatch WHERE {where} ORDER BY number OFFSET {skipped} LIMIT 1"
        )
        return number

    def edit_seal(self):
        number = self.seal()
        change = self.dice.choice(
            [
                "floor = floor + 1",
                "last_id = last_id + 1",
                "row_count = row_count - 1",
                "snapshot_xmax = 1",
                "sealed_at = sealed_at - interval '1 second'",
                "row_ids = '{[1,2)}'",
                "row_ids = 'nothing'",
                "marks = '\\x00'",
                f"digest = '{'0' * 64}'",
                f"previous_hash = '{'1' * 64}'",
                f"hash = '{'2' * 64}'",
                f"mac = '{'3' * 64}'",
                "mac_key = 'other'",
                "log = CASE log WHEN 'act' THEN 'change' ELSE 'act' END",
                "form = 2",
            ]
        )
        self.cursor.execute(f"UPDATE tenants_sealbatch SET {change} WHERE number = {number}")
        return {"chain", "forged"}

    def delete_seal(self):
        number = self.seal("number < (SELECT max(number) FROM tenants_sealbatch)")
        self.cursor.execute(f"DELETE FROM tenants_sealbatch WHERE number = {number}")
        if self.dice.random() < 0.5:  # and close the gap
            self.cursor.execute(f"UPDATE tenants_sealbatch SET number = -number WHERE number > {number}")
            self.cursor.execute("UPDATE tenants_sealbatch SET number = -number - 1 WHERE number < 0")
        return {"chain"}

    def swap_seals(self):
        one = self.seal()
        [other] = self.one(f"SELECT number FROM tenants_sealbatch WHERE number <> {one} ORDER BY random() LIMIT 1")
        for before, after in ((one, -1), (other, one), (-1, other)):
            self.cursor.execute(f"UPDATE tenants_sealbatch SET number = {after} WHERE number = {before}")
        return {"chain"}

    def cut_tail(self):
        """The newest batches with all their rows, so that nothing inside the database misses them."""
        first = self.seal("number > 1")
        for log, table in LOGS.items():
            self.cursor.execute(
                f"DELETE FROM {table} WHERE id <@ coalesce((SELECT range_agg(row_ids::int8multirange)"
                f" FROM tenants_sealbatch WHERE log = '{log}' AND number >= {first}), '{{}}'::int8multirange)"
            )
        self.cursor.execute(f"DELETE FROM tenants_sealbatch WHERE number >= {first}")
        return {"cut"}

    def chain_of_their_own(self):
        """A row is changed and every seal from there on made anew, by somebody who knows this code but not the key."""
        self._remake(lambda batch: setattr(batch, "mac", crypto.hmac_sm3(b"guessed", bytes.fromhex(batch.hash)).hex()))
        return {"forged"}

    def chain_with_the_stolen_key(self):
        """The same with the master key: only the heads kept outside give it away."""
        self._remake(self._sign)
        return {"forged"}

    def _sign(self, batch):
        batch.mac_key, mac = sealing.sealer.provider().mac(bytes.fromhex(batch.hash))
        batch.mac = mac.hex()

    def _remake(self, sign):
        table, number = self.row()
        log = next(name for name, value in LOGS.items() if value == table)
        self.cursor.execute(f"UPDATE {table} SET reason = reason || '!' WHERE id = {number}")
        previous = None
        for batch in list(chain.batches(self.cursor)):
            if batch.log == log and number in batch.ids():
                self._redigest(batch)
            batch.previous_hash = previous or chain.START
            if batch.computed_hash() != batch.hash:
                batch.hash = batch.computed_hash()
                sign(batch)
            previous = batch.hash
            self.cursor.execute(
                "UPDATE tenants_sealbatch SET marks = %s, digest = %s, previous_hash = %s, hash = %s, mac = %s WHERE number = %s",
                [batch.marks, batch.digest, batch.previous_hash, batch.hash, batch.mac, batch.number],
            )

    def _redigest(self, batch):
        form = FORMS[batch.log, 1]
        self.cursor.execute(
            f"SELECT {form.text} FROM {form.table} WHERE id <@ %s::int8multirange ORDER BY id", [batch.row_ids]
        )
        digests = [crypto.sm3(text.encode()) for (text,) in self.cursor.fetchall()]
        batch.marks = b"".join(digest[:MARK_BYTES] for digest in digests)
        batch.digest = crypto.sm3(b"".join(digests)).hex()


@pytest.mark.django_db(transaction=True)
def test_a_thousand_tamperings_are_found(settings, tmp_path, capsys):
    settings.AUDIT_ANCHORS_FILE = tmp_path / "heads.jsonl"
    _fill()
    heads = [sealing.export_head()]
    dice, found = random.Random(20261122), Counter()
    began = time.monotonic()
    with databases.connect_as_owner(connection.settings_dict["NAME"]) as owner, without_guards(owner):
        owner.autocommit = False
        cursor = owner.cursor()
        assert _findings(cursor, heads) == []
        for number in range(TAMPERINGS):
            tamperer = Tamperer(cursor, dice)
            tamper = tamperer.kinds()[number % len(tamperer.kinds())]
            expected = tamper()
            kinds = {finding.kind for finding in _findings(cursor, heads)}
            assert kinds & expected, (number, tamper.__name__, kinds)
            found[tamper.__name__] += 1
            owner.rollback()
        assert _findings(cursor, heads) == []
        owner.rollback()
        owner.autocommit = True
    with capsys.disabled():
        print(f"\n{found.total()} of {TAMPERINGS} tamperings found in {time.monotonic() - began:.1f} s: {dict(found)}")
    assert found.total() == TAMPERINGS


def _findings(cursor, heads):
    return sealing.verify(cursor, anchors=heads, now=timezone.now()).findings


@contextmanager
def _unused_ids(count):
    """Numbers that the sequence hands out and no row gets."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('tenants_act_id_seq') FROM generate_series(1, %s)", [count])
    yield


def _fill():
    """Some 300 acts and 30 changes of rows in some 16 batches, with unused ids among them."""
    for number in range(8):
        for line in range(40):
            record_act(verb="登记", by=None, division_code=GONGSHU, subject=f"{number}-{line}", details={"n": line})
        for _ in range(4):
            person(Role.STREET_CLERK, GONGSHU)
        with _unused_ids(2):
            sealing.seal_logs(settling=timedelta(0))
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM tenants_act_id_seq")
        settled_floor(above=cursor.fetchone()[0])
    assert json.loads(sealing.export_head().line())["number"] >= 16
