from django.db import migrations

from tenants.isolation import RefuseClosed


class Migration(migrations.Migration):
    """No facility and no import in a division that has ended."""

    dependencies = [("facilities", "0003_contacts"), ("tenants", "0006_reorganisation")]

    operations = [RefuseClosed("facilities_facility"), RefuseClosed("facilities_importbatch")]
