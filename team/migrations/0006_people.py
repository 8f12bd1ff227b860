from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from runtime.ids import uuid7
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('team', '0005_teamwork')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Invitation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('token_hash', fields.BinaryField()),
                ('workspace', fields.ForeignKeyField('team.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('email', fields.CharField(max_length=254)),
                ('role', fields.CharField(max_length=20)),
                ('stores', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('made_by', fields.UUIDField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'invitation', 'app': 'team', 'unique_together': (('token_hash',), ('workspace_id', 'email')), 'pk_attr': 'id', 'table_description': 'A link by which somebody joins the staff, with the role its maker chose. Only its hash is stored.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='PasswordLink',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('token_hash', fields.BinaryField()),
                ('member', fields.OneToOneField('team.Member', source_field='member_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('made_by', fields.UUIDField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'password_link', 'app': 'team', 'unique_together': (('token_hash',),), 'pk_attr': 'id', 'table_description': 'A link by which a member sets a new password, made by an admin. Only its hash is stored.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='RecoveryCode',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('member', fields.ForeignKeyField('team.Member', source_field='member_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('code_hash', fields.BinaryField()),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'recovery_code', 'app': 'team', 'unique_together': (('member_id', 'code_hash'),), 'pk_attr': 'id', 'table_description': 'A code that stands in for the authenticator once. Only its keyed hash is stored.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='SecondStep',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('member', fields.OneToOneField('team.Member', source_field='member_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('secret', fields.BinaryField()),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('confirmed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('last_step', fields.BigIntField(default=0)),
            ],
            options={'table': 'second_step', 'app': 'team', 'pk_attr': 'id', 'table_description': "A member's authenticator: its secret, encrypted; on once a code confirmed it."},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='SignInStep',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('token_hash', fields.BinaryField()),
                ('member', fields.ForeignKeyField('team.Member', source_field='member_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'sign_in_step', 'app': 'team', 'unique_together': (('token_hash',),), 'pk_attr': 'id', 'table_description': "Somebody whose password was right and whose code is awaited. Only its token's hash is stored."},
            bases=['StrictModel'],
        ),
        ops.AddField(
            model_name='Session',
            name='address',
            field=fields.CharField(default='', db_default='', max_length=64),
        ),
        ops.AddField(
            model_name='Session',
            name='via',
            field=fields.CharField(default='password', db_default='password', max_length=10),
        ),
        ops.AddField(
            model_name='Workspace',
            name='two_steps',
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
