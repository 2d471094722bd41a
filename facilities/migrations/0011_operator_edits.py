import uuid

import django.contrib.postgres.functions
from django.db import migrations, models

from tenants.versions import CountVersions


class Migration(migrations.Migration):

    dependencies = [('facilities', '0010_return_reminders')]

    operations = [
        migrations.AddField(
            model_name='operator',
            name='uuid',
            field=models.UUIDField(db_default=django.contrib.postgres.functions.RandomUUID(), default=uuid.uuid4, editable=False, unique=True),
        ),
        migrations.AddField(
            model_name='operator',
            name='version',
            field=models.PositiveIntegerField(db_default=1, default=1, editable=False),
        ),
        CountVersions("facilities_operator"),
    ]
