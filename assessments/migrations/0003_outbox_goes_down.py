from django.db import migrations

_RENAMED = (
    "ALTER TABLE {old} RENAME TO {new}",
    "ALTER SEQUENCE {old}_id_seq RENAME TO {new}_id_seq",
    "ALTER INDEX {old}_pkey RENAME TO {new}_pkey",
)


def _rename(old, new):
    return [statement.format(old=old, new=new) for statement in _RENAMED]


class Migration(migrations.Migration):
    """The table of the outbox becomes that of `tenants.OutboxEntry`: rows, policies and indexes stay as they are."""

    dependencies = [("assessments", "0002_results_stay"), ("tenants", "0008_outbox")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    _rename("assessments_outboxentry", "tenants_outboxentry"),
                    _rename("tenants_outboxentry", "assessments_outboxentry"),
                ),
            ],
            state_operations=[migrations.DeleteModel("OutboxEntry")],
        ),
    ]
