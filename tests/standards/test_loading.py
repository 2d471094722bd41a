"""Publishing from files: twice changes nothing, what is published is never edited, a successor closes its predecessor."""

import hashlib
import shutil
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from standards import operations, queries
from standards.models import Clause, CrosswalkLink, Document, FunctionItem, StandardVersion
from standards.operations import LoadRefused
from tests.standards import files
from tests.standards.test_clauses import rules

pytestmark = pytest.mark.django_db

MODELS = [Document, Clause, StandardVersion, FunctionItem, CrosswalkLink]


def counts():
    return [model.objects.count() for model in MODELS]


@pytest.fixture
def own_files(tmp_path):
    """A copy of the files that come with the portal, to be changed by a test."""
    shutil.copytree(files.ROOT / "fixtures" / "documents", tmp_path / "documents")
    shutil.copytree(files.ROOT / "fixtures" / "standards", tmp_path / "standards")
    return tmp_path


def changed(path, *replacements):
    text = path.read_text(encoding="utf-8")
    for before, after in replacements:
        assert before in text
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")
    return path


SUCCESSOR = [
    ('number = "2025-draft"', 'number = "2027"'),
    ("effective_from = 2025-05-01", "effective_from = 2027-01-01"),
]


@pytest.mark.requirement("DOC-4", "FUN-2", "STD-16")
def test_loading_publishes_both_documents_and_all_standards(loaded):
    assert [each.name for each in loaded] == [
        "gongshu-2025",
        "hangzhou-2025-57",
        "metrics@2025.1",
        "interpretations@2025.1",
        "catalogue-gongshu@2025-draft",
        "catalogue-hangzhou@2025",
        "crosswalk@2025.1",
        "gongshu@2025-draft",
        "hangzhou@2025",
        "hangzhou-service@2025",
        "vitality@provisional-2025.1",
        "hangzhou-follow-up@2025",
    ]
    assert all(each.is_new for each in loaded)
    assert FunctionItem.objects.count() == 33 + 13


@pytest.mark.requirement("DOC-7")
def test_loading_twice_changes_nothing(loaded):
    before = counts()
    assert [each.is_new for each in operations.load()] == [False] * 12
    assert counts() == before


@pytest.mark.requirement("DOC-7")
def test_a_published_version_that_differs_is_refused_and_nothing_written(loaded, own_files):
    path = changed(own_files / "standards" / "gongshu-2025.toml", ('threshold = "7 项"', 'threshold = "6 项"'))
    with pytest.raises(LoadRefused, match="gongshu@2025-draft is published and differs"):
        operations.load([path])
    assert StandardVersion.objects.get(standard__key="gongshu").data["criterion"][1]["threshold"] == "7 项"


@pytest.mark.requirement("DOC-7")
def test_a_successor_closes_its_predecessor(loaded, own_files):
    path = changed(own_files / "standards" / "gongshu-2025.toml", *SUCCESSOR)
    [result] = operations.load([path])
    assert (result.name, result.closed) == ("gongshu@2027", "gongshu@2025-draft")
    assert str(queries.version_in_force("gongshu", date(2026, 12, 31))) == "gongshu@2025-draft"
    assert str(queries.version_in_force("gongshu", date(2027, 1, 1))) == "gongshu@2027"


def test_a_successor_that_begins_no_later_is_refused(loaded, own_files):
    path = changed(own_files / "standards" / "gongshu-2025.toml", SUCCESSOR[0])
    with pytest.raises(LoadRefused, match="a successor begins later"):
        operations.load([path])


def test_a_quotation_that_does_not_stand_in_its_clause_is_refused(loaded, own_files):
    path = changed(
        own_files / "standards" / "gongshu-2025.toml", *SUCCESSOR, ("具备7项以上基础功能", "具备8项以上基础功能")
    )
    with pytest.raises(LoadRefused, match="“功能集成度高,具备8项以上基础功能” does not stand there"):
        operations.load([path])


def test_a_document_whose_text_was_touched_is_refused(own_files):
    changed(own_files / "documents" / "gongshu-2025.txt", ("不少于1000平方米", "不少于100平方米"))
    with pytest.raises(LoadRefused, match="the text beside it has SHA-256"):
        operations.load([own_files / "documents" / "gongshu-2025.toml"])
    assert counts() == [0, 0, 0, 0, 0]


def test_a_published_document_with_another_text_is_refused(loaded, own_files):
    text = changed(own_files / "documents" / "gongshu-2025.txt", ("不少于1000平方米", "不少于100平方米"))
    actual = hashlib.sha256(text.read_bytes()).hexdigest()
    known = Document.objects.get(key="gongshu-2025").sha256
    path = changed(own_files / "documents" / "gongshu-2025.toml", (known, actual))
    with pytest.raises(LoadRefused, match="gongshu-2025 is published with another text"):
        operations.load([path])


def test_a_file_that_is_no_toml_is_refused(tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text("[standard", encoding="utf-8")
    with pytest.raises(LoadRefused, match=r"broken\.toml: cannot be read as TOML"):
        operations.load([path])


def test_the_command_says_what_it_did_and_why_it_did_not(capsys, tmp_path):
    call_command("load_standard")
    assert capsys.readouterr().out.splitlines()[-1] == "published  hangzhou-follow-up@2025"
    call_command("load_standard")
    assert capsys.readouterr().out.splitlines()[-1] == "unchanged  hangzhou-follow-up@2025"
    with pytest.raises(CommandError, match=r"missing\.toml: cannot be read as TOML"):
        call_command("load_standard", str(tmp_path / "missing.toml"))


# --- the database keeps the promise -----------------------------------------------------------------------------------


@pytest.mark.requirement("DOC-7")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE standards_standardversion SET data = '{}' WHERE effective_to IS NULL",
        "UPDATE standards_standardversion SET status = 'formal', effective_to = '2030-01-01'",
        "UPDATE standards_standardversion SET effective_from = '2020-01-01'",
        "DELETE FROM standards_crosswalklink",
        "UPDATE standards_functionitem SET name = 'x'",
        "UPDATE standards_clause SET text = 'x'",
        "UPDATE standards_document SET title = 'x'",
    ],
)
def test_the_database_refuses_to_change_what_is_published(loaded, change):
    with pytest.raises(DatabaseError, match="what is published is never edited"), transaction.atomic():
        connection.cursor().execute(change)


def test_the_end_of_a_version_is_set_once(loaded):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE standards_standardversion SET effective_to = '2030-01-01'")
        with pytest.raises(DatabaseError, match="never edited"), transaction.atomic():
            cursor.execute("UPDATE standards_standardversion SET effective_to = '2031-01-01'")


def test_two_versions_of_a_standard_never_overlap(loaded):
    version = StandardVersion.objects.get(standard__key="gongshu")
    version.pk, version.number = None, "other"
    with pytest.raises(DatabaseError, match="version_no_overlap"), transaction.atomic():
        version.save(force_insert=True)


# --- what queries make of it ------------------------------------------------------------------------------------------

GONGSHU, SHANGCHENG, COMMUNITY = 330105000000, 330102000000, 330105005052


@pytest.mark.requirement("DOC-3", "DOC-6")
@pytest.mark.parametrize(
    ("division", "day", "expected"),
    [
        (GONGSHU, date(2026, 9, 30), ["gongshu@2025-draft", "hangzhou@2025"]),
        (GONGSHU, date(2025, 12, 3), ["gongshu@2025-draft"]),
        (GONGSHU, date(2025, 4, 30), []),
        (COMMUNITY, date(2026, 9, 30), ["gongshu@2025-draft", "hangzhou@2025"]),
        (SHANGCHENG, date(2026, 9, 30), ["hangzhou@2025"]),
    ],
)
def test_a_district_is_judged_by_its_own_standard_and_the_citys(loaded, division, day, expected):
    assert [str(version) for version in queries.versions_in_force(division, day)] == expected


@pytest.mark.requirement("DOC-4")
def test_a_clause_is_found_and_shown_in_its_context(loaded):
    clause = queries.find_clause("拱墅 三(一)1")
    assert clause.text.startswith("1.示范型。")
    context = queries.clause_context(clause.document, clause.number)
    assert [heading.number for heading in context.headings] == ["三", "三(一)"]
    assert [each.number for each in context.before] == ["三(一) 第1段"]
    assert [each.number for each in context.after] == ["三(一)2"]
    assert queries.clause_context(clause.document, "九(九)9") is None
    assert queries.find_clause("拱墅 九") is None


@pytest.mark.requirement("FUN-2", "STD-16")
def test_the_catalogues_and_their_crosswalk(loaded):
    day = date(2026, 9, 30)
    items = queries.catalogue_items(queries.CATALOGUE_GONGSHU, day)
    assert [item.number for item in items if item.serves == "elders"] == [1, 2, 3, 4, 5, 6, 11]
    assert [item.number for item in items if item.serves == "children"] == [7, 8, 9, 10, 26, 27, 28, 29, 30]
    across = queries.crosswalk(day)
    assert across[3] == (101, 111, 112)
    assert 12 not in across
    assert queries.function_names(day)[113] == "儿童憩戏"
    assert list(queries.catalogue_items(queries.CATALOGUE_GONGSHU, date(2020, 1, 1))) == []
    assert queries.crosswalk(date(2020, 1, 1)) == {}


def test_the_metrics_say_which_ledgers_there_are(loaded):
    metrics = queries.metrics(date(2026, 9, 30))
    assert metrics["floor_area_documented"].is_structural
    assert not metrics["culture_hours_week"].is_recorded
    assert set(queries.ruleset_read_as(queries.versions_in_force(GONGSHU, date(2026, 9, 30))).metrics) <= set(metrics)
    assert queries.metrics(date(2020, 1, 1)) == {}


def test_the_rule_set_of_the_database_is_that_of_the_files(loaded):
    built = queries.ruleset_read_as(queries.versions_in_force(GONGSHU, date(2026, 9, 30)))
    assert built.content_hash == rules().content_hash
    assert built.versions == ("gongshu@2025-draft", "hangzhou@2025")


def test_standards_of_different_registers_are_not_judged_together(loaded, own_files):
    register = changed(
        own_files / "standards" / "interpretations.toml",
        ('number = "2025.1"', 'number = "2027"'),
        ("effective_from = 2025-05-01", "effective_from = 2027-01-01"),
    )
    successor = changed(
        own_files / "standards" / "gongshu-2025.toml", *SUCCESSOR, ('register = "2025.1"', 'register = "2027"')
    )
    operations.load([register, successor])
    with pytest.raises(ValueError, match="share one register"):
        queries.ruleset_read_as(queries.versions_in_force(GONGSHU, date(2027, 1, 1)))
