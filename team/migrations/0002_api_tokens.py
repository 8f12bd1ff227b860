from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from runtime.ids import uuid7
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('team', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='ApiToken',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('workspace', fields.ForeignKeyField('team.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=60)),
                ('token_hash', fields.BinaryField()),
                ('scopes', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('store', fields.ForeignKeyField('team.Store', source_field='store_id', null=True, db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'api_token', 'app': 'team', 'unique_together': (('token_hash',), ('workspace_id', 'name')), 'pk_attr': 'id', 'table_description': 'What a till or an integration signs in with. Only the hash is stored; `scopes` are team.tokens.SCOPES.'},
            bases=['StrictModel'],
        ),
    ]
