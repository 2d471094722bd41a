import pytest

from standards.operations import load
from tenants.scope import division_scope, opened_scope
from tests.assessments.registry import GONGSHU


@pytest.fixture
def standards(db):
    """Both documents, the catalogues and the register, as `manage.py load_standard` loads them."""
    load()


@pytest.fixture
def gongshu(standards):
    """An open scope over the district 拱墅, rolled back afterwards."""
    with opened_scope(division_scope(GONGSHU)):
        yield GONGSHU


@pytest.fixture
def committed_standards(transactional_db):
    """The same for tests that commit."""
    load()
