"""What a survey found: shares as exact fractions, the sample and its margin."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q

from engagement.models import Survey

LEAST_SAMPLE = 30  # reading G-13: fewer are marked 样本不足
LINE = (80, 100)  # 杭州 附件 四3: below 80 % (strictly, unrounded) means putting things right


@dataclass(frozen=True, slots=True)
class Result:
    """satisfied, valid: answers by paper, tablet and QR page together."""

    satisfied: int
    valid: int
    online: int

    @property
    def is_small(self) -> bool:
        return self.valid < LEAST_SAMPLE

    @property
    def is_below(self) -> bool:
        """Strictly below 80 %, without rounding: 79.99 % is below, 80 % is not."""
        return self.valid > 0 and self.satisfied * LINE[1] < self.valid * LINE[0]

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
    return Result(survey.paper_satisfied + found["satisfied"], survey.paper_valid + found["valid"], found["valid"])
