from tortoise import migrations
from tortoise.migrations import operations as ops
from runtime.ids import uuid7
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('team', '0002_api_tokens')]

    initial = False

    operations = [
        ops.CreateModel(
            name='SignInLink',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('token_hash', fields.BinaryField()),
                ('member', fields.ForeignKeyField('team.Member', source_field='member_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('made_by', fields.UUIDField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'sign_in_link', 'app': 'team', 'unique_together': (('token_hash',),), 'pk_attr': 'id', 'table_description': 'A link that signs a verifier in once. Only the hash of its token is stored.'},
            bases=['StrictModel'],
        ),
    ]
