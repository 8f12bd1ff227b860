from tortoise import migrations
from tortoise.migrations import operations as ops
from runtime.ids import uuid7
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('conversations', '0001_initial'), ('conversations', '0002_queues'), ('conversations', '0003_outbox_pop'), ('conversations', '0004_message_claim'), ('coupons', '0005_figures'), ('team', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='PinGuess',
            fields=[
                ('subject', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=120)),
                ('wrong', fields.IntField(default=0, db_default=0)),
                ('waits', fields.IntField(default=0, db_default=0)),
                ('blocked_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'pin_guess', 'app': 'coupons', 'pk_attr': 'subject', 'table_description': 'Wrong PINs by one contact on one device (`subject` `g:` both), and devices on which a right one was'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='PinHour',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('coupon', fields.ForeignKeyField('coupons.Coupon', source_field='coupon_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('hour', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('wrong', fields.IntField()),
            ],
            options={'table': 'pin_hour', 'app': 'coupons', 'unique_together': (('coupon_id', 'hour'),), 'pk_attr': 'id', 'table_description': 'How many wrong PINs met one coupon in the hour that began at `hour`.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='PinStore',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('pin', fields.ForeignKeyField('coupons.StaffPin', source_field='pin_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('store', fields.ForeignKeyField('team.Store', source_field='store_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'pin_store', 'app': 'coupons', 'unique_together': (('pin_id', 'store_id'),), 'pk_attr': 'id', 'table_description': 'A store where a PIN is good, beside its own one.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='RedemptionUnit',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('coupon', fields.ForeignKeyField('coupons.Coupon', source_field='coupon_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('seq', fields.IntField()),
                ('state', fields.CharField(default='free', db_default='free', max_length=10)),
                ('claim_id', fields.UUIDField(null=True)),
            ],
            options={'table': 'redemption_unit', 'app': 'coupons', 'unique_together': (('coupon_id', 'seq'),), 'pk_attr': 'id', 'table_description': 'One redemption of a coupon that may be redeemed only so often in all. `state`: free, used (by'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='TillHold',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('workspace', fields.ForeignKeyField('team.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('claim', fields.ForeignKeyField('coupons.Claim', source_field='claim_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('holder', fields.CharField(max_length=120)),
                ('store_id', fields.UUIDField(null=True)),
                ('store_name', fields.CharField(default='', db_default='', max_length=120)),
                ('who', fields.CharField(default='', db_default='', max_length=120)),
                ('member_id', fields.UUIDField(null=True)),
                ('state', fields.CharField(default='held', db_default='held', max_length=10)),
                ('key', fields.CharField(max_length=80)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'till_hold', 'app': 'coupons', 'unique_together': (('claim_id', 'key'),), 'pk_attr': 'id', 'table_description': 'A till keeps a claim for itself until `expires_at`. `state`: held, confirmed, released or expired;'},
            bases=['StrictModel'],
        ),
        ops.AddField(
            model_name='Redemption',
            name='reason',
            field=fields.CharField(default='', db_default='', max_length=200),
        ),
        ops.AddField(
            model_name='Redemption',
            name='undoes',
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name='Redemption',
            name='via',
            field=fields.CharField(default='', db_default='', max_length=8),
        ),
        ops.AlterModelOptions(
            name='StaffPin',
            options={'table': 'staff_pin', 'app': 'coupons', 'unique_together': (('workspace_id', 'pin_hash'),), 'pk_attr': 'id', 'table_description': "A named code a shop's staff enter on the customer's phone; only its keyed hash is stored. It is good"},
        ),
        ops.RunSQL(
            [
                "ALTER TABLE redemption_unit ADD CONSTRAINT redemption_unit_state"
                " CHECK (state IN ('free', 'used', 'withdrawn') AND (state = 'used') = (claim_id IS NOT NULL))",
                "CREATE INDEX redemption_unit_free ON redemption_unit (coupon_id, seq) WHERE state = 'free'",
                "CREATE UNIQUE INDEX redemption_unit_claim ON redemption_unit (claim_id) WHERE claim_id IS NOT NULL",
                "ALTER TABLE till_hold ADD CONSTRAINT till_hold_state"
                " CHECK (state IN ('held', 'confirmed', 'released', 'expired'))",
                "CREATE UNIQUE INDEX till_hold_held ON till_hold (claim_id) WHERE state = 'held'",
                "UPDATE redemption SET via = CASE WHEN pin_id IS NULL THEN 'shop' ELSE 'pin' END",
                # What was redeemed before contacts' redemptions were counted.
                "INSERT INTO limit_row (coupon_id, subject, period_start, count)"
                " SELECT coupon_id, 'r:' || contact_id, timestamptz 'epoch', count(*) FROM claim"
                " WHERE state = 'redeemed' AND NOT test GROUP BY coupon_id, contact_id",
            ],
            reverse_sql=["DELETE FROM limit_row WHERE subject LIKE 'r:%'"],
        ),
    ]
