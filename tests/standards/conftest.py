import pytest

from standards import operations


@pytest.fixture
def loaded(db):
    """Everything that comes with the portal, published."""
    return operations.load()
