"""The shared marks, words, charts and maps, and the menu of each role."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.template import Context, Template

from portal import charts, maps, wording
from portal.navigation import menu
from portal.queries.overview import Counts
from tenants.rules import Role, code_range

ROOT = Path(__file__).resolve().parents[2]


def drawn(source: str, **context) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def test_every_icon_that_a_template_names_is_there():
    named = {
        name
        for template in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r'{% icon "([^"]+)"', template.read_text("utf-8"))
    }
    assert len(named) > 30
    for name in named:
        assert "<svg" in drawn(f'{{% icon "{name}" %}}'), name


def test_numbers_carry_their_unit_and_missing_ones_say_so():
    assert [wording.area_text(value) for value in (99999, 100000, 0, None)] == ["999.99 ㎡", "1,000 ㎡", "0 ㎡", "未填"]
    assert [wording.yuan_text(value) for value in (15_000_000, 999_999, 10, None)] == [
        "15 万元",
        "9,999.99 元",
        "0.1 元",
        "未填",
    ]
    assert wording.m2_text(Decimal("1200.50")) == "1,200.5 ㎡"
    assert [wording.quarter_text(text) for text in ("2026-Q3", "去年")] == ["2026 年第三季度", "去年"]
    assert [wording.day_text(day) for day in (date(2026, 9, 30), None)] == ["2026-09-30", ""]


@pytest.mark.parametrize(
    ("value", "css", "name"),
    [(2, "tier-2", "示范型"), (1, "tier-1", "普惠型"), (0, "tier-0", "未入名录"), (None, "tier-x", "未评")],
)
def test_a_tier_is_told_by_shape_word_and_class(value, css, name):
    mark = drawn("{% tier value %}", value=value)
    assert css in mark
    assert mark.count("<svg") == 1
    assert mark.endswith(f"{name}</span>")


def test_an_outcome_with_words_still_says_what_it_is_to_screen_readers():
    assert drawn("{% outcome 0 '≥ 1,000 ㎡' %}").endswith('<span class="vh">未达：</span>≥ 1,000 ㎡</span>')
    assert drawn("{% outcome 2 %}").endswith("待确认</span>")


def test_pips_count_what_is_met():
    marks = drawn("{% pips outcomes %}", outcomes=(1, 0, 2, 1))
    assert [marks.count(f"pip-{kind}") for kind in ("met", "not", "unknown")] == [2, 1, 1]
    assert '<span class="vh">4 项达标 2 项</span>' in marks


@pytest.mark.parametrize(
    ("change", "words"),
    [(2, "比上季度 +2 座"), (-1, "比上季度 −1 座"), (0, "比上季度 不变"), (None, "比上季度没有数据")],
)
def test_a_change_has_its_sign(change, words):
    assert drawn("{% delta change %}", change=change).endswith(f"{words}</span>")


def test_words_from_outside_are_escaped():
    for source in (
        "{% outcome 1 x %}",
        "{% clause x quote=x document=x %}",
        "{% alert 'info' x x %}",
        "{% empty x x %}",
        "{% tier 1 x %}",
    ):
        assert "<script>" not in drawn(source, x="<script>")


def test_bars_start_at_zero_and_end_at_the_largest():
    assert 'class="fill" width="100.0"' in drawn("{% bar 5 10 %}")
    assert 'class="fill" width="200.0"' in drawn("{% bar 50 10 %}")
    assert 'class="fill" width="0.0"' in drawn("{% bar 0 0 %}")
    bars = charts.stacked_bars([("甲", (("a", 3), ("b", 1))), ("乙", (("a", 2), ("b", 0)))], left=10, width=40, step=20)
    assert [(bar.label, bar.y, bar.total) for bar in bars] == [("甲", 0, 4), ("乙", 20, 2)]
    assert [(s.css, s.x, s.width, s.middle) for s in bars[0].segments] == [
        ("a", 10.0, 30.0, 25.0),
        ("b", 40.0, 10.0, 45.0),
    ]
    assert [s.css for s in bars[1].segments] == ["a"]
    assert charts.stacked_bars([]) == []


def test_the_grid_places_known_streets_by_bearing_and_appends_the_others():
    grid = maps.grid(330105000000, [330105001000, 330105099000])
    assert grid[0] == [0, 330105010000, 330105011000, 0]
    assert grid[-1] == [330105099000]
    assert maps.grid(1, [1, 2, 3, 4, 5]) == [[1, 2, 3, 4], [5]]


def test_outlines_mark_the_district_of_the_reader():
    def inside(code):
        features = maps.outlines(code_range(code))["features"]
        return [f["properties"]["name"] for f in features if f["properties"]["inside"]]

    assert inside(330105000000) == ["拱墅区"]
    assert inside(330105005052) == ["拱墅区"]
    assert len(inside(330100000000)) == 13


@pytest.mark.parametrize(
    ("counts", "shade"),
    [
        (Counts(), 0),
        (Counts(judged=4, inclusive=1), 1),
        (Counts(judged=4, inclusive=2), 2),
        (Counts(judged=4, inclusive=3), 3),
        (Counts(judged=4, inclusive=4), 3),
        (Counts(judged=4, inclusive=3, demonstration=1), 4),
    ],
)
def test_the_shade_of_a_tile_follows_the_share_that_reaches_a_tier(counts, shade):
    assert counts.shade == shade


def test_a_role_finds_its_pages_and_no_others():
    def labels(role):
        return [link.label for _, links in menu(role, "portal:facility") for link in links]

    assert "总览" in labels(Role.DISTRICT_ADMIN)
    assert labels(Role.DISTRICT_ADMIN)[0] == "工作台"
    assert labels(Role.STREET_CLERK)[:3] == ["工作台", "总览", "设施台账"]
    assert "设施台账" not in labels(Role.ASSESSOR)
    assert labels(None) == []
    current = [
        link.label for _, links in menu(Role.STREET_CLERK, "portal:facility") for link in links if link.is_current
    ]
    assert current == ["设施台账"]


def test_no_template_carries_a_script_or_a_style_of_its_own():
    found = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "templates").rglob("*.html")
        for text in [path.read_text(encoding="utf-8")]
        if " style=" in text or "<style" in text or "<script>" in text or "hx-on" in text or " onclick=" in text
    ]
    assert found == []


def test_style_sheets_keep_to_what_chromium_86_knows():
    forbidden = ("color-mix(", ":has(", ":is(", ":where(", "@layer", "@container", "inset:", "aspect-ratio", "oklch(")
    found = {
        (path.name, word)
        for path in (ROOT / "static" / "css").glob("*.css")
        for word in forbidden
        if word in path.read_text(encoding="utf-8")
    }
    assert found == set()
    assert max(len(p.read_text(encoding="utf-8").splitlines()) for p in (ROOT / "static" / "css").glob("*.css")) < 400
