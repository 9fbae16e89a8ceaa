import apps.core.encryption.fields
import apps.customers.models.fields
import django.db.models.deletion
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('customers', '0001_initial'), ('customers', '0002_contacts'), ('customers', '0003_tags_and_tiers')]

    initial = True

    dependencies = [
        ('rbac', '0002_switched_off_tenants'),
    ]

    operations = [
        migrations.CreateModel(
            name='CustomerTag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=50, verbose_name='name')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='customer_tags', to='rbac.tenant', verbose_name='tenant')),
            ],
            options={
                'verbose_name': 'customer tag',
                'verbose_name_plural': 'customer tags',
                'ordering': ('name', 'pk'),
                'constraints': [models.UniqueConstraint(fields=('tenant', 'name'), name='customertag_name_once')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalCustomer',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('number', models.CharField(db_index=True, max_length=32, verbose_name='number')),
                ('name', models.CharField(db_index=True, max_length=200, verbose_name='name')),
                ('uscc', models.CharField(blank=True, max_length=18, null=True, verbose_name='unified social credit code')),
                ('industry', models.CharField(blank=True, max_length=50, verbose_name='industry')),
                ('verification', models.CharField(choices=[('unverified', 'Unverified'), ('pending', 'In review'), ('verified', 'Verified'), ('rejected', 'Rejected'), ('changing', 'Being changed'), ('expired', 'Expired')], default='unverified', max_length=16, verbose_name='real-name verification')),
                ('verified_at', models.DateTimeField(blank=True, null=True, verbose_name='verified at')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('created_at', models.DateTimeField(db_index=True, verbose_name='created at')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('tenant', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='rbac.tenant', verbose_name='tenant')),
                ('tier', models.CharField(choices=[('standard', 'Standard'), ('silver', 'Silver'), ('gold', 'Gold'), ('strategic', 'Strategic')], db_default='standard', default='standard', max_length=16, verbose_name='customer tier')),
            ],
            options={
                'verbose_name': 'historical customer',
                'verbose_name_plural': 'historical customers',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalCustomerTag',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(max_length=50, verbose_name='name')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='rbac.tenant', verbose_name='tenant')),
            ],
            options={
                'verbose_name': 'historical customer tag',
                'verbose_name_plural': 'historical customer tags',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=32, unique=True, verbose_name='number')),
                ('name', models.CharField(db_index=True, max_length=200, verbose_name='name')),
                ('uscc', models.CharField(blank=True, max_length=18, null=True, verbose_name='unified social credit code')),
                ('industry', models.CharField(blank=True, max_length=50, verbose_name='industry')),
                ('verification', models.CharField(choices=[('unverified', 'Unverified'), ('pending', 'In review'), ('verified', 'Verified'), ('rejected', 'Rejected'), ('changing', 'Being changed'), ('expired', 'Expired')], default='unverified', max_length=16, verbose_name='real-name verification')),
                ('verified_at', models.DateTimeField(blank=True, null=True, verbose_name='verified at')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('created_at', models.DateTimeField(db_index=True, verbose_name='created at')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='customers', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='customers', to='rbac.tenant', verbose_name='tenant')),
                ('tier', models.CharField(choices=[('standard', 'Standard'), ('silver', 'Silver'), ('gold', 'Gold'), ('strategic', 'Strategic')], db_default='standard', default='standard', max_length=16, verbose_name='customer tier')),
                ('tags', models.ManyToManyField(blank=True, related_name='customers', to='customers.customertag', verbose_name='customer tags')),
            ],
            options={
                'verbose_name': 'customer',
                'verbose_name_plural': 'customers',
                'ordering': ('-pk',),
                'permissions': [('verify_customer', 'Can review real-name applications'), ('classify_customer', "Can set customers' tiers and tags"), ('submit_verification', 'Can apply for real-name verification')],
                'constraints': [models.CheckConstraint(condition=models.Q(('verification__in', ['unverified', 'pending', 'rejected', 'verified', 'changing', 'expired'])), name='customers_customer_verification_known'), models.CheckConstraint(condition=models.Q(models.Q(('verification', 'verified'), _negated=True), ('verified_at__isnull', False), _connector='OR'), name='customers_customer_verified_at_set_once_verified'), models.UniqueConstraint(fields=('tenant', 'uscc'), name='customer_uscc_once'), models.CheckConstraint(condition=models.Q(('tier__in', ['standard', 'silver', 'gold', 'strategic'])), name='customer_tier_known')],
            },
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row_key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('name', models.CharField(db_index=True, max_length=100, verbose_name='name')),
                ('roles', apps.customers.models.fields.ChoiceSetField(choices=[('primary', 'Primary account'), ('sub_account', 'Sub-account'), ('technical', 'Technical'), ('business', 'Business'), ('finance', 'Finance')], max_length=100, verbose_name='contact roles')),
                ('email', models.EmailField(blank=True, db_index=True, max_length=254, verbose_name='e-mail')),
                ('phone', apps.core.encryption.fields.EncryptedTextField(blank=True, default='', row='row_key', verbose_name='phone')),
                ('phone_index', apps.core.encryption.fields.BlindIndexField(blank=True, db_index=True, editable=False, kind='phone', max_length=64, source='phone')),
                ('phone_tail', apps.core.encryption.fields.BlindIndexField(blank=True, db_index=True, editable=False, kind='phone_tail', max_length=64, source='phone')),
                ('phone_masked', models.CharField(blank=True, editable=False, max_length=20, verbose_name='phone')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('created_at', models.DateTimeField(verbose_name='created at')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='customers.customer', verbose_name='customer')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to=settings.AUTH_USER_MODEL, verbose_name='portal account')),
            ],
            options={
                'verbose_name': 'contact',
                'verbose_name_plural': 'contacts',
                'ordering': ('pk',),
                'permissions': [('reveal_contact', "Can see contacts' phone numbers")],
                'constraints': [models.UniqueConstraint(fields=('customer', 'user'), name='contact_user_once'), models.CheckConstraint(condition=models.Q(models.Q(('email', ''), _negated=True), models.Q(('phone_masked', ''), _negated=True), _connector='OR'), name='contact_reachable'), models.CheckConstraint(condition=models.Q(('roles', ''), _negated=True), name='contact_has_role')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalContact',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('row_key', models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ('name', models.CharField(db_index=True, max_length=100, verbose_name='name')),
                ('roles', apps.customers.models.fields.ChoiceSetField(choices=[('primary', 'Primary account'), ('sub_account', 'Sub-account'), ('technical', 'Technical'), ('business', 'Business'), ('finance', 'Finance')], max_length=100, verbose_name='contact roles')),
                ('email', models.EmailField(blank=True, db_index=True, max_length=254, verbose_name='e-mail')),
                ('phone_masked', models.CharField(blank=True, editable=False, max_length=20, verbose_name='phone')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('created_at', models.DateTimeField(verbose_name='created at')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('customer', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.customer', verbose_name='customer')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='portal account')),
            ],
            options={
                'verbose_name': 'historical contact',
                'verbose_name_plural': 'historical contacts',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalMembership',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('is_primary', models.BooleanField(default=False, verbose_name='primary account')),
                ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created at')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('customer', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.customer')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical portal account',
                'verbose_name_plural': 'historical portal accounts',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_primary', models.BooleanField(default=False, verbose_name='primary account')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='customers.customer')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'portal account',
                'verbose_name_plural': 'portal accounts',
                'constraints': [models.UniqueConstraint(fields=('customer', 'user'), name='membership_once')],
            },
        ),
    ]
