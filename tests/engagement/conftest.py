import pytest

from standards.operations import load
from tenants.scope import division_scope, opened_scope
from tests.assessments.registry import GONGSHU


@pytest.fixture
def standards(db):
    load()


@pytest.fixture
def gongshu(standards):
    """An open scope over the district 拱墅, rolled back afterwards."""
    with opened_scope(division_scope(GONGSHU)):
        yield GONGSHU
