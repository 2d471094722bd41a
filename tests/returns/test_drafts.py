"""What is typed is kept cell by cell, and nobody's words are overwritten."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from facilities.models import ReturnRow, ReturnState, Site
from facilities.returns import content, drafts
from facilities.returns.drafts import DROP, Edit, ReturnRefused
from tenants.rules import Role
from tests.assessments import registry as make
from tests.people import GONGCHENQIAO, person
from tests.returns.conftest import TODAY, edit, line_named, new_row, save


def test_what_is_registered_is_carried_in_and_nothing_is_changed_by_opening(one, facility):
    opened = content.content_of(one, day=TODAY)
    assert {sheet: len(lines) for sheet, lines in opened.lines.items()} == {
        "facility": 1, "site": 1, "space": 3, "function": 10, "operator": 1, "project": 11, "charity": 3, "notice": 1,
        "service": 1,
    }  # fmt: skip
    assert opened.changed == []
    assert opened.line("site", str(facility.sites.get().pk)).cells["floor_area_m2"] == "1200.00"
    assert (one.state, str(one.due_on), ReturnRow.objects.count()) == (ReturnState.OPEN, "2026-12-21", 0)


def test_only_cells_that_differ_are_kept_and_the_old_text_puts_them_back(one):
    save(one, edit(one, "site", "主点位", "floor_area_m2", "1250"))
    row = ReturnRow.objects.get()
    assert (row.cells, row.base, row.serial) == ({"floor_area_m2": "1250"}, {"floor_area_m2": "1200.00"}, 1)
    save(one, edit(one, "site", "主点位", "floor_area_m2", "1200.00"))
    assert ReturnRow.objects.count() == 0
    assert Site.objects.get().floor_area_m2 == 1200


def test_two_clerks_who_change_different_cells_lose_nothing(one, clerk):
    other = person(Role.STREET_CLERK, GONGCHENQIAO)
    mine = edit(one, "space", "1 号室", "usable_area_m2", "310")
    theirs = edit(one, "space", "1 号室", "name", "一号活动室")
    save(one, mine, by=clerk, since=0)
    saved = save(one, theirs, by=other, since=0)
    assert (saved.conflicts, saved.serial) == ((), 2)
    assert [line.cells["usable_area_m2"] for line in saved.others] == ["310"]
    assert ReturnRow.objects.get().cells == {"usable_area_m2": "310", "name": "一号活动室"}


def test_two_clerks_in_one_cell_are_told_and_the_first_words_stay(one, clerk):
    other = person(Role.STREET_CLERK, GONGCHENQIAO)
    mine = edit(one, "space", "1 号室", "usable_area_m2", "310")
    theirs = edit(one, "space", "1 号室", "usable_area_m2", "320")
    save(one, mine, by=clerk)
    [conflict] = save(one, theirs, by=other).conflicts
    assert (conflict.theirs, conflict.by, conflict.edit.text) == ("310", clerk.display_name, "320")
    assert ReturnRow.objects.get().cells == {"usable_area_m2": "310"}
    chosen = Edit("space", theirs.key, "usable_area_m2", "310", "320")  # having seen it
    assert save(one, chosen, by=other).conflicts == ()


def test_the_same_edit_twice_is_one_edit(one):
    once = edit(one, "site", "主点位", "address", "桥弄街 1 号")
    assert save(one, once).serial == 1
    assert (save(one, once).serial, save(one, once).conflicts) == (1, ())


def test_a_new_row_begins_today_and_can_be_dropped_again(one):
    save(one, *new_row("space", "n1", name="书房", usable_area_m2="20", used_by="公共"))
    line = line_named(one, "space", "书房")
    assert (line.cells["starts_on"], line.is_new) == ("2026-11-22", True)
    save(one, Edit("space", "n1", DROP, "", ""))
    assert ReturnRow.objects.count() == 0


@pytest.mark.parametrize(
    ("sheet", "key", "column", "words"),
    [
        ("facility", "", "code", "不在这里改"),
        ("function", "", "item", "不在这里改"),
        ("space", "999999", "name", "没有这一行"),
        ("space", "N1'; --", "name", "没有这一行"),
        ("state", "1", "name", "没有这张表"),
    ],
)
def test_cells_that_are_not_filled_in_here_are_refused(one, sheet, key, column, words):
    if not key:
        key = content.content_of(one, day=TODAY).lines[sheet][0].key
    with pytest.raises(ReturnRefused, match=words):
        save(one, Edit(sheet, key, column, "", "x"))


def test_registered_rows_are_ended_not_dropped(one):
    key = line_named(one, "space", "1 号室").key
    with pytest.raises(ReturnRefused, match="填结束日"):
        save(one, Edit("space", key, DROP, "", ""))


def test_a_new_row_begins_today_where_the_portal_is_and_not_where_the_clock_counts(one):
    after_midnight = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)  # 01:30 of the 23rd in Shanghai
    tomorrow = TODAY + timedelta(days=1)
    edits = [*new_row("space", "n1", name="书房"), Edit("space", "n1", "starts_on", "2026-11-23", "2026-11-01")]
    saved = drafts.save(one=one, edits=edits, by=None, now=after_midnight, day=tomorrow)
    assert (saved.conflicts, ReturnRow.objects.get().cells["starts_on"]) == ((), "2026-11-01")


def test_remarks_meet_like_cells(one):
    assert save(one, Edit("return", "remarks", "text", "", "屋顶在修")).conflicts == ()
    [conflict] = save(one, Edit("return", "remarks", "text", "", "一切如常")).conflicts
    assert conflict.theirs == "屋顶在修"
    assert one.remarks == "屋顶在修"


@pytest.mark.parametrize("number", [1, 3, 300])
def test_a_save_takes_the_same_queries_whatever_the_number_of_rows(one, facility, number):
    site = facility.sites.get()
    for index in range(number):
        make.space(facility, site, f"房间 {index}", "12")
    edits = [
        Edit("space", line.key, "usable_area_m2", "12.00", "12.5")
        for line in content.content_of(one, day=TODAY).lines["space"]
        if line.name.startswith("房间")
    ]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        save(one, *edits)
    assert len(edits) == number
    assert len(queries) == 7
