from django.db import migrations

from tenants.isolation import ReadPast


class Migration(migrations.Migration):
    """Rules stay under the code of the district that set them; its successor reads them."""

    dependencies = [("partners", "0007_money"), ("tenants", "0006_reorganisation")]

    operations = [ReadPast("partners_entryrules")]
