
import django.db.models.deletion
import uuid
from tenants.isolation import BindToParent, IsolateByScope
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('facilities', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='CharityProject',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('division_code', models.BigIntegerField(verbose_name='区划代码')),
                ('year', models.PositiveSmallIntegerField(verbose_name='年度')),
                ('name', models.CharField(max_length=80, verbose_name='项目')),
                ('kind', models.CharField(choices=[('public', '公益创投'), ('charity', '慈善创投')], max_length=8, verbose_name='类别')),
                ('contract_fen', models.BigIntegerField(blank=True, null=True, verbose_name='合同额(分)')),
                ('facility', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='charity_projects', to='facilities.facility', verbose_name='设施')),
            ],
            options={
                'verbose_name': '公益创投项目',
                'verbose_name_plural': '公益创投项目',
            },
        ),
        migrations.CreateModel(
            name='CharityReceipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('division_code', models.BigIntegerField(verbose_name='区划代码')),
                ('received_on', models.DateField(verbose_name='到账日')),
                ('amount_fen', models.BigIntegerField(verbose_name='金额(分)')),
                ('voucher', models.CharField(max_length=60, verbose_name='凭证号')),
                ('facility', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='charity_receipts', to='facilities.facility', verbose_name='设施')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='partners.charityproject', verbose_name='项目')),
            ],
            options={
                'verbose_name': '到账',
                'verbose_name_plural': '到账',
            },
        ),
        migrations.CreateModel(
            name='Partner',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('division_code', models.BigIntegerField(verbose_name='区划代码')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('name', models.CharField(max_length=80, verbose_name='名称')),
                ('kind', models.CharField(choices=[('market', '市场合伙人'), ('public_benefit', '公益合伙人'), ('resident', '居民合伙人')], max_length=16, verbose_name='类别')),
                ('uscc', models.CharField(blank=True, max_length=18, verbose_name='统一社会信用代码')),
                ('brand', models.CharField(blank=True, max_length=60, verbose_name='品牌')),
                ('is_demo', models.BooleanField(default=False, verbose_name='演示数据')),
            ],
            options={
                'verbose_name': '幸福合伙人',
                'verbose_name_plural': '幸福合伙人',
                'constraints': [models.UniqueConstraint(fields=('division_code', 'name'), name='partner_name_once_a_district')],
            },
        ),
        migrations.CreateModel(
            name='ResidentProject',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('division_code', models.BigIntegerField(verbose_name='区划代码')),
                ('starts_on', models.DateField(verbose_name='起')),
                ('ends_on', models.DateField(blank=True, help_text='不再有效的第一天', null=True, verbose_name='止')),
                ('name', models.CharField(max_length=60, verbose_name='项目')),
                ('run_by', models.CharField(choices=[('market', '市场主体'), ('social', '社会组织'), ('resident', '居民'), ('public', '自营或公办')], max_length=8, verbose_name='运营主体类型')),
                ('item_number', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='功能编号')),
                ('fee_nature', models.CharField(blank=True, choices=[('free', '免费'), ('low', '低偿'), ('market', '市场价')], max_length=6, verbose_name='收费性质')),
                ('serves_elders', models.BooleanField(default=False, verbose_name='涉老')),
                ('serves_children', models.BooleanField(default=False, verbose_name='涉小')),
                ('facility', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='projects', to='facilities.facility', verbose_name='设施')),
                ('partner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='projects', to='partners.partner', verbose_name='合伙人')),
                ('space', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='facilities.space', verbose_name='空间')),
            ],
            options={
                'verbose_name': '入驻运营项目',
                'verbose_name_plural': '入驻运营项目',
            },
        ),
        migrations.AddConstraint(
            model_name='charityproject',
            constraint=models.CheckConstraint(condition=models.Q(('contract_fen', None), ('contract_fen__gte', 0), _connector='OR'), name='charity_contract_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='charityproject',
            constraint=models.UniqueConstraint(fields=('facility', 'year', 'name'), name='charity_project_once'),
        ),
        migrations.AddConstraint(
            model_name='charityreceipt',
            constraint=models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='charity_receipt_positive'),
        ),
        migrations.AddConstraint(
            model_name='residentproject',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gt', models.F('starts_on')), _connector='OR'), name='project_dates_in_order'),
        ),
        IsolateByScope("partners_partner", shared_down=True),
        IsolateByScope("partners_residentproject", granted_by="facility_id"),
        IsolateByScope("partners_charityproject", granted_by="facility_id"),
        IsolateByScope("partners_charityreceipt", granted_by="facility_id"),
        BindToParent("partners_residentproject", parent="facilities_facility"),
        BindToParent("partners_charityproject", parent="facilities_facility"),
        BindToParent("partners_charityreceipt", parent="facilities_facility"),
        BindToParent("partners_charityreceipt", parent="partners_charityproject", column="project_id"),
    ]
