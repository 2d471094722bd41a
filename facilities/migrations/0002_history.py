from django.db import migrations

from tenants.history import TrackHistory
from tenants.isolation import IndexByDivision, ReferToVisible

CHILDREN = ["facilitystate", "facilitylineage", "coverage", "site", "space", "offeredfunction", "operator"]


class Migration(migrations.Migration):
    dependencies = [("facilities", "0001_initial"), ("tenants", "0001_initial")]

    operations = [
        TrackHistory("facilities_facility"),
        *(TrackHistory(f"facilities_{name}", root="facilities_facility", column="facility_id") for name in CHILDREN),
        *(IndexByDivision(f"facilities_{name}") for name in CHILDREN),
        ReferToVisible("facilities_facilitylineage", parent="facilities_facility", column="successor_id"),
    ]
