"""What people write into cells, read without guessing; the rest named with the likeliest correction."""

import contextlib
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facilities.imports import cells
from facilities.imports.cells import BadCell
from facilities.imports.sheets import Area, Choice, Fen, LastDay, Several

_FULL_WIDTH = str.maketrans("0123456789.-/,", "０１２３４５６７８９．－／，")


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("2026-03-01", date(2026, 3, 1)),
        ("2026.3.1", date(2026, 3, 1)),
        ("2026/3/1", date(2026, 3, 1)),
        ("2026年3月1日", date(2026, 3, 1)),
        ("2026年03月01号", date(2026, 3, 1)),
        ("２０２６．３．１", date(2026, 3, 1)),
        ("20260301", date(2026, 3, 1)),
        ("2026-03-01 00:00:00", date(2026, 3, 1)),
        ("46082", date(2026, 3, 1)),
        ("　2026 年 3 月 1 日 ", date(2026, 3, 1)),
        ("2024-02-29", date(2024, 2, 29)),
    ],
)
def test_a_date_is_read_in_each_way_people_write_it(raw, day):
    assert cells.day(raw) == day


@pytest.mark.parametrize(
    ("raw", "problem", "fix"),
    [
        ("2026-02-30", "“2026-02-30”这一天不存在", "2026-02-28"),
        ("2026-13-01", "“2026-13-01”这一天不存在", None),
        ("2026年3月", "“2026年3月”没有写到日", "2026-03-01"),
        ("26.3.1", "“26.3.1”的年份不全", "2026-03-01"),
        ("三月一日", "“三月一日”不是日期", None),
        ("1826-03-01", "“1826-03-01”的年份不像真的", None),
        ("12", "“12”不是日期", None),
    ],
)
def test_what_is_no_date_is_named_with_its_likeliest_correction(raw, problem, fix):
    with pytest.raises(BadCell) as bad:
        cells.day(raw)
    assert (bad.value.problem, bad.value.fix) == (problem, fix)


@given(st.dates(date(1955, 1, 1), date(2099, 12, 31)))
def test_every_day_survives_each_spelling(day):
    serial = str((day - date(1899, 12, 30)).days)
    spellings = [
        day.isoformat(),
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        day.strftime("%Y%m%d"),
        serial,
        day.isoformat().translate(_FULL_WIDTH),
    ]
    assert {cells.day(spelling) for spelling in spellings} == {day}


@given(st.decimals(min_value=Decimal("0.01"), max_value=Decimal("999999.99"), places=2))
def test_every_area_survives_each_spelling(area):
    spellings = [
        f"{area}",
        f"{area:,}",
        f"{area}㎡",
        f" {area} 平方米",
        f"{area:,}".translate(_FULL_WIDTH),
        repr(float(area)),
    ]
    assert {Area().parse(spelling) for spelling in spellings} == {area}


@given(st.text(max_size=20))
def test_no_text_whatever_breaks_a_normaliser(raw):
    for parse in (cells.day, cells.number, cells.boolean, cells.code, Area().parse, Fen().parse):
        with contextlib.suppress(BadCell):
            assert parse(raw) is not None


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("1,234.50", Decimal("1234.50")), ("1，234.5", Decimal("1234.5")), ("80%", Decimal("0.8")), ("15万元", Decimal(150_000)),
        ("1.5万", Decimal(15_000)), ("￥300", Decimal(300)), ("１２０", Decimal(120)), ("-3", Decimal(-3)), ("1e3", Decimal(1000)),
    ],
)  # fmt: skip
def test_numbers(raw, value):
    assert cells.number(raw) == value


@pytest.mark.parametrize(
    ("raw", "fix"), [("1,20", "120"), ("12,34,567", "1234567"), ("一百", None), ("12a", None), ("1.2.3", None)]
)
def test_a_doubtful_number_is_asked_about_and_not_guessed(raw, fix):
    with pytest.raises(BadCell) as bad:
        cells.number(raw)
    assert bad.value.fix == fix


@pytest.mark.parametrize(
    ("raw", "problem", "fix"),
    [
        ("333.333333", "“333.333333”的小数太多", "333.33"),
        ("0", "“0”超出范围", None),
        ("-5", "“-5”超出范围", None),
        ("80%", "“80%”是比例", None),
        ("1000000", "“1000000”超出范围", None),
    ],
)
def test_an_area_has_two_decimals_and_is_positive(raw, problem, fix):
    with pytest.raises(BadCell) as bad:
        Area().parse(raw)
    assert (bad.value.problem, bad.value.fix) == (problem, fix)


def test_money_is_written_in_yuan_and_kept_in_fen():
    assert [Fen().parse(raw) for raw in ("149999.99", "15万", "0")] == [14_999_999, 15_000_000, 0]
    assert Fen().show(14_999_999) == "149999.99"


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_the_last_day_is_kept_as_the_first_day_without(day):
    kept = LastDay().parse(day.isoformat())
    assert (kept, LastDay().show(kept)) == (day + timedelta(days=1), day.isoformat())


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("是", True),
        ("√", True),
        ("有", True),
        ("Y", True),
        ("１", True),
        ("否", False),
        ("无", False),
        ("×", False),
        ("0", False),
    ],
)
def test_yes_and_no(raw, value):
    assert cells.boolean(raw) is value


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("330105004051.0", "330105004051"),
        (" 330105005－02 ", "330105005-02"),
        ("３３０１０５", "330105"),
        ("330105005—02", "330105005-02"),
    ],
)
def test_codes(raw, code):
    assert cells.code(raw) == code


def test_a_code_that_excel_turned_into_scientific_notation_is_given_back_if_no_digit_is_lost():
    with pytest.raises(BadCell) as whole:
        cells.code("3.30105004051E+11")
    with pytest.raises(BadCell) as lost:
        cells.code("9.13301E+17")
    assert (whole.value.fix, lost.value.fix) == ("330105004051", None)


def test_choices_take_labels_and_offer_the_nearest():
    kind = Choice(values=(("market", "市场主体"), ("social", "社会组织")), also={"企业": "market"})
    assert kind.parse(" 市场 主体　") == "market"
    fixes = []
    for raw in ("企业", "市场主", "天书"):
        with pytest.raises(BadCell) as bad:
            kind.parse(raw)
        fixes.append(bad.value.fix)
    assert fixes == ["市场主体", "市场主体", None]


def test_several_choices_are_a_set():
    kind = Several(values=(("a", "甲"), ("b", "乙")))
    assert (kind.parse("乙、甲，甲"), kind.show(["a", "b"])) == (["a", "b"], "甲、乙")


def test_names_lose_blanks_and_invisible_characters_but_keep_their_punctuation():
    assert cells.text("　云橹 \u200b幸福家园（二期）１ ") == "云橹 幸福家园（二期）1"


@pytest.mark.parametrize(("raw", "odd"), [("\ue863园", "\ue863"), ("園", ""), ("𠮷", "")])
def test_private_use_characters_are_found(raw, odd):
    assert cells.private_use(raw) == odd
