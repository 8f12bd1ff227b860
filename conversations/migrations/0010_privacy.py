from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('conversations', '0009_failures')]

    initial = False

    operations = [
        ops.CreateModel(
            name='EraseJob',
            fields=[
                ('contact_id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('workspace_id', fields.UUIDField()),
                ('member_id', fields.UUIDField(null=True)),
                ('addresses', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('step', fields.CharField(default='files', max_length=10)),
                ('upto', fields.CharField(default='', max_length=40)),
                ('last_event', fields.BigIntField(default=0)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'erase_job', 'app': 'conversations', 'pk_attr': 'contact_id', 'table_description': 'A contact is being erased. `addresses` are [account id, external id] pairs, known here alone by then;'},
            bases=['StrictModel'],
        ),
        ops.AlterModelOptions(
            name='Contact',
            options={'table': 'contact', 'app': 'conversations', 'indexes': [Index(fields=['workspace_id', 'id'])], 'pk_attr': 'id', 'table_description': 'A customer of the workspace, whatever channels they write on. While `blocked_at` stands they are not'},
        ),
        ops.AddField(
            model_name='Contact',
            name='blocked_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Contact',
            name='erased_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Conversation',
            name='shelf',
            field=fields.CharField(default='', db_default='', max_length=8),
        ),
        # One index a line of the timeline asks for; those of blocked and erased people are short.
        ops.RunSQL(
            [
                "CREATE INDEX message_own ON message (conversation_id, provider_at, seq) WHERE direction = 'own'",
                "CREATE INDEX conversation_shelf ON conversation (workspace_id, shelf, last_at, id) WHERE shelf <> ''",
                "CREATE INDEX contact_blocked ON contact (workspace_id, id) WHERE blocked_at IS NOT NULL",
            ],
            reverse_sql=[
                "DROP INDEX message_own",
                "DROP INDEX conversation_shelf",
                "DROP INDEX contact_blocked",
            ],
        ),
    ]
