from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('standards', '0003_lively_kinds'),
    ]

    operations = [
        migrations.AlterField(
            model_name='standard',
            name='kind',
            field=models.CharField(choices=[('criteria', '评定标准'), ('catalogue', '功能目录'), ('crosswalk', '目录对照'), ('register', '读法登记'), ('metrics', '指标'), ('service', '服务频次'), ('vitality', '热活度'), ('follow_up', '半年核查')], max_length=10, verbose_name='类别'),
        ),
    ]
