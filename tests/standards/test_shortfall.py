"""What a facility lacks, in the units of its ledgers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standards.rules import Construction, Operator, Shortfall, Threshold, shortfall
from standards.rules.shortfall import _share
from tests.standards.test_clauses import rules
from tests.standards.test_engine import criterion

INTEGRATED, AREA, UNKNOWN = Construction.INTEGRATED, Construction.AREA, Construction.UNKNOWN


@pytest.mark.requirement("TIER-8")
@pytest.mark.parametrize(
    ("key", "construction", "value", "whole", "expected"),
    [
        ("demonstration_area", INTEGRATED, 99_999, None, Shortfall(amount=1)),
        ("demonstration_area", INTEGRATED, 100_000, None, Shortfall()),
        ("demonstration_area", AREA, 100_000, None, Shortfall(amount=50_000)),
        ("demonstration_area", UNKNOWN, 100_000, None, None),
        ("demonstration_area", INTEGRATED, None, None, None),
        ("demonstration_base_functions", UNKNOWN, 5, None, Shortfall(amount=2)),
        ("demonstration_operator", INTEGRATED, 0, None, Shortfall(amount=1)),
        ("demonstration_operator", INTEGRATED, 1, None, Shortfall()),
        ("area_communities", AREA, 1, None, Shortfall(amount=1)),
        ("area_communities", AREA, 5, None, Shortfall(excess=2)),
        ("area_communities", INTEGRATED, 9, None, Shortfall()),
        ("area_communities", UNKNOWN, 9, None, None),
        ("demonstration_project_share", INTEGRATED, 7, 10, Shortfall(amount=1, additional=5)),
        ("demonstration_project_share", INTEGRATED, 8, 10, Shortfall()),
        ("demonstration_project_share", INTEGRATED, 0, 0, Shortfall(amount=0, additional=1)),
        ("demonstration_project_share", INTEGRATED, 8, None, None),
        ("city_services", INTEGRATED, 5, None, None),
        ("city_cleaning", INTEGRATED, 89, 90, Shortfall(amount=1, additional=None)),
        ("city_cleaning", INTEGRATED, 0, 0, Shortfall(amount=0, additional=1)),
    ],
)
def test_the_shortfall_of_a_criterion(key, construction, value, whole, expected):
    assert shortfall(rules()[key], construction, value, whole) == expected


@pytest.mark.parametrize(("value", "expected"), [(5, Shortfall()), (7, Shortfall(excess=2))])
def test_an_upper_limit_asks_for_less(value, expected):
    assert shortfall(criterion(Operator.AT_MOST, "a", threshold=Threshold(5)), INTEGRATED, value) == expected


@given(st.integers(0, 200), st.integers(0, 200), st.integers(1, 99))
def test_the_shortfall_of_a_share_is_enough_and_the_least(part, more, percent):
    whole = part + more
    lack = _share(part, whole, percent, 100)

    def met(value, of):
        return of > 0 and value * 100 >= of * percent

    assert met(part + lack.additional, whole + lack.additional)
    assert lack.additional == 0 or not met(part + lack.additional - 1, whole + lack.additional - 1)
    if whole:
        assert met(part + lack.amount, whole)
        assert lack.amount == 0 or not met(part + lack.amount - 1, whole)
