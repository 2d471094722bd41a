"""What a concordance means here: which code becomes which, where each facility goes, and what has to be settled first."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from assessments.models import Run, RunState
from facilities.models import Coverage, Facility, ImportBatch
from partners.models import Application, ApplicationState
from portal.operations.reorganise.tables import Tables, label, rows_at
from tenants.concordance import Concordance, ConcordanceError, Held, Kind, Line, against_divisions
from tenants.models import Division
from tenants.rules import CodeRange, code_range, district_of

_NAMED = 20  # so many are listed one by one
_SETTLED = (ApplicationState.AGREED, ApplicationState.REJECTED, ApplicationState.WITHDRAWN)


@dataclass(frozen=True)
class Plan:
    """codes: old → new of what moves as a whole. facilities: id → (old, new). undecided: what stands in the way, in words."""

    concordance: Concordance
    codes: dict[int, int]
    facilities: dict[int, tuple[int, int]]
    ended: frozenset[int]  # codes of divisions that end, be it that one with the same code follows
    gone: frozenset[int]  # codes that nobody holds afterwards
    opened: tuple[Line, ...]  # one line for each division that begins
    areas: tuple[CodeRange, ...]
    undecided: tuple[str, ...] = field(default=())

    @property
    def new_codes(self) -> frozenset[int]:
        return frozenset(line.new for line in self.opened if line.new is not None)


def make_plan(concordance: Concordance, tables: Tables, *, today: date) -> Plan:
    """Check a concordance against the divisions and the registry in scope. Raises ConcordanceError."""
    held = [
        Held(d.code, d.name, d.level, d.valid_from, d.valid_to is None)
        for d in Division.objects.all().only("code", "name", "level", "valid_from", "valid_to")
    ]
    problems = against_divisions(concordance, held, today)
    if problems:
        raise ConcordanceError(problems)
    ended = {line.old for line in concordance.lines if line.ends}
    in_force = {division.code for division in held if division.in_force}
    opened = _opened(concordance, in_force - ended)
    facilities, problems, undecided = _facilities(concordance)
    if problems:
        raise ConcordanceError(problems)
    plan = Plan(
        concordance=concordance,
        codes=_moving_codes(concordance),
        facilities=facilities,
        ended=frozenset(ended),
        gone=frozenset(ended - {line.new for line in concordance.lines}),
        opened=opened,
        areas=tuple(sorted({code_range(district_of(c)) for c in concordance.codes}, key=lambda area: area.lo)),
    )
    found = [*undecided, *_under_way(plan), *_left_behind(plan, tables)]
    return Plan(**{**plan.__dict__, "undecided": tuple(found)})


def _opened(concordance: Concordance, staying: set[int]) -> tuple[Line, ...]:
    first: dict[int, Line] = {}
    for line in concordance.lines:
        if line.kind is not Kind.SAME and line.new is not None and line.new not in staying:
            first.setdefault(line.new, line)
    return tuple(sorted(first.values(), key=lambda line: -_width(line.new)))


def _width(code: int | None) -> int:
    codes = code_range(code or 0)
    return codes.hi - codes.lo


def _moving_codes(concordance: Concordance) -> dict[int, int]:
    """Of a split, the successor that takes the rest takes what is no facility: appointments, imports, partners."""
    moving = {}
    for line in concordance.lines:
        if (
            None not in (line.old, line.new)
            and line.old != line.new
            and (line.kind is not Kind.SPLIT or line.takes_rest)
        ):
            moving[line.old] = line.new
    return moving


def _facilities(concordance: Concordance) -> tuple[dict[int, tuple[int, int]], list[str], list[str]]:
    lines: dict[int, list[Line]] = defaultdict(list)
    for line in concordance.lines:
        if line.ends and line.old is not None:
            lines[line.old].append(line)
    here: dict[int, dict[str, Facility]] = defaultdict(dict)
    for facility in Facility.objects.filter(division_code__in=lines).order_by("code"):
        here[facility.division_code][facility.code] = facility
    moves: dict[int, tuple[int, int]] = {}
    problems, undecided = [], []
    for old, found in lines.items():
        for line in found:
            problems += [
                f"{line.place}: 设施 {code} 不在 {line.old_name}({old})"
                for code in line.facilities
                if code not in here[old]
            ]
        for code, facility in here[old].items():
            line = _way(found, code)
            if line is None:
                undecided.append(f"设施 {code} {facility.name}:{found[0].old_name}({old})之后去哪里,对照表没有写")
            elif line.new is not None and line.new != old:
                moves[facility.pk] = (old, line.new)
    return moves, problems, undecided


def _way(lines: list[Line], facility_code: str) -> Line | None:
    if lines[0].kind is Kind.CLOSE:
        return None
    if lines[0].kind is not Kind.SPLIT:
        return lines[0]
    named = [line for line in lines if facility_code in line.facilities]
    return next(iter(named or [line for line in lines if line.takes_rest]), None)


def _under_way(plan: Plan) -> list[str]:
    """A run or an import that a worker is at finishes first: it holds codes in its memory that are about to change."""
    found = []
    for area in plan.areas:
        runs = Run.objects.within(area).filter(state__in=[RunState.QUEUED, RunState.RUNNING])
        found += [f"季度测算 {run} {run.get_state_display()}:等它完成(或失败)后再执行" for run in runs]
        batches = ImportBatch.objects.within(area)
        found += [f"导入“{b.file_name}”{b.get_state_display()}:等它做完后再执行" for b in batches if b.is_working]
    return [*found, *_applied_for(plan)]


def _applied_for(plan: Plan) -> list[str]:
    """An application is handled by the division that called for it; it could not go on about a facility out of sight."""
    waiting = Application.objects.filter(need__facility__in=plan.facilities).exclude(state__in=_SETTLED)
    found = []
    for one in waiting.select_related("need__facility", "call").order_by("call_id", "pk"):
        calls_from = plan.codes.get(one.call.division_code, one.call.division_code)
        before, after = plan.facilities[one.need.facility_id]
        if before in code_range(one.call.division_code) and after not in code_range(calls_from):
            found.append(
                f"入驻申请 {one.number}({one.need.facility.name})没办完,设施要改到征集单位管不到的地方:先办结或撤回"
            )
    return found[:_NAMED]


def _left_behind(plan: Plan, tables: Tables) -> list[str]:
    """Rows under a code that ends and of which the file does not say where they go."""
    without_heir = {
        line.old: line
        for line in plan.concordance.lines
        if line.ends and line.old not in plan.codes and line.old != line.new
    }
    without_heir = {code: line for code, line in without_heir.items() if code in plan.gone}
    found = []
    for model in tables.moved:
        for code, number in rows_at(model, without_heir).items():
            line = without_heir[code]
            found.append(
                f"{label(model)} {number} 条在 {line.old_name}({code}),没有去向:先处理,或在 split 的一个去向写 *"
            )
    covered = Coverage.objects.filter(community_code__in=without_heir).in_force(plan.concordance.effective_on)
    for coverage in covered.exclude(facility_id__in=plan.facilities).select_related("facility")[:_NAMED]:
        line = without_heir[coverage.community_code]
        found.append(f"设施 {coverage.facility.code} 覆盖 {line.old_name}({line.old}),之后覆盖谁没有写")
    return found
