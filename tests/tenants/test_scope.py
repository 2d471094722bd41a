"""The scope of a transaction: set, nested, lapsed."""

import pytest
from django.db import connection, transaction

from tenants.rules import code_range
from tenants.scope import SETTINGS, Scope, division_scope, opened_scope, set_reason, set_scope


def settings_now() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in SETTINGS))
        values = cursor.fetchone()
    return {name: value for name, value in zip(SETTINGS, values, strict=True) if value}


GONGCHENQIAO = {
    "app.scope_lo": "330105005000",
    "app.scope_hi": "330105006000",
    "app.scope_up": "{330100000000,330105000000}",
}


@pytest.mark.django_db(transaction=True)
def test_a_scope_holds_for_its_transaction_and_lapses_with_it():
    with opened_scope(division_scope(330105005000)):
        assert settings_now() == GONGCHENQIAO
    assert settings_now() == {}


@pytest.mark.django_db(transaction=True)
def test_a_scope_needs_a_transaction():
    with pytest.raises(RuntimeError, match="open one first"):
        set_scope(division_scope(330105005000))
    with pytest.raises(RuntimeError, match="open one first"):
        set_reason("更正")


@pytest.mark.django_db(transaction=True)
def test_an_inner_scope_gives_way_to_the_outer_one_again():
    outer = Scope(code_range(330105000000), grants=(7, 9), user_id=3, source="GET /", address="10.0.0.1", reason="核对")
    with opened_scope(outer):
        before = settings_now()
        with opened_scope(division_scope(330105005000)):
            assert settings_now() == GONGCHENQIAO
        assert settings_now() == before
    assert before == {
        "app.scope_lo": "330105000000",
        "app.scope_hi": "330106000000",
        "app.scope_up": "{330100000000}",
        "app.grants": "{7,9}",
        "app.user_id": "3",
        "app.source": "GET /",
        "app.address": "10.0.0.1",
        "app.reason": "核对",
    }


@pytest.mark.django_db(transaction=True)
def test_the_outer_scope_holds_again_after_an_error_inside():
    with opened_scope(division_scope(330102000000)):
        before = settings_now()
        with pytest.raises(ZeroDivisionError), opened_scope(division_scope(330105005000)):
            raise ZeroDivisionError
        assert settings_now() == before


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_transaction_leaves_no_scope():
    with transaction.atomic():
        set_scope(division_scope(330105005000))
        transaction.set_rollback(True)
    assert settings_now() == {}
