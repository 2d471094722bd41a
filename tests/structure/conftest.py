import logging

import pytest
from django.db import connection, transaction


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """One world for the tests of a module, which only ask; taken back as a whole afterwards."""
    from tests.structure.world import build

    with django_db_blocker.unblock():
        logging.disable(logging.ERROR)  # thousands of refusals are written to the log otherwise
        with transaction.atomic():
            made = build()
            yield made
            transaction.set_rollback(True)
        connection.close()
        logging.disable(logging.NOTSET)
        print(f"\n{made.asked} requests checked by {len(made.identities)} people")
