"""Finds out which sheet of the registry each sheet of a file is, and which column each of its columns."""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from facilities.imports import cells
from facilities.imports.rows import Row
from facilities.imports.sheets import Column, Sheet, all_sheets
from facilities.imports.template import EXAMPLE, GUIDE

_HEAD_ROWS = 10  # titles and notes may stand above the header
_TOTALS = ("合计", "总计", "小计")
_SIGNER = ("填表人", "填报人", "制表人", "审核人", "填表单位", "填表日期")


@dataclass
class Recognised:
    """The rows of a file, and what is to be said about the file as a whole."""

    rows: list[Row] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def letter(index: int) -> str:
    """The letter of a column counted from 0: A, B, …, Z, AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def recognise(sheets: list[dict[str, Any]]) -> Recognised:
    found = Recognised()
    for raw in sheets:
        _sheet(found, raw)
    if not found.rows and not found.errors:
        found.errors.append("没有找到要导入的行。表头要和模板一致，第 2 行的示例会跳过。")
    return found


def _sheet(found: Recognised, raw: dict[str, Any]) -> None:
    if raw["name"] == GUIDE or not raw["rows"]:
        return
    spec, columns, head = _best(raw)
    title = raw["name"] or "表格"
    if spec is None:
        found.notices.append(f"工作表“{title}”没有认出来，没有读。表头要和模板一致。")
        return
    if raw["hidden"]:
        found.notices.append(f"工作表“{title}”是隐藏的，也读了。")
    missing = [c.title for c in spec.columns if c.required == "always" and c.key not in columns.values()]
    if missing:
        found.errors.append(f"工作表“{title}”缺少列：{'、'.join(missing)}。请用模板的表头。")
        return
    unknown = _unknown(raw, columns, head)
    if unknown:
        found.notices.append(f"工作表“{title}”里这些列没有用到：{'、'.join(unknown)}。")
    hidden = [spec.by_key[columns[i]].title for i in raw["hidden_columns"] if i in columns]
    if hidden:
        found.notices.append(f"工作表“{title}”里隐藏的列也读了：{'、'.join(hidden)}。")
    _rows(found, raw, spec, columns, head, title)


def _rows(found: Recognised, raw: dict[str, Any], spec: Sheet, columns: dict[int, str], head: int, title: str) -> None:
    letters = {key: letter(index) for index, key in columns.items()}
    hidden_rows = set(raw["hidden_rows"])
    filled = _merged(raw, head)
    broken = set(raw["broken"])
    skipped = 0
    for number, texts in raw["rows"]:
        if number <= head:
            continue
        remarks = []
        values: dict[str, str] = {}
        for index, key in columns.items():
            text = texts[index] if index < len(texts) else ""
            if f"{letter(index)}{number}" in broken:
                text = "#VALUE!"
            if not text.strip() and (number, index) in filled:
                text = filled[number, index]
                remarks.append((key, f"{letter(index)}{number} 是合并单元格，按“{text}”读"))
            values[key] = text
        first = next((text.strip() for text in texts if text.strip()), "")
        if first.startswith(EXAMPLE) or not any(not cells.is_blank(text) for text in values.values()):
            continue
        if (
            first.startswith(_SIGNER)
            or cells.plain(first).replace(" ", "").startswith(_TOTALS)
            or _is_head(spec, columns, texts)
        ):
            skipped += 1
            continue
        if number in hidden_rows:
            remarks.append(("", "这一行在表里是隐藏的"))
        found.rows.append(Row(spec, title, number, values, letters, remarks=remarks))
    if skipped:
        found.notices.append(f"工作表“{title}”里有 {skipped} 行是合计、落款或重复的表头，没有读。")


def _best(raw: dict[str, Any]) -> tuple[Sheet | None, dict[int, str], int]:
    """The specification whose columns the first rows name best; a sheet's own title decides between equals."""
    best: tuple[float, Sheet | None, dict[int, str], int] = (0, None, {}, 0)
    folded = _fold(raw["name"])
    for spec in all_sheets():
        named = folded in {_fold(spec.title), *map(_fold, spec.aliases)}
        for position, (number, texts) in enumerate(raw["rows"][:_HEAD_ROWS]):
            above = raw["rows"][position - 1][1] if position else []
            columns = _columns(spec, texts, above)
            always = [c.key for c in spec.columns if c.required == "always"]
            covered = sum(key in columns.values() for key in always)
            score = len(columns) + 0.5 * covered + (1.5 if named else 0) - (0 if covered == len(always) else 2)
            if len(columns) >= min(3, len(spec.columns)) and score > best[0]:
                best = (score, spec, columns, number)
    return best[1:]


def _columns(spec: Sheet, texts: list[str], above: list[str]) -> dict[int, str]:
    """Index → column key; where a head cell is empty, the one above it counts (merged over two rows)."""
    names = {name: column.key for column in reversed(spec.columns) for name in _names(column)}
    found: dict[int, str] = {}
    for index, text in enumerate(texts):
        folded = _fold(text) or (_fold(above[index]) if index < len(above) else "")
        key = names.get(folded)
        if key and key not in found.values():
            found[index] = key
    return found


@cache
def _names(column: Column) -> frozenset[str]:
    return frozenset(_fold(name) for name in (column.title, *column.aliases))


def _fold(text: str) -> str:
    """A heading without blanks, marks of obligation and units in brackets."""
    folded = re.sub(r"[\s*★＊※:：]", "", cells.plain(text)).lower()
    return re.sub(r"[\((](必填|选填|新增必填|m2|平方米|元|度|是/否|是否)[\))]", "", folded)


def _is_head(spec: Sheet, columns: dict[int, str], texts: list[str]) -> bool:
    """Whether a row repeats the header, as long tables do when they are printed."""
    first = min(columns)
    if first >= len(texts) or _fold(texts[first]) not in _names(spec.by_key[columns[first]]):
        return False
    same = sum(_fold(texts[i]) in _names(spec.by_key[key]) for i, key in columns.items() if i < len(texts))
    return same >= max(2, len(columns) // 2)


def _unknown(raw: dict[str, Any], columns: dict[int, str], head: int) -> list[str]:
    texts = next(texts for number, texts in raw["rows"] if number == head)
    return [" ".join(text.split())[:20] for index, text in enumerate(texts) if index not in columns and text.strip()][
        :10
    ]


def _merged(raw: dict[str, Any], head: int) -> dict[tuple[int, int], str]:
    """(row number, column) → text, for the cells of merged areas that show the text of their first cell."""
    at = dict(map(tuple, raw["rows"]))
    filled = {}
    for (top, left), (bottom, right) in raw["merged"]:
        texts = at.get(top + 1, [])
        if (
            top + 1 <= head
            or left >= len(texts)
            or not texts[left].strip()
            or (bottom - top) * (right - left + 1) > 5000
        ):
            continue
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                if (row, column) != (top, left):
                    filled[row + 1, column] = texts[left]
    return filled
