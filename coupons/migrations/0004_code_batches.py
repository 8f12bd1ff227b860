"""Batches of codes, the lines they refused, and units still to be made; codes remember their batch."""

from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from runtime.ids import uuid7
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('coupons', '0003_designs'), ('team', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='CodeBatch',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('workspace', fields.ForeignKeyField('team.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('coupon', fields.ForeignKeyField('coupons.Coupon', source_field='coupon_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(default='import', db_default='import', max_length=8)),
                ('state', fields.CharField(max_length=12)),
                ('source', fields.CharField(default='page', db_default='page', max_length=8)),
                ('file_name', fields.CharField(default='', db_default='', max_length=200)),
                ('file_hash', fields.BinaryField(null=True)),
                ('member_id', fields.UUIDField(null=True)),
                ('add_check', fields.BooleanField(default=False, db_default=False)),
                ('encoding', fields.CharField(default='', db_default='', max_length=12)),
                ('rows', fields.IntField(default=0, db_default=0)),
                ('good', fields.IntField(default=0, db_default=0)),
                ('counts', fields.JSONField(default=dict, db_default={}, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('sample', fields.JSONField(default=list, db_default=[], encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('progress', fields.IntField(default=0, db_default=0)),
                ('total', fields.IntField(default=0, db_default=0)),
                ('problem', fields.CharField(default='', db_default='', max_length=300)),
                ('upto', fields.BigIntField(default=0, db_default=0)),
                ('kept', fields.IntField(default=0, db_default=0)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('finished_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'code_batch', 'app': 'coupons', 'indexes': [Index(fields=['coupon_id', 'id'])], 'pk_attr': 'id', 'table_description': 'One file of codes, or one order of codes for printing.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='RejectedCode',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('batch', fields.ForeignKeyField('coupons.CodeBatch', source_field='batch_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('line', fields.IntField()),
                ('value', fields.CharField(max_length=200)),
                ('reason', fields.CharField(max_length=16)),
            ],
            options={'table': 'rejected_code', 'app': 'coupons', 'unique_together': (('batch_id', 'line'),), 'pk_attr': 'id', 'table_description': 'A line that was not loaded: its number in the file, what stood there, and why.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='StockJob',
            fields=[
                ('coupon', fields.OneToOneField('coupons.Coupon', source_field='coupon_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('made', fields.IntField(default=0, db_default=0)),
                ('wanted', fields.IntField(default=0, db_default=0)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'stock_job', 'app': 'coupons', 'pk_attr': 'coupon_id', 'table_description': 'Units of a coupon wait to be made: `made` of `wanted` so far; gone when all are there.'},
            bases=['StrictModel'],
        ),
        ops.AddField(
            model_name='Code',
            name='batch_id',
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name='Code',
            name='disabled_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.RunSQL(
            [
                "ALTER TABLE code_batch ADD CONSTRAINT code_batch_state CHECK (state IN ('rehearsing',"
                " 'ready', 'committing', 'generating', 'loaded', 'refused', 'discarding', 'discarded',"
                " 'taking_back', 'taken_back'))",
                # Codes that were loaded before there were batches become one batch a coupon.
                "INSERT INTO code_batch (id, workspace_id, coupon_id, state, good, rows, upto, created_at,"
                " finished_at) SELECT gen_random_uuid(), c.workspace_id, c.id, 'loaded', count(*), count(*),"
                " coalesce((SELECT max(u.code_id) FROM unit u WHERE u.coupon_id = c.id), 0), c.created_at,"
                " c.created_at FROM coupon c JOIN code k ON k.coupon_id = c.id GROUP BY c.id",
                "UPDATE code k SET batch_id = b.id FROM code_batch b WHERE b.coupon_id = k.coupon_id",
                "CREATE INDEX code_batch_codes ON code (batch_id, id) WHERE batch_id IS NOT NULL",
                "DROP INDEX code_coupon",
                "CREATE INDEX unit_withdrawn ON unit (coupon_id, seq) WHERE state = 'withdrawn'",
            ],
            reverse_sql=[
                "DROP INDEX unit_withdrawn",
                "CREATE INDEX code_coupon ON code (coupon_id, id)",
                "DROP INDEX code_batch_codes",
                "ALTER TABLE code_batch DROP CONSTRAINT code_batch_state",
            ],
        ),
    ]
