"""Columns that several tables of this app carry."""

from django.db import models
from django.db.models import F, Func


def district_of_row() -> models.GeneratedField:
    """The 12-digit code of the district that a row lies in, kept by the database."""
    return models.GeneratedField(
        expression=Func(
            F("division_code"), template="(%(expressions)s / 1000000 * 1000000)", output_field=models.BigIntegerField()
        ),
        output_field=models.BigIntegerField(),
        db_persist=True,
        verbose_name="所在区县",
    )
