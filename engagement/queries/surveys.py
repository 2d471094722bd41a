"""What a survey found: shares as exact fractions, the sample and its margin."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q

from engagement.models import Survey
from standards.queries.liveliness import follow_up_standard
from standards.rules.follow_up import FollowUpStandard


@dataclass(frozen=True, slots=True)
class Result:
    """satisfied, valid: answers by paper, tablet and QR page together.

    standard: what the survey is judged by, that of its last day; None before any was in force.
    """

    satisfied: int
    valid: int
    online: int
    standard: FollowUpStandard | None = None

    @property
    def is_small(self) -> bool:
        """Fewer answers than the standard asks for, marked and told all the same (reading G-13)."""
        return self.standard is not None and self.valid < self.standard.small_sample

    @property
    def is_below(self) -> bool:
        """Strictly below the line, without rounding: of 80 %, 79.99 % is below and 80 % is not."""
        return self.standard is not None and self.standard.is_below(self.satisfied, self.valid)

    @property
    def percent(self) -> Decimal | None:
        """For the eye, cut to 0.01 %: never rounded up over the line."""
        return Decimal(self.satisfied * 10_000 // self.valid) / 100 if self.valid else None

    @property
    def margin(self) -> Decimal | None:
        """Half the width of the 95 % interval in percentage points, for a simple random sample (1.96 √(p(1−p)/n))."""
        if not self.valid:
            return None
        p = Decimal(self.satisfied) / self.valid
        return (Decimal("1.96") * (p * (1 - p) / self.valid).sqrt() * 100).quantize(Decimal("0.1"))


def result_of(survey: Survey) -> Result:
    found = survey.answers.aggregate(valid=Count("pk"), satisfied=Count("pk", filter=Q(choice__gte=4)))
    standard = follow_up_standard(survey.division_code, survey.last_day)
    return Result(
        survey.paper_satisfied + found["satisfied"], survey.paper_valid + found["valid"], found["valid"], standard
    )
