
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import uuid
from tenants.isolation import BindToParent, IsolateByScope
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        TrigramExtension(),
        BtreeGistExtension(),
        migrations.CreateModel(
            name='Facility',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('division_code', models.BigIntegerField(verbose_name='区划代码')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('code', models.CharField(help_text='街道代码-序号,如 330105005-02', max_length=20, unique=True, verbose_name='编号')),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
                ('name_sort', models.CharField(blank=True, editable=False, max_length=240, verbose_name='拼音')),
                ('address', models.CharField(blank=True, max_length=120, verbose_name='地址')),
                ('premises_form', models.CharField(blank=True, choices=[('detached', '单体'), ('whole', '独幢'), ('embedded', '嵌入式')], max_length=10, verbose_name='用房形态')),
                ('hub_street', models.CharField(blank=True, help_text='街区化必填(拱墅 三(三)2)', max_length=60, verbose_name='枢纽街巷')),
                ('city_type', models.CharField(blank=True, choices=[('hub', '枢纽型'), ('basic', '基础型')], help_text='杭州 二(一)1', max_length=10, verbose_name='市标类型')),
                ('city_form', models.CharField(blank=True, choices=[('clustered', '集聚式'), ('dispersed', '分散式'), ('embedded', '嵌入式')], help_text='杭州 二(一)3', max_length=10, verbose_name='市标空间形式')),
                ('region_type', models.CharField(blank=True, choices=[('urban', '城市'), ('fringe', '城乡接合部'), ('rural', '农村')], max_length=10, verbose_name='区域类型')),
                ('nil_ledgers', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('spaces', '空间'), ('functions', '功能'), ('operator', '综合运营'), ('projects', '入驻运营项目'), ('charity', '公益创投项目')], max_length=12), blank=True, default=list, help_text='台账为空且在此确认,才按 0 计;否则按缺数据计', size=None, verbose_name='确认为空的台账')),
                ('is_demo', models.BooleanField(default=False, verbose_name='演示数据')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'verbose_name': '设施',
                'verbose_name_plural': '设施',
                'indexes': [models.Index(fields=['division_code', 'id'], name='facility_by_division'), django.contrib.postgres.indexes.GinIndex(fields=['name'], name='facility_name_trgm', opclasses=['gin_trgm_ops'])],
            },
        ),
        migrations.CreateModel(
            name='Site',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('division_code', models.BigIntegerField(verbose_name='区划代码')),
                ('starts_on', models.DateField(verbose_name='起')),
                ('ends_on', models.DateField(blank=True, help_text='不再有效的第一天', null=True, verbose_name='止')),
                ('name', models.CharField(max_length=60, verbose_name='点位')),
                ('address', models.CharField(blank=True, max_length=120, verbose_name='地址')),
                ('floor_area_m2', models.DecimalField(blank=True, decimal_places=2, max_digits=9, null=True, verbose_name='建筑面积(㎡)')),
                ('area_document', models.CharField(blank=True, help_text='权属证或测绘报告的名称与编号', max_length=120, verbose_name='面积证明')),
                ('longitude', models.DecimalField(blank=True, decimal_places=6, max_digits=9, null=True, verbose_name='经度')),
                ('latitude', models.DecimalField(blank=True, decimal_places=6, max_digits=8, null=True, verbose_name='纬度')),
                ('source_crs', models.CharField(default='CGCS2000', max_length=10, verbose_name='坐标系')),
                ('facility', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sites', to='facilities.facility', verbose_name='设施')),
            ],
            options={
                'verbose_name': '点位',
                'verbose_name_plural': '点位',
            },
        ),
        migrations.CreateModel(
            name='Space',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('division_code', models.BigIntegerField(verbose_name='区划代码')),
                ('starts_on', models.DateField(verbose_name='起')),
                ('ends_on', models.DateField(blank=True, help_text='不再有效的第一天', null=True, verbose_name='止')),
                ('name', models.CharField(max_length=60, verbose_name='空间')),
                ('floor_area_m2', models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, verbose_name='建筑面积(㎡)')),
                ('usable_area_m2', models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True, verbose_name='可用面积(㎡)')),
                ('used_by', models.CharField(choices=[('market', '市场化'), ('social', '社会化'), ('public', '公共'), ('office', '办公')], max_length=8, verbose_name='使用主体')),
                ('is_open_24h', models.BooleanField(default=False, verbose_name='24 小时')),
                ('is_multifunction', models.BooleanField(default=False, verbose_name='多功能融合')),
                ('facility', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='spaces', to='facilities.facility', verbose_name='设施')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='spaces', to='facilities.site', verbose_name='点位')),
            ],
            options={
                'verbose_name': '空间',
                'verbose_name_plural': '空间',
            },
        ),
        migrations.CreateModel(
            name='OfferedFunction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('division_code', models.BigIntegerField(verbose_name='区划代码')),
                ('starts_on', models.DateField(verbose_name='起')),
                ('ends_on', models.DateField(blank=True, help_text='不再有效的第一天', null=True, verbose_name='止')),
                ('item_number', models.PositiveSmallIntegerField(blank=True, help_text='拱墅清单 1–33;杭州 4+5+X 为 101 起(standards 目录)', null=True, verbose_name='功能编号')),
                ('local_name', models.CharField(blank=True, max_length=60, verbose_name='个性化功能')),
                ('evidence', models.CharField(blank=True, max_length=200, verbose_name='佐证')),
                ('facility', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='functions', to='facilities.facility', verbose_name='设施')),
                ('space', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='facilities.space', verbose_name='空间')),
            ],
            options={
                'verbose_name': '功能',
                'verbose_name_plural': '功能',
            },
        ),
        migrations.CreateModel(
            name='Coverage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('division_code', models.BigIntegerField(verbose_name='区划代码')),
                ('starts_on', models.DateField(verbose_name='起')),
                ('ends_on', models.DateField(blank=True, help_text='不再有效的第一天', null=True, verbose_name='止')),
                ('community_code', models.BigIntegerField(verbose_name='社区代码')),
                ('facility', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='coverages', to='facilities.facility', verbose_name='设施')),
            ],
            options={
                'verbose_name': '覆盖社区',
                'verbose_name_plural': '覆盖社区',
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gt', models.F('starts_on')), _connector='OR'), name='coverage_dates_in_order')],
            },
        ),
        migrations.CreateModel(
            name='FacilityLineage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('division_code', models.BigIntegerField(verbose_name='区划代码')),
                ('kind', models.CharField(choices=[('merge', '并入'), ('split', '拆分'), ('move', '迁址')], max_length=8, verbose_name='方式')),
                ('effective_on', models.DateField(verbose_name='生效日')),
                ('facility', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='successions', to='facilities.facility', verbose_name='原设施')),
                ('successor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='precessions', to='facilities.facility', verbose_name='承接设施')),
            ],
            options={
                'verbose_name': '设施沿革',
                'verbose_name_plural': '设施沿革',
                'constraints': [models.UniqueConstraint(fields=('facility', 'successor'), name='lineage_once')],
            },
        ),
        migrations.CreateModel(
            name='FacilityState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('division_code', models.BigIntegerField(verbose_name='区划代码')),
                ('starts_on', models.DateField(verbose_name='起')),
                ('ends_on', models.DateField(blank=True, help_text='不再有效的第一天', null=True, verbose_name='止')),
                ('construction_type', models.CharField(choices=[('integrated', '集成式'), ('area', '片区化'), ('streetblock', '街区化')], max_length=12, verbose_name='建设类型')),
                ('lifecycle', models.CharField(choices=[('planned', '筹建'), ('open', '运行'), ('suspended', '暂停'), ('merged', '已并入'), ('withdrawn', '已撤销')], max_length=10, verbose_name='状态')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='理由')),
                ('facility', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='states', to='facilities.facility', verbose_name='设施')),
            ],
            options={
                'verbose_name': '类型与状态',
                'verbose_name_plural': '类型与状态',
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gt', models.F('starts_on')), _connector='OR'), name='state_dates_in_order'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('facility', '='), (models.Func(models.F('starts_on'), models.F('ends_on'), function='daterange'), '&&')], name='state_no_overlap')],
            },
        ),
        migrations.CreateModel(
            name='Operator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('division_code', models.BigIntegerField(verbose_name='区划代码')),
                ('starts_on', models.DateField(verbose_name='起')),
                ('ends_on', models.DateField(blank=True, help_text='不再有效的第一天', null=True, verbose_name='止')),
                ('kind', models.CharField(choices=[('organisation', '专业服务机构'), ('person', '落实专人')], max_length=12, verbose_name='方式')),
                ('name', models.CharField(max_length=80, verbose_name='名称')),
                ('agreement', models.CharField(blank=True, max_length=120, verbose_name='协议或任命文件')),
                ('facility', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='operators', to='facilities.facility', verbose_name='设施')),
            ],
            options={
                'verbose_name': '综合运营',
                'verbose_name_plural': '综合运营',
                'constraints': [models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gt', models.F('starts_on')), _connector='OR'), name='operator_dates_in_order')],
            },
        ),
        migrations.AddConstraint(
            model_name='site',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gt', models.F('starts_on')), _connector='OR'), name='site_dates_in_order'),
        ),
        migrations.AddConstraint(
            model_name='site',
            constraint=models.CheckConstraint(condition=models.Q(('floor_area_m2', None), ('floor_area_m2__gt', 0), _connector='OR'), name='site_floor_area_positive'),
        ),
        migrations.AddConstraint(
            model_name='site',
            constraint=models.UniqueConstraint(fields=('id', 'facility'), name='site_of_facility'),
        ),
        migrations.AddConstraint(
            model_name='space',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gt', models.F('starts_on')), _connector='OR'), name='space_dates_in_order'),
        ),
        migrations.AddConstraint(
            model_name='space',
            constraint=models.CheckConstraint(condition=models.Q(('usable_area_m2', None), ('usable_area_m2__gt', 0), _connector='OR'), name='space_usable_area_positive'),
        ),
        migrations.AddConstraint(
            model_name='offeredfunction',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gt', models.F('starts_on')), _connector='OR'), name='function_dates_in_order'),
        ),
        migrations.AddConstraint(
            model_name='offeredfunction',
            constraint=models.CheckConstraint(condition=models.Q(('item_number', None), ('local_name', ''), _connector='XOR'), name='function_is_an_item_or_local'),
        ),
        IsolateByScope("facilities_facility", granted_by="id"),
        IsolateByScope("facilities_facilitystate", granted_by="facility_id"),
        IsolateByScope("facilities_coverage", granted_by="facility_id"),
        IsolateByScope("facilities_site", granted_by="facility_id"),
        IsolateByScope("facilities_space", granted_by="facility_id"),
        IsolateByScope("facilities_offeredfunction", granted_by="facility_id"),
        IsolateByScope("facilities_operator", granted_by="facility_id"),
        IsolateByScope("facilities_facilitylineage", granted_by="facility_id"),
        BindToParent("facilities_facilitystate", parent="facilities_facility"),
        BindToParent("facilities_coverage", parent="facilities_facility"),
        BindToParent("facilities_site", parent="facilities_facility"),
        BindToParent("facilities_space", parent="facilities_facility"),
        BindToParent("facilities_offeredfunction", parent="facilities_facility"),
        BindToParent("facilities_operator", parent="facilities_facility"),
        BindToParent("facilities_facilitylineage", parent="facilities_facility"),
        BindToParent("facilities_space", parent="facilities_site", column="site_id"),
    ]
