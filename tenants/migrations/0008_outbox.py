from django.db import migrations, models


class Migration(migrations.Migration):
    """The outbox comes down from assessments, so that every app can queue work with its rows.

    Only Django's idea of it changes here. The table goes over by itself, with its rows, policies and indexes: the next
    migration of assessments renames it (assessments 0003_outbox_goes_down).
    """

    dependencies = [("tenants", "0007_edits")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="OutboxEntry",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("division_code", models.BigIntegerField(verbose_name="区划代码")),
                        ("task", models.CharField(max_length=120, verbose_name="任务")),
                        ("arguments", models.JSONField(default=dict, verbose_name="参数")),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="记入时间")),
                        ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="送出时间")),
                        ("attempts", models.PositiveIntegerField(default=0, verbose_name="尝试次数")),
                        ("last_error", models.TextField(blank=True, verbose_name="最近一次没送出的原因")),
                    ],
                    options={
                        "verbose_name": "待送任务",
                        "verbose_name_plural": "待送任务",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("sent_at", None)), fields=["created_at"], name="outbox_waiting"
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
