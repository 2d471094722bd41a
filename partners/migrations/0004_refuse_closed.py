from django.db import migrations

from tenants.isolation import RefuseClosed


class Migration(migrations.Migration):
    """No partner in a division that has ended."""

    dependencies = [("partners", "0003_contacts"), ("tenants", "0006_reorganisation")]

    operations = [RefuseClosed("partners_partner")]
