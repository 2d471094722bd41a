import logging

import pytest
from django.db import connection, transaction
from freezegun import freeze_time

from tests import databases


@pytest.fixture(scope="package")
def world(django_db_setup, django_db_blocker, worker_name):
    """One world for the tests of this folder, which only ask, in a database of its own; each request is taken back.

    It is committed, so that no transaction stays open for as long as the folder takes. The clock stands still, so that the
    minute in which a session notes that it was used, or midnight, makes no difference between two answers.
    """
    from tests.structure.world import build

    usual = connection.settings_dict["NAME"]
    still = freeze_time("2026-11-22 10:00:00+08:00")
    with django_db_blocker.unblock(), databases.cloned_database(f"{worker_name}_world") as name, still:
        connection.close()
        connection.settings_dict["NAME"] = name
        logging.disable(logging.ERROR)  # thousands of refusals are written to the log otherwise
        with transaction.atomic():
            made = build()
            connection.run_on_commit.clear()  # nobody works on what building it has queued
        yield made
        logging.disable(logging.NOTSET)
        connection.close()
        connection.settings_dict["NAME"] = usual
    print(f"\n{made.asked} requests checked by {len(made.identities)} people")
