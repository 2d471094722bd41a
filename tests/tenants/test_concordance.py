"""A concordance file in itself: the real one of 2021, and every fault by file and line."""

from collections import Counter

import pytest

from tenants.concordance import COLUMNS, ConcordanceError, Held, Kind, against_divisions, read_concordance
from tests.portal.merger import DAY, THE_FILE, TODAY, concordance_of

A, B, C = (330103003051, "甲社区"), (330103003052, "乙社区"), (330103003053, "丙社区")
HERE = "change.csv"


def problems(folder, *lines) -> list[str]:
    with pytest.raises(ConcordanceError) as error:
        read_concordance(concordance_of(folder, *lines))
    return error.value.problems


def test_the_file_of_2021_names_every_division_of_both_districts():
    lines = read_concordance(THE_FILE).lines
    assert Counter((str(line.kind), line.level) for line in lines) == {
        ("merge", "district"): 2,
        ("recode", "street"): 8,
        ("recode", "community"): 75,
        ("same", "street"): 10,
        ("same", "community"): 99,
    }


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ({"kind": "moved", "old": A, "new": B}, "kind “moved”应为"),
        ({"kind": "recode", "level": "city", "old": A, "new": B}, "level “city”应为"),
        ({"kind": "recode", "old": ("33010300305", "甲社区"), "new": B}, "不是 12 位区划代码"),
        ({"kind": "recode", "level": "street", "old": A, "new": B}, "330103003051 不是街道的代码"),
        ({"kind": "recode", "old": A, "new": A}, "recode 的代码应有变化"),
        ({"kind": "same", "old": A, "new": (A[0], "别名社区")}, "same 的代码和名称都不变"),
        ({"kind": "rename", "old": A, "new": A}, "rename 只改名称"),
        ({"kind": "close", "old": A, "new": B}, "close 不写 new_code"),
        ({"kind": "open", "old": A, "new": B}, "open 不写 old_code"),
        ({"kind": "recode", "old": A}, "recode 要写 new_code"),
        ({"kind": "recode", "old": A, "new": B, "facilities": "*"}, "只有 split 才写 facilities"),
        ({"kind": "recode", "old": A, "new": B, "day": "去年"}, "应写成 2021-04-09 这样"),
        ({"kind": "recode", "old": A, "new": B, "source": ""}, "source 要写明依据"),
    ],
)
def test_a_faulty_line_is_named(tmp_path, line, fault):
    [problem] = [text for text in problems(tmp_path, line) if "没有一行" not in text]
    assert problem.startswith(f"{HERE}:2: ")
    assert fault in problem


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([{"kind": "recode", "old": A, "new": B}, {"kind": "close", "old": A}], f"{A[0]} 已在 {HERE}:2 写过"),
        (
            [{"kind": "recode", "old": A, "new": C}, {"kind": "recode", "old": B, "new": C}],
            f"新代码 {C[0]} 已在 {HERE}:2",
        ),
        ([{"kind": "merge", "old": A, "new": C}], "merge 至少两行"),
        ([{"kind": "split", "old": A, "new": C}], "split 至少写两行"),
        (
            [{"kind": "split", "old": A, "new": n, "facilities": "*"} for n in (B, C)],
            "只能有一个去向写 *",
        ),
        (
            [{"kind": "split", "old": A, "new": n, "facilities": "330103003-01"} for n in (B, C)],
            "设施 330103003-01 写了不止一个去向",
        ),
        (
            [{"kind": "merge", "old": A, "new": C}, {"kind": "merge", "old": B, "new": (C[0], "丁社区")}],
            "新名称与",
        ),
        (
            [{"kind": "recode", "old": A, "new": C}, {"kind": "close", "old": B, "day": "2026-11-01"}],
            "只能有一个生效日",
        ),
    ],
)
def test_lines_that_contradict_each_other_are_named(tmp_path, lines, fault):
    found = problems(tmp_path, *lines)
    assert any(fault in text for text in found), found
    assert all(text.startswith(f"{HERE}:") for text in found)


def test_other_columns_and_short_lines_are_named(tmp_path):
    path = tmp_path / HERE
    path.write_text("code,name\n1,2\n", encoding="utf-8")
    with pytest.raises(ConcordanceError, match=r"change\.csv:1: 表头应为 kind,level"):
        read_concordance(path)
    path.write_text(",".join(COLUMNS) + "\nsame,community\n", encoding="utf-8")
    with pytest.raises(ConcordanceError, match=r"change\.csv:2: 应有 9 列"):
        read_concordance(path)


def held(*divisions, ended=()):
    whole = [
        ((330100000000, "杭州市"), "city"),
        ((330103000000, "下城区"), "district"),
        ((330103003000, "天水街道"), "street"),
    ]
    rows = [*whole, *((division, "community") for division in divisions)]
    return [Held(code, name, level, None, True) for (code, name), level in rows] + [
        Held(code, name, "community", None, False) for code, name in ended
    ]


def test_a_code_that_belonged_to_another_division_is_never_given_again(tmp_path):
    """Otherwise those who hold it would read the history of somebody else."""
    concordance = read_concordance(concordance_of(tmp_path, {"kind": "recode", "old": A, "new": C}))
    assert against_divisions(concordance, held(A), TODAY) == []
    [problem] = against_divisions(concordance, held(A, ended=[C]), TODAY)
    assert "属于或曾属于另一个区划" in problem
    there = {"kind": "recode", "old": A, "new": (B[0], "甲社区")}
    back = {"kind": "recode", "old": B, "new": (A[0], "乙社区")}
    swap = concordance_of(tmp_path, there, back)
    assert len(against_divisions(read_concordance(swap), held(A, B), TODAY)) == 2


def test_what_does_not_fit_the_divisions_is_named(tmp_path):
    street = {"kind": "recode", "level": "street", "old": (330103003000, "天水街道"), "new": (330104003000, "天水街道")}
    concordance = read_concordance(concordance_of(tmp_path, street))
    found = against_divisions(concordance, held(A), DAY.replace(month=9))
    assert [text.partition(": ")[2] for text in found] == [
        f"生效日 {DAY} 未到,到当天再执行",
        "330104003000 的上级 330104000000 不存在",
        "330103003051 甲社区 在 330103003000 之下,对照表没有写它的去向",
    ]
    assert concordance.lines[0].kind is Kind.RECODE
