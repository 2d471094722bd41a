"""Several tables in one statement give what the ORM gives one by one."""

from datetime import date

import pytest
from django.forms.models import model_to_dict

from facilities.models import Coverage, Facility, QuarterlyReturn, Site, Space
from tenants.together import together


def test_rows_are_those_of_the_orm_in_one_statement(one, facility, django_assert_num_queries):
    facility.sites.update(longitude="120.130001", latitude="30.32", area_document="")
    wanted = {
        "facility": Facility.objects.filter(pk=facility.pk),
        "sites": Site.objects.filter(facility=facility),
        "spaces": Space.objects.filter(facility=facility).order_by("-usable_area_m2", "pk"),
        "covered": Coverage.objects.filter(facility=facility).in_force(date(2026, 11, 1)),
        "returns": QuarterlyReturn.objects.filter(pk=one.pk).defer("content"),
        "none": Space.objects.filter(pk__in=[]),
    }
    with django_assert_num_queries(1):
        read = together(wanted)
    [again] = read["returns"]
    assert again.get_deferred_fields() == {"content"}
    for name, queryset in wanted.items():
        alone = list(queryset)
        assert read[name] == alone
        if name != "returns":  # whose deferred content this would read
            assert [model_to_dict(row) for row in read[name]] == [model_to_dict(row) for row in alone]
    assert len(read["spaces"]) == 3
    assert (again.uuid, again.opened_at, again.due_on) == (one.uuid, one.opened_at, one.due_on)
    assert again.get_deferred_fields() == {"content"}


def test_plain_columns_come_as_dictionaries(facility):
    read = together({"names": Space.objects.filter(facility=facility).order_by("pk").values("name", "used_by")})
    assert read["names"][0] == {"name": "1 号室", "used_by": "market"}


@pytest.mark.django_db
def test_nothing_asked_is_nothing_read(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert together({"none": Space.objects.none()}) == {"none": []}
