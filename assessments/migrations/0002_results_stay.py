from django.db import migrations

from assessments.triggers import BindOnInsert, ResultsStay
from tenants.isolation import ReadPast, ReferToVisible


class Migration(migrations.Migration):
    """A re-organisation moves facilities; what past runs found stays as it was written, and their successors read it."""

    dependencies = [
        ("assessments", "0001_initial"),
        ("facilities", "0003_contacts"),
        ("tenants", "0006_reorganisation"),
    ]

    operations = [
        ResultsStay("assessments_verdict"),
        migrations.RunSQL(
            "ALTER TABLE assessments_unjudged DROP CONSTRAINT assessments_unjudged_facility_id_same_division",
            "ALTER TABLE assessments_unjudged ADD CONSTRAINT assessments_unjudged_facility_id_same_division"
            " FOREIGN KEY (facility_id, division_code) REFERENCES facilities_facility (id, division_code)"
            " ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE",
        ),
        ReferToVisible("assessments_unjudged", parent="facilities_facility", column="facility_id"),
        BindOnInsert("assessments_unjudged"),
        ReadPast("assessments_run", through="assessments_verdict"),
        ReadPast("assessments_verdict", facility="facility_id"),
        ReadPast("assessments_unjudged", facility="facility_id"),
        ReadPast("assessments_scopesummary"),
        ReadPast("assessments_outboxentry"),
    ]
