"""What every tenant-owned model shares: the division it belongs to and ring 2, `.visible_to(user)`."""

from typing import ClassVar, TypeVar

from django.db import models
from django.db.models import Q

from tenants.rules import CodeRange
from tenants.scope import past_for, scope_of

Row = TypeVar("Row", bound="ScopedModel")


class ScopedQuerySet(models.QuerySet[Row]):
    """`facility_path` names the column that holds the facility's id, for people who see single facilities only."""

    def within(self, codes: CodeRange):
        return self.filter(division_code__gte=codes.lo, division_code__lt=codes.hi)

    def visible_to(self, appointment):
        """Rows that an appointment may read. Nothing without one. The same rule as row level security, said again."""

        if appointment is None:
            return self.none()
        scope = scope_of(appointment)
        if scope.codes is None:
            return (
                self.filter(**{f"{self.model.facility_path}__in": scope.grants})
                if self.model.facility_path
                else self.none()
            )
        seen = Q(division_code__gte=scope.codes.lo, division_code__lt=scope.codes.hi)
        if self.model.shared_down:
            seen |= Q(division_code__in=scope.codes.ancestors)
        if self.model.keeps_its_code:
            seen |= self._of_the_past(past_for(appointment))
        return self.filter(seen)

    def _of_the_past(self, past):
        """History that lies under the codes of before a re-organisation (`tenants.isolation.ReadPast`)."""
        seen = Q(division_code__in=past.codes)
        if self.model.facility_path:
            seen |= Q(**{f"{self.model.facility_path}__in": past.facilities})
        if self.model.shared_down:
            seen |= Q(division_code__in=past.districts)
        return seen


class ScopedModel(models.Model):
    """A row that belongs to a division. Its migration isolates it (`tenants.isolation`) and tracks it (`tenants.history`).

    `facility_path` names the column with the facility's id; `shared_down` rows are readable in the divisions below;
    a table that is written by computation alone says `keeps_history = False`. When divisions change, rows go over to the
    new code; `keeps_its_code` rows are history and stay under the old one (its migration says `ReadPast`).
    """

    facility_path: str | None = "facility_id"
    shared_down = False
    keeps_history = True
    keeps_its_code = False

    division_code = models.BigIntegerField("区划代码")

    objects: ClassVar[models.Manager] = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True


class DatedQuerySet(ScopedQuerySet[Row]):
    def in_force(self, day):
        """Rows in force on a day: begun, and not yet ended (`ends_on` is the first day without)."""
        return self.filter(starts_on__lte=day).filter(Q(ends_on=None) | Q(ends_on__gt=day))


class DatedModel(ScopedModel):
    """A scoped row that holds between two dates, so that the facts of a past quarter can be read again."""

    starts_on = models.DateField("起")
    ends_on = models.DateField("止", null=True, blank=True, help_text="不再有效的第一天")

    objects: ClassVar[models.Manager] = DatedQuerySet.as_manager()

    class Meta:
        abstract = True


def dates_in_order(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(ends_on=None) | Q(ends_on__gt=models.F("starts_on")), name=name)
