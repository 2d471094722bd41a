from django.db import migrations

from tenants.isolation import ReadPast


class Migration(migrations.Migration):
    """Rules stay under the code of the district that set them; its successor reads them."""

    dependencies = [("facilities", "0008_returns"), ("tenants", "0006_reorganisation")]

    operations = [ReadPast("facilities_returnrules")]
