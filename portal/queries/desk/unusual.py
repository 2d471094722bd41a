"""Numbers that moved strangely since the last quarter that was computed: a jump needs a sentence, or is a mistake."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from assessments.models import Verdict
from assessments.queries.explain import facts_of
from assessments.queries.rulebook import Rulebook
from assessments.queries.whatif import facts_on
from assessments.queries.words import words_on
from assessments.rules.packing import MISSING
from facilities.models import Facility
from portal.queries.places import Place, places
from portal.queries.runs import Runs
from standards.rules.amounts import written
from tenants.models import Appointment

JUMP_PERCENT = 5  # area, counts and money that differ by more than this are listed
WATCHED = {
    "floor_area_declared": "点位", "usable_area": "空间", "office_area": "空间", "projects_all": "项目",
    "projects_market_social": "项目", "base_items": "功能", "charity_received_fen": "到账",
}  # fmt: skip
MOST = 2_000


@dataclass(frozen=True, slots=True)
class Jump:
    """A number of a facility before (in the quarter computed) and now. percent: of the change, None from zero."""

    facility: Facility
    where: Place
    metric: str
    label: str
    before: str
    after: str
    percent: int | None
    why: str

    @property
    def size(self) -> int:
        return abs(self.percent) if self.percent is not None else 1_000_000


def jumps(
    appointment: Appointment, runs: Runs, day: date, *, book: Rulebook | None = None,
    where: Mapping[int, Place] | None = None,
) -> list[Jump]:  # fmt: skip
    """The largest first. The facts of today beside those that the last run stored; the quarter is in `runs.quarter`.

    book: of a district and that day; where: the names of at least all places of live facilities; if the caller has them.
    """
    judged = Verdict.objects.visible_to(appointment).filter(run__in=runs.now).select_related("run", "facility")
    before = {verdict.facility_id: verdict for verdict in judged.order_by("facility_id")[:MOST]}
    if not before:
        return []
    table = facts_on(before, day, book and book.catalogue)
    words = (book.words if book else words_on(day)).metrics
    if where is None:
        where = places(verdict.division_code for verdict in before.values())
    found = []
    for row, facility_id in enumerate(table.facility_ids.tolist()):
        verdict = before[facility_id]
        then = facts_of(verdict).values
        for metric in WATCHED:
            now = int(table.columns[metric][row])
            was = then.get(metric)
            if was is None or now == MISSING or not _is_strange(metric, was, now):
                continue
            word = words[metric]
            found.append(
                Jump(
                    verdict.facility, where[verdict.division_code], metric, word.name, written(was, word.unit),
                    written(now, word.unit), _percent(was, now), _why(metric, was, now),
                )
            )  # fmt: skip
    return sorted(found, key=lambda jump: (-jump.size, jump.facility.code, jump.metric))


def _is_strange(metric: str, was: int, now: int) -> bool:
    """Money of a year only grows within it; a growing office is strange at any size (杭州 二(四)9)."""
    if metric == "charity_received_fen":
        return now < was
    if metric == "office_area" and now > was:
        return True
    return abs(now - was) * 100 > JUMP_PERCENT * was


def _percent(was: int, now: int) -> int | None:
    return round((now - was) * 100 / was) if was else None


def _why(metric: str, was: int, now: int) -> str:
    if metric == "office_area" and now > was:
        return "办公面积变大了（杭州 二(四)9：办公空间最小化）"
    if metric == "charity_received_fen":
        return "到账金额变少了，同一年里只会增加"
    return "变动超过 5 %，请核对或说明"
