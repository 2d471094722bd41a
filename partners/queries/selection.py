"""Priority rights that hold on a day, and how far rounds are."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import QuerySet

from partners.models import Nomination, RoundState, SelectionRound

ONE_DAY = timedelta(days=1)


def last_day_of(round: SelectionRound, successors: Iterable[date]) -> date | None:
    """The last day of a round's priority: its own, or the day before the next published round begins (reading G-25)."""
    if round.valid_to is not None:
        return round.valid_to
    following = [begins for begins in successors if begins > round.valid_from]
    return min(following) - ONE_DAY if following else None


def priorities(nominations: QuerySet[Nomination], day: date) -> dict[int, Nomination]:
    """Partner → the selected nomination whose priority holds on a day; `last_day` on it, None while no end is known."""
    chosen = nominations.filter(is_selected=True, round__state=RoundState.DONE, round__valid_from__lte=day)
    found = list(chosen.select_related("round").order_by("round__valid_from", "pk"))
    codes = {one.division_code for one in found}
    begun: dict[int, list[date]] = {}
    if any(one.round.valid_to is None for one in found):
        rounds = SelectionRound.objects.filter(division_code__in=codes, state=RoundState.DONE)
        for code, begins in rounds.values_list("division_code", "valid_from"):
            begun.setdefault(code, []).append(begins)
    held = {}
    for one in found:
        one.last_day = last_day_of(one.round, begun.get(one.division_code, ()))
        if one.last_day is None or one.last_day >= day:
            held[one.partner_id] = one
    return held
