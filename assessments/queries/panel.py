"""The live gap panel: what the engine says of facts that are on trial, beside what it says of the registry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assessments.queries.explain import Told, tell
from assessments.queries.gaps import Gap, gap_of
from assessments.queries.rule_sets import NoStandardError
from assessments.queries.rulebook import Rulebook, rulebook
from assessments.rules.explanation import Facts, Line
from assessments.rules.gap import Option, take
from assessments.rules.labels import tier_label
from standards.rules import Outcome, Tier
from standards.rules.amounts import written

_SHARES = (  # of the usable area, as 拱墅 三(二)1 and 杭州 二(四)9 ask
    ("multifunction_area", "多功能融合"),
    ("market_area", "市场化"),
    ("social_area", "社会化"),
    ("open24h_area", "24 小时"),
    ("office_area", "办公"),
)


@dataclass(frozen=True, slots=True)
class Tick:
    """One kind of step that can be tried: how often it is ticked, whether it can be taken, whether the cheapest path takes it."""

    option: Option
    times: int
    takes: bool
    on_path: bool


@dataclass(frozen=True)
class WhatIf:
    """What the engine gives once the ticked steps are done: the tier, and the gates whose outcome changes.

    left_out: titles of ticked steps that do not go together with one ticked before them, or cannot be taken.
    """

    tier: Tier
    tier_label: str
    headline: str
    turned: tuple[tuple[Line, str], ...]  # gate, the tier whose threshold it now meets
    left_out: tuple[str, ...] = ()

    @property
    def rises(self) -> bool:
        return bool(self.turned)


@dataclass(frozen=True)
class Panel:
    """told: None where nothing is judged; `reason` says why. before: the registry's tier. refused: rows that do not fit."""

    told: Told | None
    reason: str = ""
    before: Tier | None = None
    before_label: str = ""
    gap: Gap | None = None
    ticks: tuple[Tick, ...] = ()
    what_if: WhatIf | None = None
    totals: tuple[tuple[str, str, str], ...] = ()  # title, value, share
    refused: bool = False

    @property
    def near_ticks(self) -> list[Tick]:
        """Steps of the cheapest path, and whatever is ticked."""
        return [tick for tick in self.ticks if tick.on_path or tick.times]

    @property
    def other_ticks(self) -> list[Tick]:
        return [tick for tick in self.ticks if not (tick.on_path or tick.times)]

    @property
    def direction(self) -> int:
        """1 the draft raises the tier, −1 it lowers it, 0 neither."""
        if self.told is None or self.before is None:
            return 0
        return (self.told.tier > self.before) - (self.told.tier < self.before)


def panel(
    facts: Facts | None, registered: Facts | None, *, district: int, facility_id: int, day: date,
    ticked: Mapping[str, int], unread: str = "", refused: bool = False, book: Rulebook | None = None,
) -> Panel:  # fmt: skip
    """The panel for facts on trial. day: the quarter's last. ticked: step key → times. Pure but for reading the rules, unless
    `book` brings them, and the spaces that could be opened.
    """
    totals = _totals(facts) if facts else ()
    if facts is None:
        return Panel(None, _why_not(unread), refused=refused)
    try:
        book = book or rulebook(district, day)
    except NoStandardError as error:
        return Panel(None, str(error), totals=totals, refused=refused)
    told = _told(book, facts, day)
    before = None if registered is None else told.tier
    if registered is not None and registered is not facts:
        before = Tier(int(registered.judge(book.rules).tier[0]))
    way = gap_of(book.rules, facts, told.tier, day, facility_id=facility_id, words=book.words)
    options = way.options
    return Panel(
        told=told, before=before, before_label=tier_label(before) if before is not None else "", gap=way,
        ticks=_ticks(options, facts, ticked, way), what_if=_what_if(book, facts, told, options, ticked, day),
        totals=totals, refused=refused,
    )  # fmt: skip


def _why_not(unread: str) -> str:
    if unread == "error":
        return "台账里有算不了的数，先改好标出的几处，再看测算。"
    words = {"planned": "筹建中", "suspended": "暂停运行", "merged": "已并入别的设施", "withdrawn": "已撤销"}
    return f"这座设施{words.get(unread, '没有状态记录')}，这个季度不测算等级。填报照常。"


def _told(book: Rulebook, facts: Facts, day: date) -> Told:
    return tell(book.rules, facts, day, book.standard, book.ruled, book.words, book.versions)


def _ticks(options: Sequence[Option], facts: Facts, ticked: Mapping[str, int], way: Gap) -> tuple[Tick, ...]:
    """Everything that can be done; the steps of the cheapest path first, in its order, then by effort."""
    on_path = {step.key: place for place, step in enumerate(way.steps)}
    ordered = sorted(options, key=lambda option: (on_path.get(option.key, len(on_path)), option.effort, option.key))
    return tuple(
        Tick(
            option, ticked.get(option.key, 0), take(option, facts, max(1, ticked.get(option.key, 0))) is not None,
            option.key in on_path,
        )
        for option in ordered
    )  # fmt: skip


def _what_if(book: Rulebook, facts: Facts, told: Told, options, ticked, day: date) -> WhatIf | None:
    """The ticked steps in the order in which they can be taken: data first, then what is handed over, then the rest."""
    chosen = [(option, min(ticked.get(option.key, 0), option.at_most)) for option in options]
    chosen = [(option, times) for option, times in chosen if times > 0]
    if not chosen:
        return None
    after, claimed, left_out = facts, set(), []
    for option, times in sorted(chosen, key=lambda pair: (not pair[0].documents, not pair[0].uses)):
        tried = None if option.claims and option.claims in claimed else take(option, after, times)
        if tried is None:
            left_out.append(option.title)
            continue
        claimed.add(option.claims)
        after = tried
    then = _told(book, after, day)
    turned = []
    for now, later in zip(told.gates, then.gates, strict=True):
        for cell, changed in zip(now.cells, later.cells, strict=True):
            if cell.outcome != Outcome.MET and changed.outcome == Outcome.MET:
                turned.append((later, changed.tier_label))
    return WhatIf(then.tier, then.tier_label, then.headline, tuple(turned), tuple(left_out))


def _totals(facts: Facts) -> tuple[tuple[str, str, str], ...]:
    """Sums and shares as the engine counts them, in ㎡."""
    usable = facts.values.get("usable_area")
    rows = [("建筑面积（有证明）", _area(facts.values.get("floor_area_documented")), "")]
    rows.append(("可用面积", _area(usable), ""))
    for metric, title in _SHARES:
        value = facts.values.get(metric)
        share = f"{100 * value / usable:.1f} %" if value is not None and usable else ""
        rows.append((title, _area(value), share))
    return tuple(rows)


def _area(value: int | None) -> str:
    return "缺数据" if value is None else written(value, "㎡")
