"""What a district demands of its accounts, from a day on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants.account_models import SecurityRules
from tenants.rules import Role
from tenants.scope import division_scope, opened_scope
from tests.people import GONGSHU, client_of, person

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("ORG-12")]


def set_rules(client, **more):
    today = timezone.localdate()
    return client.post(
        "/security/",
        {
            "roles": ["street_clerk"],
            "max_age_days": 60,
            "idle_minutes": 10,
            "starts_on": today,
            "reason": "年度要求",
            **more,
        },
    )


def test_rules_follow_each_other_by_date():
    client = client_of(person(Role.SECURITY_ADMIN, GONGSHU))
    later = timezone.localdate() + timedelta(days=7)
    assert set_rules(client)["Location"] == "/security/"
    assert set_rules(client, starts_on=later, idle_minutes=5).status_code == 302
    with opened_scope(division_scope(GONGSHU)):
        found = SecurityRules.objects.order_by("starts_on").values_list("idle_minutes", "ends_on")
        assert list(found) == [(10, later), (5, None)]


@pytest.mark.parametrize(
    "sent", [{"idle_minutes": 16}, {"max_age_days": 91}, {"starts_on": "2020-01-01"}, {"reason": ""}]
)
def test_rules_are_never_laxer_than_those_of_the_installation(sent):
    assert set_rules(client_of(person(Role.SECURITY_ADMIN, GONGSHU)), **sent).status_code == 422
