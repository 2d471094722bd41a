"""Income and cost that were reported by the month go into the ledger of operations, where it says nothing of that month.

Where both say something they stay as they are: the ledger holds, and the page of the facility shows the difference.
"""

from django.db import migrations

EVERYWHERE = "SELECT set_config('app.scope_lo', '0', true), set_config('app.scope_hi', '999999999999', true)"
NOWHERE = "SELECT set_config('app.scope_lo', '', true), set_config('app.scope_hi', '', true)"
_INCOME = "('low_fees', 'market_fees', 'subsidies', 'donations', 'other_income')"
CARRY_OVER = f"""WITH carried AS (
    DELETE FROM engagement_monthlyfigure m WHERE m.figure IN (7, 8) AND m.subject = 0 AND NOT EXISTS (
        SELECT FROM partners_operatingfigure o WHERE o.facility_id = m.facility_id AND o.month = m.month
        AND (o.item IN {_INCOME}) = (m.figure = 7))
    RETURNING division_code, facility_id, month, figure, amount)
INSERT INTO partners_operatingfigure (division_code, uuid, facility_id, month, item, amount_fen)
SELECT division_code, gen_random_uuid(), facility_id, month, CASE figure WHEN 7 THEN 'other_income' ELSE 'other_cost' END, amount
FROM carried"""


class Migration(migrations.Migration):
    dependencies = [("engagement", "0001_initial"), ("partners", "0010_brands")]

    operations = [
        migrations.RunSQL(
            [EVERYWHERE, CARRY_OVER, "SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED", NOWHERE],
            migrations.RunSQL.noop,
        )
    ]
