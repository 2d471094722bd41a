"""What surveys found, compared with the line of the day on which they ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Q, QuerySet

from assessments.rules.follow_up import percent_text
from engagement.models import Survey
from standards.queries.liveliness import follow_up_standard
from standards.rules.follow_up import FollowUpStandard

WHOLE_NAME = "整个设施"


@dataclass(frozen=True, slots=True)
class Found:
    """One survey's result. standard: what was in force when it ended; None before there was any: then nothing is below."""

    survey: Survey
    satisfied: int
    valid: int
    standard: FollowUpStandard | None

    @property
    def item(self) -> int:
        return self.survey.item_number or 0

    @property
    def is_below(self) -> bool:
        return self.standard is not None and self.standard.is_below(self.satisfied, self.valid)

    @property
    def is_small(self) -> bool:
        return self.standard is not None and self.valid < self.standard.small_sample

    @property
    def percent_text(self) -> str:
        return percent_text(self.satisfied, self.valid)


def results(surveys: QuerySet[Survey]) -> list[Found]:
    """The results of some surveys, paper and single answers together, in the order of the query. One statement."""
    counted = surveys.annotate(
        all_satisfied=F("paper_satisfied") + Count("answers", filter=Q(answers__choice__gte=4)),
        all_valid=F("paper_valid") + Count("answers"),
    )
    return [_found(survey) for survey in counted]


def result(survey: Survey) -> Found:
    return results(Survey.objects.filter(pk=survey.pk))[0]


def _found(survey) -> Found:
    standard = follow_up_standard(survey.division_code, survey.last_day)
    return Found(survey, survey.all_satisfied, survey.all_valid, standard)


def ended_between(first: date, last: date) -> QuerySet[Survey]:
    """Surveys whose last day lies between two days, both included; the oldest first."""
    return Survey.objects.filter(last_day__range=(first, last)).order_by("last_day", "pk")


def newest_by_item(found: Iterable[Found]) -> dict[int, Found]:
    """Item → its newest survey with answers; one that nobody answered says nothing about an item."""
    return {one.item: one for one in found if one.valid}
