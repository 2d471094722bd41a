"""A concordance file (区划变更对照表): which division becomes which, checked line by line before anything happens.

Pure reading and checking; what it does to the registry is `portal.operations.reorganise`.
"""

import csv
import hashlib
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from tenants.rules import CITY_WIDTH, COMMUNITY_WIDTH, DISTRICT_WIDTH, STREET_WIDTH, code_range

COLUMNS = ("kind", "level", "old_code", "old_name", "new_code", "new_name", "facilities", "effective_on", "source")
WIDTHS = {"city": CITY_WIDTH, "district": DISTRICT_WIDTH, "street": STREET_WIDTH, "community": COMMUNITY_WIDTH}
LEVELS = {"city": "市", "district": "区", "street": "街道", "community": "社区"}
REST = "*"


class Kind(StrEnum):
    SAME = "same"
    RECODE = "recode"
    RENAME = "rename"
    MERGE = "merge"
    SPLIT = "split"
    CLOSE = "close"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Line:
    """One division before and after. `facilities`: registry numbers that go this way in a split; `takes_rest`: all others."""

    place: str  # file:line
    kind: Kind
    level: str
    old: int | None
    old_name: str
    new: int | None
    new_name: str
    facilities: tuple[str, ...] = ()
    takes_rest: bool = False

    @property
    def ends(self) -> bool:
        """Whether the division before ceases to exist, be it that one with its code follows."""
        return self.old is not None and self.kind is not Kind.SAME


@dataclass(frozen=True, slots=True)
class Held:
    """A division as the database has it: `in_force` False for one that has ended."""

    code: int
    name: str
    level: str
    valid_from: date | None
    in_force: bool


@dataclass(frozen=True)
class Concordance:
    name: str
    content: str
    lines: tuple[Line, ...]
    effective_on: date
    source: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()

    @property
    def codes(self) -> set[int]:
        return {code for line in self.lines for code in (line.old, line.new) if code is not None}


class ConcordanceError(Exception):
    """What is wrong with a file, each as `file:line: …`. Nothing was changed."""

    def __init__(self, problems: list[str]):
        super().__init__("\n".join(problems))
        self.problems = problems


def read_concordance(path: Path) -> Concordance:
    """Read a file and check it in itself. Raises ConcordanceError with every fault."""
    content = path.read_bytes().decode("utf-8-sig", errors="replace")
    reader = csv.DictReader(io.StringIO(content, newline=""))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise ConcordanceError([f"{path.name}:1: 表头应为 {','.join(COLUMNS)}"])
    reading = _Reading()
    for values in reader:
        reading.take(f"{path.name}:{reader.line_num}", values)
    problems = reading.problems + _within_the_file(reading.lines)
    if not reading.lines and not problems:
        problems.append(f"{path.name}:2: 没有一行变更")
    if len(reading.dates) > 1:
        problems.append(f"{reading.dates[sorted(reading.dates)[1]]}: 一份对照表只能有一个生效日")
    if problems:
        raise ConcordanceError(problems)
    return Concordance(path.name, content, tuple(reading.lines), next(iter(reading.dates)), reading.source)


@dataclass
class _Reading:
    lines: list[Line] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    dates: dict[date, str] = field(default_factory=dict)
    source: str = ""

    def take(self, place: str, values: dict) -> None:
        if None in values or None in values.values():
            self.problems.append(f"{place}: 应有 {len(COLUMNS)} 列")
            return
        texts = {key: value.strip() for key, value in values.items()}
        try:
            self.lines.append(_line(place, texts))
            self.dates.setdefault(_day(texts["effective_on"]), place)
            if not texts["source"]:
                raise ValueError("source 要写明依据的文件")
            self.source = self.source or texts["source"][:200]
        except ValueError as error:
            self.problems.append(f"{place}: {error}")


def _line(place: str, texts: dict[str, str]) -> Line:
    if texts["kind"] not in set(Kind):
        raise ValueError(f"kind “{texts['kind']}”应为 {'、'.join(Kind)} 之一")
    kind, level = Kind(texts["kind"]), texts["level"]
    if level not in WIDTHS or level == "city":
        raise ValueError(f"level “{level}”应为 district、street、community 之一")
    old, new = (_code(texts[f"{side}_code"], level) for side in ("old", "new"))
    _demand_sides(kind, old, new, texts)
    words = [word for word in re.split(r"[\s;；、]+", texts["facilities"]) if word]
    if words and kind is not Kind.SPLIT:
        raise ValueError("只有 split 才写 facilities")
    named = tuple(word for word in words if word != REST)
    return Line(place, kind, level, old, texts["old_name"], new, texts["new_name"], named, REST in words)


def _demand_sides(kind: Kind, old: int | None, new: int | None, texts: dict[str, str]) -> None:
    for side, code, absent in (("old", old, kind is Kind.OPEN), ("new", new, kind is Kind.CLOSE)):
        if absent != (code is None):
            raise ValueError(f"{kind} {'不写' if absent else '要写'} {side}_code")
        if absent == bool(texts[f"{side}_name"]):
            raise ValueError(f"{kind} {'不写' if absent else '要写'} {side}_name")
    same_code, same_name = old == new, texts["old_name"] == texts["new_name"]
    if kind is Kind.SAME and not (same_code and same_name):
        raise ValueError("same 的代码和名称都不变")
    if kind is Kind.RENAME and (not same_code or same_name):
        raise ValueError("rename 只改名称,代码不变")
    if kind is Kind.RECODE and same_code:
        raise ValueError("recode 的代码应有变化")


def _code(text: str, level: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) == 12 and text[0] != "0"):
        raise ValueError(f"“{text}”不是 12 位区划代码")
    code = int(text)
    if next(name for name, width in WIDTHS.items() if code % width == 0) != level:
        raise ValueError(f"{code} 不是{LEVELS[level]}的代码")
    return code


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"effective_on “{text}”应写成 2021-04-09 这样") from None


def _within_the_file(lines: list[Line]) -> list[str]:
    by_old: dict[int, list[Line]] = defaultdict(list)
    by_new: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.old is not None:
            by_old[line.old].append(line)
        if line.new is not None:
            by_new[line.new].append(line)
    problems = []
    for code, found in by_old.items():
        if len(found) > 1 and {line.kind for line in found} != {Kind.SPLIT}:
            problems.append(f"{found[1].place}: {code} 已在 {found[0].place} 写过")
        problems += _faults_of_split(found) if found[0].kind is Kind.SPLIT else []
    for code, found in by_new.items():
        alone = [line for line in found if line.kind not in {Kind.MERGE, Kind.SPLIT}]
        if len(alone) > 1 or (alone and len(found) > 1 and alone[0].kind is not Kind.SAME):
            problems.append(f"{found[1].place}: 新代码 {code} 已在 {found[0].place} 用过")
        if len({line.new_name for line in found}) > 1:
            problems.append(f"{found[1].place}: {code} 的新名称与 {found[0].place} 不同")
        if found[0].kind is Kind.MERGE and len(found) == 1:
            problems.append(f"{found[0].place}: merge 至少两行归到同一个新代码(被并入的一方写 merge 或 same)")
    return problems


def _faults_of_split(found: list[Line]) -> list[str]:
    problems = []
    if len(found) < 2:
        problems.append(f"{found[0].place}: split 至少写两行,每个去向一行")
    if len({line.new for line in found}) < len(found):
        problems.append(f"{found[0].place}: split 的两个去向相同")
    if sum(line.takes_rest for line in found) > 1:
        problems.append(f"{found[0].place}: 只能有一个去向写 {REST}(其余归它)")
    named = Counter(code for line in found for code in line.facilities)
    problems += [f"{found[0].place}: 设施 {code} 写了不止一个去向" for code, number in named.items() if number > 1]
    return problems


def against_divisions(concordance: Concordance, held: Iterable[Held], today: date) -> list[str]:
    """What does not fit the divisions that there are: every fault as `file:line: …`."""
    every = list(held)
    in_force = {division.code: division for division in every if division.in_force}
    ended = {line.old for line in concordance.lines if line.old is not None and line.ends}
    after = (in_force.keys() - ended) | {line.new for line in concordance.lines if line.new is not None}
    named = {line.old: line for line in concordance.lines if line.old is not None}
    predecessors = {(line.old, line.new) for line in concordance.lines}
    known_codes = {division.code for division in every}
    problems = []
    if concordance.effective_on > today:
        problems.append(f"{concordance.lines[0].place}: 生效日 {concordance.effective_on} 未到,到当天再执行")
    for line in concordance.lines:
        if line.old is not None:
            problems += _faults_of_old(line, in_force.get(line.old), concordance.effective_on)
        if line.new is None:
            continue
        if line.new in in_force and line.new not in ended:  # it goes on and takes something in: the file says so
            joins = line.kind is Kind.SAME or (line.kind in {Kind.MERGE, Kind.SPLIT} and line.new in named)
            problems += (
                [] if joins else [f"{line.place}: 代码 {line.new} 在用,不能再用(并入或划入它时,给它写一行 same)"]
            )
            continue
        if line.new in known_codes and (line.new, line.new) not in predecessors:
            problems.append(f"{line.place}: 代码 {line.new} 属于或曾属于另一个区划,不能再用")
        if _parent(line.new, line.level) not in after:
            problems.append(f"{line.place}: {line.new} 的上级 {_parent(line.new, line.level)} 不存在")
    for code, division in in_force.items():
        above = next((old for old in ended if old != code and code in code_range(old)), None)
        if above is not None and code not in named:
            problems.append(f"{named[above].place}: {code} {division.name} 在 {above} 之下,对照表没有写它的去向")
    return problems


def _faults_of_old(line: Line, division: Held | None, effective_on: date) -> list[str]:
    if division is None:
        return [f"{line.place}: {line.old} 不是现行区划"]
    if division.name != line.old_name:
        return [f"{line.place}: {line.old} 现名“{division.name}”,对照表写作“{line.old_name}”"]
    if line.ends and division.valid_from and division.valid_from >= effective_on:
        return [f"{line.place}: {line.old} 自 {division.valid_from} 起才有,不能在 {effective_on} 变更"]
    return []


def _parent(code: int, level: str) -> int:
    above = {"district": CITY_WIDTH, "street": DISTRICT_WIDTH, "community": STREET_WIDTH}[level]
    return code // above * above
