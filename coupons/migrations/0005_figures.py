"""The roll-ups of coupons' figures, what each claim adds to them, and the place in the feed."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from uuid import uuid4
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('conversations', '0001_initial'), ('conversations', '0002_queues'), ('conversations', '0003_outbox_pop'), ('conversations', '0004_message_claim'), ('coupons', '0004_code_batches'), ('team', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='CountedClaim',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('coupon_id', fields.UUIDField(db_index=True)),
                ('channel', fields.CharField(max_length=20)),
                ('trigger_kind', fields.CharField(max_length=20)),
                ('member_id', fields.UUIDField()),
                ('store_id', fields.UUIDField()),
                ('claimed_on', fields.DateField()),
                ('opened_on', fields.DateField(null=True)),
                ('redeemed_on', fields.DateField(null=True)),
                ('voided_on', fields.DateField(null=True)),
            ],
            options={'table': 'counted_claim', 'app': 'coupons', 'pk_attr': 'id', 'table_description': 'What a claim adds to the figures at present, so that a later state can take it off again.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='Figure',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('workspace_id', fields.UUIDField()),
                ('coupon_id', fields.UUIDField()),
                ('day', fields.DateField()),
                ('channel', fields.CharField(max_length=20)),
                ('trigger_kind', fields.CharField(max_length=20)),
                ('member_id', fields.UUIDField()),
                ('store_id', fields.UUIDField()),
                ('claimed', fields.BigIntField(default=0)),
                ('opened', fields.BigIntField(default=0)),
                ('redeemed', fields.BigIntField(default=0)),
                ('voided', fields.BigIntField(default=0)),
            ],
            options={'table': 'figure', 'app': 'coupons', 'unique_together': (('coupon_id', 'day', 'channel', 'trigger_kind', 'member_id', 'store_id'),), 'pk_attr': 'id', 'table_description': "How many claims of a coupon were claimed, opened, redeemed and voided on a day of the workspace's"},
            bases=['StrictModel'],
        ),
        ops.RunSQL(
            [
                *(f"ALTER TABLE figure ALTER COLUMN {name} SET DEFAULT 0" for name in ("claimed", "opened", "redeemed", "voided")),
                "ALTER TABLE figure SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05)",
                "ALTER TABLE counted_claim SET (fillfactor = 80)",
                "CREATE INDEX figure_workspace ON figure (workspace_id, coupon_id)",
            ],
            reverse_sql=["DROP INDEX figure_workspace"],
        ),
        ops.CreateModel(
            name='FigureCursor',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=20)),
                ('xid', fields.BigIntField()),
                ('feed_id', fields.BigIntField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'figure_cursor', 'app': 'coupons', 'pk_attr': 'name', 'table_description': 'The one row, named claims, that says up to where the feed is in the figures.'},
            bases=['StrictModel'],
        ),
    ]
