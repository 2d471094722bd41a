"""The official divisions, the merger of 2021, and what the loader says about wrong rows."""

import shutil
from datetime import date

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from tenants.models import Division, DivisionSuccession
from tenants.operations import DivisionFileError, LoadReport, load_divisions
from tenants.queries import division_at, division_names, divisions_below

FOLDER = settings.BASE_DIR / "fixtures" / "divisions"
GONGSHU = 330105000000
MERGER = date(2021, 4, 9)
BEFORE = date(2021, 4, 8)

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded():
    return load_divisions(folder=FOLDER)


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(FOLDER, tmp_path / "divisions")


def rewrite(path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_gongshu_has_18_streets_and_178_communities_of_which_4_are_quasi(loaded):
    assert divisions_below(GONGSHU, "street").count() == 18
    assert divisions_below(GONGSHU, "community").count() == 178
    quasi = divisions_below(GONGSHU, "community").filter(is_quasi=True)
    assert list(quasi.values_list("code", flat=True)) == [330105008400, 330105009400, 330105009401, 330105010400]


def test_hangzhou_has_13_districts_and_counties(loaded):
    assert divisions_below(330100000000, "district").count() == 13
    assert division_names([330102000000, 330182000000]) == {330102000000: "上城区", 330182000000: "建德市"}


def test_every_division_lies_below_its_parent(loaded):
    for division in Division.objects.exclude(parent=None).select_related("parent"):
        assert division.parent.codes.covers(division.codes), division
        assert division.code != division.parent.code, division


def test_two_communities_share_a_name(loaded):
    assert list(Division.objects.in_force().filter(name="华丰社区").values_list("code", flat=True)) == [
        330105004051,
        330105019002,
    ]


def test_the_merger_is_told_by_dates(loaded):
    assert division_at(330103000000, BEFORE).name == "下城区"
    assert division_at(330103000000, MERGER) is None
    assert division_at(GONGSHU, BEFORE) != division_at(GONGSHU, MERGER)
    assert divisions_below(GONGSHU, "street", BEFORE).count() == 10
    assert divisions_below(GONGSHU, "street", MERGER).count() == 18


def test_every_ended_division_has_a_successor_in_force(loaded):
    ended = Division.objects.exclude(valid_to=None)
    edges = DivisionSuccession.objects.filter(predecessor__in=ended, successor__valid_to=None, effective_on=MERGER)
    assert ended.count() == edges.count() == 85
    assert DivisionSuccession.objects.get(predecessor__code=330103003051).successor.code == 330105012001


def test_a_code_that_has_ended_keeps_its_name(loaded):
    assert division_names([330103000000, 1]) == {330103000000: "下城区"}
    assert division_names([330103003051]) == {330103003051: "灯芯巷社区"}


def test_loading_again_changes_nothing(loaded):
    assert loaded == LoadReport(new=295, changed=0, unchanged=0, new_successions=85)
    assert load_divisions(folder=FOLDER) == LoadReport(new=0, changed=0, unchanged=295, new_successions=0)


def test_a_renamed_division_is_one_change(loaded, folder):
    rewrite(folder / "divisions.csv", "330105005000,拱宸桥街道", "330105005000,拱宸街道")
    assert load_divisions(folder=folder) == LoadReport(new=0, changed=1, unchanged=294, new_successions=0)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("divisions.csv", "330182000000,建德市", "33018200000,建德市", "'33018200000' is not a 12-digit code"),
        ("divisions.csv", "330182000000,建德市,district", "330182000000,建德市,qu", "level 'qu' is none of"),
        ("divisions.csv", "330182000000,建德市,district", "330182000000,建德市,street", "is no code of a street"),
        ("divisions.csv", "330182000000,建德市", "330182000000,", "the name is missing"),
        ("divisions.csv", "建德市,district,330100000000", "建德市,district,330200000000", "does not lie below"),
        ("divisions.csv", "建德市,district,330100000000", "建德市,district,", "a city has no parent"),
        ("divisions.csv", "330182000000,建德市", "330127000000,建德市", "with this first day is in divisions.csv:"),
        (
            "divisions.csv",
            "上城区,district,330100000000,2021-04-09",
            "上城区,district,330100000000,9.4.2021",
            "date like",
        ),
        ("successions.csv", "330103003051,330105012001,2021-04-09", "330103003051,330105012001,2021-05-09", "ended on"),
        ("successions.csv", "330103003051,330105012001", "330103003051,330105012999", "no division 330105012999 on"),
    ],
)
def test_a_wrong_row_is_named_by_file_and_line_and_nothing_is_loaded(folder, file, old, new, message):
    rewrite(folder / file, old, new)
    line = next(n for n, text in enumerate((folder / file).read_text(encoding="utf-8").splitlines(), 1) if new in text)
    with pytest.raises(DivisionFileError) as caught:
        load_divisions(folder=folder)
    [problem] = caught.value.problems
    assert problem.startswith(f"{file}:{line}: ")
    assert message in problem
    assert Division.objects.count() == 0


def test_wrong_columns_and_short_rows_are_named(folder):
    (folder / "ended.csv").write_text("code,name\n", encoding="utf-8")
    with (folder / "divisions.csv").open("a", encoding="utf-8") as file:
        file.write("330199000000,某区\n")
    with pytest.raises(DivisionFileError) as caught:
        load_divisions(folder=folder)
    assert caught.value.problems == [
        "divisions.csv:212: expected 7 columns",
        "ended.csv:1: the columns must be code,name,level,parent,valid_from,valid_to,is_quasi",
    ]


def test_the_command_says_what_it_did(capsys):
    call_command("load_divisions")
    assert capsys.readouterr().out == "Divisions: 295 new, 0 changed, 0 unchanged; 85 new successions.\n"


def test_the_command_says_what_is_missing(tmp_path):
    with pytest.raises(CommandError, match=r"divisions\.csv is missing"):
        call_command("load_divisions", tmp_path)
