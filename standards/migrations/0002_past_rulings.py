from django.db import migrations

from tenants.isolation import ReadPast


class Migration(migrations.Migration):
    """Rulings stay under the code of the district that made them; its successor reads them."""

    dependencies = [("standards", "0001_initial"), ("tenants", "0006_reorganisation")]

    operations = [ReadPast("standards_interpretationruling")]
