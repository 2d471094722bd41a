import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from tenants.isolation import IndexByDivision, IsolateByScope, ReadPast, RefuseClosed

_CODES = {"base_field": models.BigIntegerField(), "blank": True, "default": list, "editable": False, "size": None}
_PERSON = {
    "blank": True,
    "null": True,
    "on_delete": django.db.models.deletion.PROTECT,
    "related_name": "+",
    "to": settings.AUTH_USER_MODEL,
}


class Migration(migrations.Migration):
    """What a re-organisation leaves behind, who may read the history of before, and no new rows in what has ended."""

    dependencies = [("tenants", "0005_accounts")]

    operations = [
        *(
            migrations.AddField("division", name, django.contrib.postgres.fields.ArrayField(**_CODES))
            for name in ("past_codes", "past_facilities", "past_districts")
        ),
        migrations.AddIndex("division", models.Index(fields=["code"], name="division_by_code")),
        migrations.AddField(
            "divisionsuccession",
            "kind",
            models.CharField("方式", blank=True, default="", help_text="recode、merge、split、rename;空:资料未载", max_length=8),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="ReorganisationRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("division_code", models.BigIntegerField(verbose_name="区划代码")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("file_name", models.CharField(max_length=200, verbose_name="文件")),
                ("sha256", models.CharField(max_length=64)),
                ("content", models.TextField(verbose_name="对照表")),
                ("effective_on", models.DateField(verbose_name="生效日")),
                ("source", models.CharField(max_length=200, verbose_name="依据")),
                ("performed_at", models.DateTimeField(auto_now_add=True, verbose_name="执行时间")),
                ("counts", models.JSONField(default=dict, verbose_name="行数")),
                ("moves", models.JSONField(default=dict, verbose_name="改动")),
                ("hashes", models.JSONField(default=dict, verbose_name="杂凑值")),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="撤销时间")),
                ("performed_by", models.ForeignKey(verbose_name="执行人", **_PERSON)),
                ("undone_by", models.ForeignKey(verbose_name="撤销人", **_PERSON)),
            ],
            options={"verbose_name": "区划变更", "verbose_name_plural": "区划变更", "ordering": ["-pk"]},
        ),
        IsolateByScope("tenants_reorganisationrun"),
        IndexByDivision("tenants_reorganisationrun"),
        ReadPast("tenants_reorganisationrun"),
        ReadPast("tenants_securityrules"),
        ReadPast("tenants_appointment"),
        ReadPast("tenants_act"),
        ReadPast("tenants_rowchange", facility="CASE WHEN root_table = 'facilities_facility' THEN root_id END"),
        RefuseClosed("tenants_appointment"),
    ]
