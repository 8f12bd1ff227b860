from tortoise import migrations
from tortoise.migrations import operations as ops
from runtime.ids import uuid7
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('conversations', '0005_workspace_settings'), ('team', '0004_workspace_settings')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Mention',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('member', fields.ForeignKeyField('team.Member', source_field='member_id', db_constraint=True, to_field='id', related_name='mentions', on_delete=OnDelete.CASCADE)),
                ('by_id', fields.UUIDField()),
                ('conversation', fields.ForeignKeyField('conversations.Conversation', source_field='conversation_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('message', fields.ForeignKeyField('conversations.Message', source_field='message_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('seen_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'mention', 'app': 'conversations', 'unique_together': (('message_id', 'member_id'),), 'indexes': [Index(fields=['member_id', 'at'])], 'pk_attr': 'id', 'table_description': 'A colleague was called by name in a note; `seen_at` is when they opened the conversation.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='ReadMark',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('conversation', fields.ForeignKeyField('conversations.Conversation', source_field='conversation_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('member', fields.ForeignKeyField('team.Member', source_field='member_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('seen', fields.IntField()),
            ],
            options={'table': 'read_mark', 'app': 'conversations', 'unique_together': (('conversation_id', 'member_id'),), 'pk_attr': 'id', 'table_description': "How much of a conversation's `unread` a member has read (`seen`). Closing removes the marks."},
            bases=['StrictModel'],
        ),
        ops.AddField(
            model_name='Conversation',
            name='answered_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Conversation',
            name='away_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Conversation',
            name='snoozed_until',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Conversation',
            name='warned_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.RunSQL(
            [
                "CREATE INDEX conversation_snoozed ON conversation (snoozed_until) WHERE status = 'snoozed'",
                "CREATE INDEX conversation_answered ON conversation (workspace_id, answered_at)"
                " WHERE status = 'in_progress' AND answered_at IS NOT NULL",
                "CREATE INDEX conversation_unassigned ON conversation (workspace_id, waiting_since)"
                " WHERE status = 'waiting' AND assignee_id IS NULL",
                "CREATE INDEX conversation_held ON conversation (assignee_id) WHERE status = 'in_progress'",
                "CREATE INDEX mention_unseen ON mention (member_id) WHERE seen_at IS NULL",
            ],
            reverse_sql=[
                "DROP INDEX conversation_snoozed",
                "DROP INDEX conversation_answered",
                "DROP INDEX conversation_unassigned",
                "DROP INDEX conversation_held",
                "DROP INDEX mention_unseen",
            ],
        ),
    ]
