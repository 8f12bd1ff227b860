"""Fields of contacts, saved replies, and accounts that pause or are removed."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from runtime.ids import uuid7
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('conversations', '0004_message_claim'), ('team', '0003_sign_in_links')]

    operations = [
        ops.CreateModel(
            name='Attribute',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('workspace', fields.ForeignKeyField('team.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('key', fields.CharField(max_length=40)),
                ('label', fields.CharField(max_length=60)),
                ('type', fields.CharField(max_length=8)),
                ('position', fields.IntField()),
            ],
            options={'table': 'attribute', 'app': 'conversations', 'unique_together': (('workspace_id', 'key'), ('workspace_id', 'label')), 'pk_attr': 'id', 'table_description': 'A field that contacts may have; its value stands under `key` in `contact.attributes`.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='SavedReply',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('workspace', fields.ForeignKeyField('team.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('member', fields.ForeignKeyField('team.Member', source_field='member_id', null=True, db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('shortcut', fields.CharField(max_length=30)),
                ('title', fields.CharField(max_length=80)),
                ('text', fields.TextField(unique=False)),
                ('changed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'saved_reply', 'app': 'conversations', 'pk_attr': 'id', 'table_description': "Words to be used again; `member_id` is whose they are, None for everybody's."},
            bases=['StrictModel'],
        ),
        ops.RemoveConstraint(
            model_name='ChannelAccount',
            name=None,
            fields=['channel', 'name'],
        ),
        ops.AddField(
            model_name='ChannelAccount',
            name='paused_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='ChannelAccount',
            name='removed_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.RunSQL(
            [
                "CREATE UNIQUE INDEX account_name ON channel_account (channel, name) WHERE removed_at IS NULL",
                "CREATE UNIQUE INDEX saved_reply_shortcut ON saved_reply"
                " (workspace_id, coalesce(member_id, workspace_id), shortcut)",
            ],
            reverse_sql=["DROP INDEX account_name", "DROP INDEX saved_reply_shortcut"],
        ),
    ]
