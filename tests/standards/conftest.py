import pytest
from hypothesis import settings

from standards import operations

settings.register_profile("shared machine", deadline=None)  # a busy neighbour is no finding
settings.load_profile("shared machine")


@pytest.fixture
def loaded(db):
    """Everything that comes with the portal, published."""
    return operations.load()
