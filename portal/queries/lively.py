"""What a facility's page says of its life: 热活度 with the part of each indicator, and the calendar of the frequencies."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from assessments.models import Verdict, VitalityRun, VitalityScore
from assessments.rules.packing import Layout
from assessments.rules.vitality import MARK_WORDS, Mark, from_columns
from engagement.queries.service import DutySheet, service_sheet
from facilities.models import Facility, Lifecycle
from standards.queries.liveliness import service_standard, vitality_scale_named
from standards.rules import MISSING
from standards.rules.service import Duty, Slot, SlotState, shortfall_of
from standards.rules.vitality import Indicator, Scale, score

STATE_WORDS = {
    SlotState.MET: ("达标", "pass", "check"),
    SlotState.MISSED: ("未达", "fail", "x"),
    SlotState.UNKNOWN: ("待确认", "warn", "circle-alert"),
    SlotState.POSSIBLE: ("还来得及", "info", "clock"),
    SlotState.IDLE: ("不适用", "", "minus"),
}
# Where the records stand that an indicator is counted from: a ledger of `engagement`, or a tab of the facility.
SOURCES = {
    "gathering": ("visits", "到访人次"),
    "reach": ("figures", "月度数据"),
    "group_reach": ("figures", "月度数据"),
    "supply": ("activities", "活动"),
    "room_use": ("figures", "月度数据"),
    "hours_kept": ("hours", "开放时间"),
    "functions_alive": ("figures", "月度数据"),
    "returning": ("figures", "月度数据"),
    "satisfaction": ("surveys", "满意度调查"),
    "closed_in_time": ("complaints", "投诉与问题"),
    "partners_active": ("activities", "活动"),
    "charity": ("", "公益创投"),
    "space_and_balance": ("figures", "月度数据"),
}


def points_text(hundredths: int) -> str:
    """6850 → 68.5"""
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Part:
    """One indicator of a score."""

    indicator: Indicator
    points: int
    known: bool
    value: str
    capped: bool
    ledger: str
    source: str

    @property
    def full(self) -> int:
        return self.indicator.weight * 100

    @property
    def points_text(self) -> str:
        return points_text(self.points)

    @property
    def range_text(self) -> str:
        unit = self.indicator.unit
        return f"{points_text(self.indicator.floor)}–{points_text(self.indicator.target)} {unit}"


@dataclass(frozen=True, slots=True)
class Score:
    """A stored score told in words. rank, peers: among facilities of the same tier in the district, in that quarter."""

    quarter: str
    scale: Scale
    score: int
    folded: int
    best: int
    coverage: int
    grade: str
    previous: int
    marks: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    peers: int = 0
    rank: int = 0
    median: int = 0

    @property
    def change(self) -> int | None:
        return None if self.previous < 0 else self.score - self.previous

    @property
    def score_text(self) -> str:
        return points_text(self.score)

    @property
    def folded_text(self) -> str:
        return points_text(self.folded)

    @property
    def best_text(self) -> str:
        return points_text(self.best)

    @property
    def previous_text(self) -> str:
        return points_text(self.previous)

    @property
    def median_text(self) -> str:
        return points_text(self.median)

    @property
    def weakest(self) -> list[Part]:
        """The three indicators with the most points to win, those with a value first."""
        return sorted(self.parts, key=lambda part: (not part.known, part.points - part.full))[:3]


def grade_name(scale: Scale, grade: int) -> str:
    return scale.grades[grade].name if grade >= 0 else "不评级"


def told(row: VitalityScore, run: VitalityRun, scale: Scale | None = None, **peers: int) -> Score:
    """A row in words, scored again from the values that it stores."""
    scale = scale or vitality_scale_named(run.scale)
    values, flags = from_columns(Layout.parse(run.layout).unpack([bytes(row.values)]))
    found = score(scale, values, flags, 1)
    parts = []
    for number, indicator in enumerate(scale.indicators):
        ratio = values[indicator.metric]
        known = bool(found.known[0, number])
        value = f"{ratio.numerator[0] / ratio.denominator[0]:,.2f} {indicator.unit}" if known else "没有数据"
        capped = known and bool(indicator.capped_by) and int(flags[indicator.capped_by][0]) != 1
        ledger, source = SOURCES[indicator.metric]
        parts.append(Part(indicator, int(found.points[0, number]), known, value, capped, ledger, source))
    marks = tuple(MARK_WORDS[mark] for mark in Mark if row.marks & mark)
    return Score(
        row.run.quarter, scale, row.score, int(found.folded[0]), int(found.best_score[0]), row.coverage,
        grade_name(scale, row.grade), row.prev_score, marks, tuple(parts), **peers,
    )  # fmt: skip


def scores_of(facility: Facility, quarter: str | None) -> tuple[Score | None, list[VitalityScore]]:
    """The score of a quarter (the newest without one) and the rows of all quarters, oldest first."""
    newest: dict[str, VitalityScore] = {}
    rows = VitalityScore.objects.filter(facility=facility).select_related("run__vitality").order_by("run__revision")
    for row in rows:
        newest[row.run.quarter] = row
    history = [newest[text] for text in sorted(newest)]
    if not history:
        return None, []
    chosen = newest.get(quarter or "", history[-1])
    return told(chosen, chosen.run.vitality, **_peers(chosen)), history


def _peers(row: VitalityScore) -> dict[str, int]:
    """Rank and median among the facilities of the same tier in the same run, as far as they are in sight."""

    tier = Verdict.objects.filter(run=row.run_id, facility=row.facility_id).values_list("tier", flat=True).first()
    same = Verdict.objects.filter(run=row.run_id, tier=tier).values("facility_id")
    scores = sorted(VitalityScore.objects.filter(run=row.run_id, facility_id__in=same).values_list("score", flat=True))
    if len(scores) < 2:
        return {}
    return {
        "peers": len(scores),
        "rank": 1 + sum(score > row.score for score in scores),
        "median": scores[len(scores) // 2],
    }


# --- the calendar of the frequencies ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """One slot, or one month of daily or weekly slots: its words, tone and icon."""

    label: str
    words: str
    tone: str
    icon: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One duty as the calendar shows it. forecast: what happens if nothing is done, and by when; empty where nothing looms."""

    duty: Duty
    words: str
    tone: str
    icon: str
    cells: tuple[Cell, ...]
    summary: str
    forecast: str


def calendar(facility: Facility, day: date, today: date) -> list[Line]:
    """Every frequency of the year of `day`, slot by slot, as known on that day."""
    standard = service_standard(facility.division_code, day)
    if standard is None:
        return []
    sheet = service_sheet(standard, np.array([facility.pk], np.int64), day, day_is_over=day < today)
    return [_line(duty, day) for duty in sheet.duties]


def is_open(facility: Facility, day: date) -> bool:
    return facility.states.in_force(day).filter(lifecycle=Lifecycle.OPEN).exists()


def _line(sheet: DutySheet, day: date) -> Line:
    states, values = sheet.states[0], sheet.values[0]
    words, tone, icon = STATE_WORDS[SlotState(int(sheet.standing[0]))]
    return Line(sheet.duty, words, tone, icon, tuple(_cells(sheet, states, values)), _summary(sheet, states, values),
                _forecast(sheet, states, values, day))  # fmt: skip


def _cells(sheet: DutySheet, states, values):
    """Months one by one; days and weeks gathered by the month in which they end, the worst state first."""
    if sheet.duty.slot in (Slot.DAY, Slot.WEEK):
        for month in range(1, 13):
            mine = [int(s) for s, slot in zip(states, sheet.slots, strict=True) if slot.last.month == month]
            worst = next((s for s in (0, 2, 3, 1) if s in mine), SlotState.IDLE)
            due = [s for s in mine if s != SlotState.IDLE]
            met = due.count(SlotState.MET)
            word = "天" if sheet.duty.slot == Slot.DAY else "周"
            yield Cell(f"{month} 月", *STATE_WORDS[SlotState(worst)], f"{met} / {len(due)} {word}" if due else "")
        return
    unit = sheet.duty.criterion.unit
    for state, value, slot in zip(states, values, sheet.slots, strict=True):
        label = (
            f"{slot.first.month} 月"
            if sheet.duty.slot == Slot.MONTH
            else "全年"
            if sheet.duty.slot == Slot.YEAR
            else "现在"
        )
        note = "" if value == MISSING or state == SlotState.IDLE else f"{value} {unit}"
        yield Cell(label, *STATE_WORDS[SlotState(int(state))], note)


def _summary(sheet: DutySheet, states, values) -> str:
    duty, unit = sheet.duty, sheet.duty.criterion.unit
    due = [int(s) for s in states if s != SlotState.IDLE]
    if not due:
        return "没有开设这项功能，或这段时间没有要做的"
    if (values == MISSING).all():
        return "没有人记这本账，登记后才能判"
    if duty.slot in (Slot.YEAR, Slot.ALWAYS):
        return f"{int(values[0])} {unit}"
    if duty.needed is None:
        return f"文件没有写次数；今年共 {int(values[values != MISSING].sum())} {unit}"
    word = {Slot.MONTH: "个月", Slot.WEEK: "周", Slot.DAY: "天"}[duty.slot]
    over = [s for s in due if s != SlotState.POSSIBLE]
    missed = over.count(SlotState.MISSED)
    return f"已过 {len(over)} {word}，达到 {over.count(SlotState.MET)} {word}" + (
        f"，缺 {missed} {word}" if missed else ""
    )


def _forecast(sheet: DutySheet, states, values, day: date) -> str:
    duty = sheet.duty
    if duty.slot not in (Slot.YEAR, Slot.MONTH, Slot.WEEK):
        return ""
    for state, value, slot in zip(states, values, sheet.slots, strict=True):
        if state == SlotState.POSSIBLE and slot.first <= day <= slot.last:
            lacking = shortfall_of(duty, int(value))
            if lacking:
                left = (slot.last - day).days
                return f"{slot.last:%m-%d} 前还差 {lacking} {duty.criterion.unit}，剩 {left} 天；不补就是未达。{duty.advice}。"
    return ""
