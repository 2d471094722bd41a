"""The list of requirements, and the command that says which of them have tests."""

import pytest
from django.core.management import call_command

from standards.coverage import marked_tests, requirements
from tests.standards import files
from tests.standards.test_documents import ALL_CLAUSES

LISTED = requirements(files.ROOT / "docs" / "requirements.csv")


def test_every_requirement_is_listed_once_and_names_an_existing_clause():
    assert len({each.id for each in LISTED}) == len(LISTED)
    assert [each.id for each in LISTED if each.clause and each.clause not in ALL_CLAUSES] == []


def test_every_requirement_that_a_test_names_is_listed():
    assert set(marked_tests(files.ROOT / "tests")) <= {each.id for each in LISTED}


@pytest.mark.parametrize("requirement", ["ARE-1", "ARE-2", "ARE-3", "ARE-4", "ARE-5", "FND-2", "FUN-1", "FUN-2", "REG-1", "REG-2",
    "REG-11", "STD-1", "STD-3", "STD-6", "STD-7", "STD-10", "STD-11", "STD-12", "STD-13", "STD-16", "TIER-1", "TIER-2", "TIER-3",
    "TIER-4", "TIER-6", "TIER-7", "TIER-8", "DOC-1", "DOC-3", "DOC-4", "DOC-6", "DOC-7", "HOT-1", "PUB-4"])  # fmt: skip
def test_the_requirements_of_the_standards_have_tests(requirement):
    assert marked_tests(files.ROOT / "tests")[requirement] > 0


def test_markers_are_found_on_functions_classes_modules_and_in_clause_tests(tmp_path):
    (tmp_path / "test_a.py").write_text(
        "import pytest\n"
        "pytestmark = [pytest.mark.django_db, pytest.mark.requirement('M-1')]\n"
        "@pytest.mark.requirement('F-1', 'F-2')\n"
        "def test_one(): pass\n"
        "def helper(): pass\n"
        "@pytest.mark.requirement('C-1')\n"
        "class TestThem:\n"
        "    def test_two(self): pass\n"
        "    @pytest.mark.requirement('C-1', 'F-1')\n"
        "    def test_three(self): pass\n"
    )
    (tmp_path / "b.toml").write_text(
        '[[clause]]\nrequirements = ["T-1"]\ncase = [{ type = ["x", "y"] }, { type = ["x"] }]\n'
    )
    assert marked_tests(tmp_path) == {"M-1": 3, "F-1": 2, "F-2": 1, "C-1": 2, "T-1": 3}


def test_the_command_lists_both(capsys):
    call_command("requirements_coverage")
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[1:4] == ["TIER-2", "M5", "拱墅"] and int(line.split()[0]) > 20 for line in lines[:-1])
    assert lines[-1].startswith(
        f"{sum(1 for each in lines[:-2] if int(each.split()[0]))} of {len(LISTED)} requirements"
    )
