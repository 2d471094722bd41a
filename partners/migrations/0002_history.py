from django.db import migrations

from tenants.history import TrackHistory
from tenants.isolation import IndexByDivision

CHILDREN = ["residentproject", "charityproject", "charityreceipt"]


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_initial"), ("tenants", "0001_initial")]

    operations = [
        TrackHistory("partners_partner"),
        *(TrackHistory(f"partners_{name}", root="facilities_facility", column="facility_id") for name in CHILDREN),
        *(IndexByDivision(f"partners_{name}") for name in CHILDREN),
    ]
