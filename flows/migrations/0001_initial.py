from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from runtime.ids import uuid7
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('team', '0001_initial')]

    initial = True

    operations = [
        ops.CreateModel(
            name='Rule',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('workspace', fields.ForeignKeyField('team.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('position', fields.IntField(default=0)),
                ('kind', fields.CharField(max_length=20)),
                ('keywords', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('contains', fields.BooleanField(default=False)),
                ('coupon_id', fields.UUIDField(null=True)),
                ('text', fields.TextField(default='', unique=False)),
                ('refusal_texts', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('active', fields.BooleanField(default=True)),
            ],
            options={'table': 'flow_rule', 'app': 'flows', 'indexes': [Index(fields=['workspace_id', 'position'])], 'pk_attr': 'id', 'table_description': 'What a bot does when: `kind` keyword, follow, get_started or referral.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='Run',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('workspace_id', fields.UUIDField()),
                ('rule', fields.ForeignKeyField('flows.Rule', source_field='rule_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('conversation_id', fields.UUIDField()),
                ('trigger', fields.CharField(max_length=120)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'flow_run', 'app': 'flows', 'pk_attr': 'id', 'table_description': 'A rule answered an event of a conversation; claims are keyed by run and step.'},
            bases=['StrictModel'],
        ),
    ]
