"""The public documents as kept in `fixtures/`, and that every quotation stands in them letter by letter."""

import hashlib
import tomllib

import pytest

from standards.rules.checks import problems
from standards.rules.clauses import ClauseError, Paragraph, paragraphs
from tests.standards import files

DOCUMENTS = ["gongshu-2025", "hangzhou-2025-57"]
STANDARDS = sorted(path.stem for path in (files.ROOT / "fixtures" / "standards").glob("*.toml"))


def sidecar(name):
    return tomllib.loads((files.ROOT / "fixtures" / "documents" / f"{name}.toml").read_text(encoding="utf-8"))


def text_of(name):
    return (files.ROOT / "fixtures" / "documents" / f"{name}.txt").read_bytes()


def clauses_of(name):
    data = sidecar(name)
    found = paragraphs(text_of(name).decode(), [(begins, number) for begins, number in data["named"]])
    return {f"{data['short_name']} {paragraph.number}": paragraph for paragraph in found}


ALL_CLAUSES = {reference: each.text for name in DOCUMENTS for reference, each in clauses_of(name).items()}


@pytest.mark.requirement("DOC-4")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_text_has_the_hash_that_its_sidecar_names(name):
    assert hashlib.sha256(text_of(name)).hexdigest() == sidecar(name)["sha256"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_person_to_contact_is_kept(name):
    for line in (text_of(name).decode() + str(sidecar(name))).splitlines():
        assert "联系人:" not in line
        assert "0571" not in line


@pytest.mark.requirement("DOC-4")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_clause_number_is_unique_and_every_line_kept(name):
    lines = text_of(name).decode().splitlines()
    assert [each.text for each in clauses_of(name).values()] == lines


@pytest.mark.requirement("DOC-4")
@pytest.mark.parametrize(
    ("reference", "begins", "parent"),
    [
        ("拱墅 三(一)1", "1.示范型。集成式阵地面积不少于1000平方米", "三(一)"),
        ("拱墅 三(二)1", "1.建立市场化运营机制。", "三(二)"),
        ("拱墅 四(二)", "(二)加强要素保障。", "四"),
        ("拱墅 附件 33", "33 | 社会组织服务中心", "附件"),
        ("杭州 一 第3段", "2025年底前", "一"),
        ("杭州 二(二)4", "4.建立服务清单。", "二(二)"),
        ("杭州 附件 一(一)1", "1.养老服务。", "附件 一(一)"),
        ("杭州 附件 四3", "3.跟踪管理。", "附件 四"),
    ],
)
def test_a_reference_finds_its_paragraph(reference, begins, parent):
    paragraph = {**clauses_of("gongshu-2025"), **clauses_of("hangzhou-2025-57")}[reference]
    assert paragraph.text.startswith(begins)
    assert paragraph.parent == parent


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_noted_defect_stands_in_its_clause(name):
    clauses, data = clauses_of(name), sidecar(name)
    for defect in data["defect"]:
        assert defect["text"] in clauses[f"{data['short_name']} {defect['clause']}"].text
        assert defect["note"]


def test_the_headings_are_told_from_the_paragraphs():
    headings = [each.number for each in clauses_of("hangzhou-2025-57").values() if each.is_heading]
    assert headings == [
        "一", "二", "二(一)", "二(二)", "二(三)", "二(四)", "附件", "附件 一", "附件 一(一)", "附件 一(二)",
        "附件 一(三)", "附件 一(四)", "附件 二", "附件 三", "附件 四",
    ]  # fmt: skip


def test_a_line_without_number_or_name_is_refused():
    with pytest.raises(ClauseError, match="no number and no name"):
        paragraphs("一句没有编号的话", [])


def test_a_name_without_its_line_is_refused():
    with pytest.raises(ClauseError, match="No line begins with “附录”"):
        paragraphs("一、总则", [("附录", "附录")])


def test_paragraphs_under_a_heading_are_counted():
    assert paragraphs("一、总则\n甲\n乙\n(一)分则。\n丙", []) == [
        Paragraph("一", "", True, "一、总则"),
        Paragraph("一 第1段", "一", False, "甲"),
        Paragraph("一 第2段", "一", False, "乙"),
        Paragraph("一(一)", "一", True, "(一)分则。"),
        Paragraph("一(一) 第1段", "一(一)", False, "丙"),
    ]


@pytest.mark.requirement("DOC-4", "STD-16")
@pytest.mark.parametrize("name", STANDARDS)
def test_every_quotation_stands_in_the_clause_that_is_named_for_it(name):
    metrics = [metric["key"] for metric in files.standard("metrics")["metric"]]
    assert problems(files.standard(name), ALL_CLAUSES, files.standard("interpretations"), metrics) == []


@pytest.mark.requirement("FUN-2")
def test_the_33_items_in_9_categories_and_7_domains():
    items = files.standard("catalogue-gongshu-33")["item"]
    assert [item["number"] for item in items] == list(range(1, 34))
    assert len({item["category"] for item in items}) == 9
    assert {item["domain"] for item in items if item["base"]} == {
        "养老育幼", "社区助餐", "家政便民", "健康服务", "体育健身", "文化休闲", "儿童游憩",
    }  # fmt: skip
    assert [item["number"] for item in items if not item["base"]] == [31, 32, 33]
    assert all(item["domain"] == "" for item in items if not item["base"])


@pytest.mark.requirement("FUN-2")
def test_the_category_of_an_item_is_the_one_printed_above_it():
    category, printed = "", {}
    for line in text_of("gongshu-2025").decode().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if cells[0].isdigit():
            category = cells[1] if cells[2] else category
            printed[int(cells[0])] = (category, cells[2] or cells[1])
    assert printed == {
        item["number"]: (item["category"], item["name"]) for item in files.standard("catalogue-gongshu-33")["item"]
    }


@pytest.mark.requirement("STD-16")
def test_the_crosswalk_covers_all_items_and_says_what_it_leaves_open():
    crosswalk = files.standard("crosswalk")
    names = {item["number"]: item["name"] for item in files.standard("catalogue-gongshu-33")["item"]}
    city = {item["number"] for item in files.standard("catalogue-hangzhou-45x")["item"]}
    assert {link["item"]: link["name"] for link in crosswalk["link"]} == names
    covered = {number for link in crosswalk["link"] for number in link["city"]}
    assert covered <= city == set(range(101, 114))
    assert city - covered == {107}
    assert 107 in {number for gap in crosswalk["gap"] for number in gap["city"]}


@pytest.mark.requirement("DOC-6", "TIER-7")
def test_the_sub_items_make_nine_services():
    services = [item["service"] for item in files.standard("catalogue-hangzhou-45x")["item"]]
    assert services == [1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 9]
