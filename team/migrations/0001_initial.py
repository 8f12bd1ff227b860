from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from runtime.ids import uuid7
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name='Throttle',
            fields=[
                ('subject', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=160)),
                ('failures', fields.IntField()),
                ('first_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('blocked_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'throttle', 'app': 'team', 'pk_attr': 'subject', 'table_description': 'Failed tries of one subject (an address, an e-mail, a claim); slows the next ones down.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='Workspace',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('name', fields.CharField(max_length=120)),
                ('zone', fields.CharField(default='Asia/Taipei', max_length=64)),
                ('language', fields.CharField(default='zh-Hant', max_length=16)),
                ('features', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'workspace', 'app': 'team', 'pk_attr': 'id', 'table_description': "A merchant's business: the border of everything a member may see."},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='Member',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('workspace', fields.ForeignKeyField('team.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('email', fields.CharField(unique=True, max_length=254)),
                ('name', fields.CharField(max_length=120)),
                ('role', fields.CharField(max_length=20)),
                ('password_hash', fields.CharField(default='', max_length=255)),
                ('language', fields.CharField(default='', max_length=16)),
                ('active', fields.BooleanField(default=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'member', 'app': 'team', 'pk_attr': 'id', 'table_description': 'A person on the staff. `email` is stored in lower case and unique everywhere: it signs in.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('workspace', fields.ForeignKeyField('team.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('member', fields.ForeignKeyField('team.Member', source_field='member_id', null=True, db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('action', fields.CharField(max_length=60)),
                ('subject', fields.CharField(default='', max_length=120)),
                ('detail', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'audit_entry', 'app': 'team', 'indexes': [Index(fields=['workspace_id', 'at'])], 'pk_attr': 'id', 'table_description': 'Who changed what, and when. Rows are only ever added.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='Session',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('token_hash', fields.BinaryField()),
                ('member', fields.ForeignKeyField('team.Member', source_field='member_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('seen_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ('ended_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('user_agent', fields.CharField(default='', max_length=200)),
            ],
            options={'table': 'session', 'app': 'team', 'unique_together': (('token_hash',),), 'pk_attr': 'id', 'table_description': "A signed-in browser. Only the hash of its cookie's token is stored."},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='Store',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('workspace', fields.ForeignKeyField('team.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=120)),
                ('address', fields.CharField(default='', max_length=300)),
                ('phone', fields.CharField(default='', max_length=40)),
                ('latitude', fields.FloatField(null=True)),
                ('longitude', fields.FloatField(null=True)),
            ],
            options={'table': 'store', 'app': 'team', 'unique_together': (('workspace_id', 'name'),), 'pk_attr': 'id', 'table_description': 'A shop where coupons are redeemed.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='MemberStore',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('member', fields.ForeignKeyField('team.Member', source_field='member_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('store', fields.ForeignKeyField('team.Store', source_field='store_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'member_store', 'app': 'team', 'unique_together': (('member_id', 'store_id'),), 'pk_attr': 'id', 'table_description': 'A store a seller or verifier works in.'},
            bases=['StrictModel'],
        ),
    ]
