import apps.core.models.fields
import apps.core.money
import django.db.models.deletion
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('customers', '0001_initial'),
        ('products', '0001_initial'),
        ('rbac', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalOrder',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('number', models.CharField(db_index=True, max_length=32, verbose_name='number')),
                ('list_total', apps.core.money.MoneyField(decimal_places=2, max_digits=18, verbose_name='list total')),
                ('total', apps.core.money.MoneyField(decimal_places=2, max_digits=18, verbose_name='total')),
                ('status', models.CharField(choices=[('awaiting_payment', 'Awaiting payment'), ('provisioning', 'Being provisioned'), ('parked', 'Held for a person'), ('refunding', 'Being refunded'), ('completed', 'Completed'), ('refunded', 'Failed and refunded'), ('cancelled', 'Cancelled')], default='awaiting_payment', max_length=20, verbose_name='status')),
                ('placed_at', models.DateTimeField(db_index=True, verbose_name='placed at')),
                ('paid_at', models.DateTimeField(blank=True, null=True, verbose_name='paid at')),
                ('completed_at', models.DateTimeField(blank=True, null=True, verbose_name='completed at')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed at')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('customer', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='customers.customer', verbose_name='customer')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('placed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='placed by')),
                ('quote', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='products.quote', verbose_name='quote')),
                ('tenant', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='rbac.tenant', verbose_name='tenant')),
            ],
            options={
                'verbose_name': 'historical order',
                'verbose_name_plural': 'historical orders',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=32, unique=True, verbose_name='number')),
                ('list_total', apps.core.money.MoneyField(decimal_places=2, max_digits=18, verbose_name='list total')),
                ('total', apps.core.money.MoneyField(decimal_places=2, max_digits=18, verbose_name='total')),
                ('status', models.CharField(choices=[('awaiting_payment', 'Awaiting payment'), ('provisioning', 'Being provisioned'), ('parked', 'Held for a person'), ('refunding', 'Being refunded'), ('completed', 'Completed'), ('refunded', 'Failed and refunded'), ('cancelled', 'Cancelled')], default='awaiting_payment', max_length=20, verbose_name='status')),
                ('placed_at', models.DateTimeField(db_index=True, verbose_name='placed at')),
                ('paid_at', models.DateTimeField(blank=True, null=True, verbose_name='paid at')),
                ('completed_at', models.DateTimeField(blank=True, null=True, verbose_name='completed at')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed at')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='customers.customer', verbose_name='customer')),
                ('placed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='placed by')),
                ('quote', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='order', to='products.quote', verbose_name='quote')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='rbac.tenant', verbose_name='tenant')),
            ],
            options={
                'verbose_name': 'order',
                'verbose_name_plural': 'orders',
                'ordering': ('-pk',),
                'permissions': [('place_order', 'Can place orders'), ('pay_order', 'Can pay orders'), ('cancel_order', 'Can cancel unpaid orders'), ('resume_order', 'Can resume held orders'), ('abandon_order', 'Can give up held orders')],
                'indexes': [models.Index(fields=['status', 'placed_at'], name='order_by_status')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['awaiting_payment', 'provisioning', 'parked', 'refunding', 'completed', 'refunded', 'cancelled'])), name='orders_order_status_known'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'provisioning'), _negated=True), ('paid_at__isnull', False), _connector='OR'), name='orders_order_paid_at_set_once_provisioning'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'completed'), _negated=True), ('completed_at__isnull', False), _connector='OR'), name='orders_order_completed_at_set_once_completed'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'refunded'), _negated=True), ('closed_at__isnull', False), _connector='OR'), name='orders_order_closed_at_set_once_refunded'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'cancelled'), _negated=True), ('closed_at__isnull', False), _connector='OR'), name='orders_order_closed_at_set_once_cancelled'), models.CheckConstraint(condition=models.Q(('total__gte', 0), ('total__lte', models.F('list_total'))), name='order_total_within_list')],
            },
        ),
        migrations.CreateModel(
            name='OrderLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('quantity', models.PositiveIntegerField(verbose_name='quantity')),
                ('periods', models.PositiveIntegerField(verbose_name='periods')),
                ('billing_mode', models.CharField(choices=[('hourly', 'Per hour'), ('monthly', 'Per month'), ('yearly', 'Per year')], max_length=16, verbose_name='billing mode')),
                ('list_amount', apps.core.money.MoneyField(decimal_places=2, max_digits=18, verbose_name='list amount')),
                ('amount', apps.core.money.MoneyField(decimal_places=2, max_digits=18, verbose_name='amount')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='orders.order', verbose_name='order')),
                ('sku', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='order_lines', to='products.sku', verbose_name='SKU')),
            ],
            options={
                'verbose_name': 'order line',
                'verbose_name_plural': 'order lines',
                'ordering': ('order', 'position'),
                'constraints': [models.UniqueConstraint(fields=('order', 'position'), name='orderline_position_once')],
            },
        ),
        migrations.CreateModel(
            name='Saga',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('running', 'Running'), ('compensating', 'Undoing'), ('parked', 'Held for a person'), ('completed', 'Completed'), ('compensated', 'Undone')], default='running', max_length=16, verbose_name='status')),
                ('fence', models.PositiveIntegerField(default=0, verbose_name='fence')),
                ('leased_until', models.DateTimeField(blank=True, null=True, verbose_name='leased until')),
                ('next_run_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='next run at')),
                ('started_at', models.DateTimeField(verbose_name='started at')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended at')),
                ('problem', models.CharField(blank=True, max_length=500, verbose_name='problem')),
                ('order', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='saga', to='orders.order', verbose_name='order')),
            ],
            options={
                'verbose_name': 'saga',
                'verbose_name_plural': 'sagas',
                'ordering': ('-pk',),
                'indexes': [models.Index(fields=['status', 'next_run_at'], name='saga_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['running', 'compensating', 'parked', 'completed', 'compensated'])), name='orders_saga_status_known'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'completed'), _negated=True), ('ended_at__isnull', False), _connector='OR'), name='orders_saga_ended_at_set_once_completed'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'compensated'), _negated=True), ('ended_at__isnull', False), _connector='OR'), name='orders_saga_ended_at_set_once_compensated')],
            },
        ),
        migrations.CreateModel(
            name='SagaStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('name', models.CharField(choices=[('reserve', 'Reserve stock'), ('charge', 'Charge the wallet'), ('provision', 'Create at the cloud'), ('activate', 'Hand over')], max_length=16, verbose_name='step')),
                ('key', apps.core.models.fields.ExactCharField(max_length=64, unique=True, verbose_name='idempotency key')),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('started', 'Started'), ('unknown', 'Being checked'), ('done', 'Done'), ('failed', 'Failed'), ('undone', 'Undone')], default='waiting', max_length=16, verbose_name='status')),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='attempts')),
                ('result', models.JSONField(blank=True, default=dict, verbose_name='result')),
                ('problem', models.CharField(blank=True, max_length=500, verbose_name='problem')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started at')),
                ('done_at', models.DateTimeField(blank=True, null=True, verbose_name='done at')),
                ('line', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='orders.orderline', verbose_name='line')),
                ('saga', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='orders.saga', verbose_name='saga')),
            ],
            options={
                'verbose_name': 'saga step',
                'verbose_name_plural': 'saga steps',
                'ordering': ('saga', 'position'),
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['waiting', 'started', 'unknown', 'done', 'failed', 'undone'])), name='orders_sagastep_status_known'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'started'), _negated=True), ('started_at__isnull', False), _connector='OR'), name='orders_sagastep_started_at_set_once_started'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'done'), _negated=True), ('done_at__isnull', False), _connector='OR'), name='orders_sagastep_done_at_set_once_done'), models.UniqueConstraint(fields=('saga', 'position'), name='sagastep_position_once')],
            },
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['customer', '-placed_at'], name='order_of_customer'),
        ),
    ]
