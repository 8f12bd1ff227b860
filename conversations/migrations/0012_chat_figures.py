"""The roll-ups of conversations, how far each is counted, and the place in the feed."""

from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('conversations', '0011_drafts'), ('team', '0006_people')]

    initial = False

    operations = [
        ops.CreateModel(
            name='ChatFigureCursor',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=20)),
                ('xid', fields.BigIntField()),
                ('feed_id', fields.BigIntField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'chat_figure_cursor', 'app': 'conversations', 'pk_attr': 'name', 'table_description': 'The one row, named chats, that says up to where the feed is in the figures.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='CountedChat',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('conversation_id', fields.UUIDField()),
                ('generation', fields.IntField()),
                ('workspace_id', fields.UUIDField()),
                ('seq', fields.BigIntField()),
                ('said_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('said_request', fields.CharField(default='', max_length=40)),
                ('asked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('case_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('members', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
            ],
            options={'table': 'counted_chat', 'app': 'conversations', 'unique_together': (('conversation_id', 'generation'),), 'indexes': [Index(fields=['workspace_id', 'generation'])], 'pk_attr': 'id', 'table_description': "Up to which `seq` a conversation's messages are counted, and what is open at that point"},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='FigureBook',
            fields=[
                ('workspace_id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('generation', fields.IntField()),
                ('begun', fields.IntField()),
                ('zone', fields.CharField(max_length=64)),
            ],
            options={'table': 'figure_book', 'app': 'conversations', 'pk_attr': 'workspace_id', 'table_description': "Which generation of a workspace's figures is shown, in which zone its days are, and the last begun."},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='MemberFigure',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('workspace_id', fields.UUIDField()),
                ('generation', fields.IntField()),
                ('grain', fields.SmallIntField()),
                ('day', fields.DateField()),
                ('channel', fields.CharField(max_length=20)),
                ('member_id', fields.UUIDField()),
                ('answers', fields.BigIntField(default=0, db_default=0)),
                ('handled', fields.BigIntField(default=0, db_default=0)),
            ],
            options={'table': 'member_figure', 'app': 'conversations', 'unique_together': (('workspace_id', 'generation', 'grain', 'day', 'channel', 'member_id'),), 'pk_attr': 'id', 'table_description': 'How many messages a member wrote to customers, and how many conversations they answered in.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='MessageFigure',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('workspace_id', fields.UUIDField()),
                ('generation', fields.IntField()),
                ('grain', fields.SmallIntField()),
                ('day', fields.DateField()),
                ('hour', fields.SmallIntField()),
                ('channel', fields.CharField(max_length=20)),
                ('customers', fields.BigIntField(default=0, db_default=0)),
                ('bot', fields.BigIntField(default=0, db_default=0)),
                ('members', fields.BigIntField(default=0, db_default=0)),
                ('elsewhere', fields.BigIntField(default=0, db_default=0)),
            ],
            options={'table': 'message_figure', 'app': 'conversations', 'unique_together': (('workspace_id', 'generation', 'grain', 'day', 'hour', 'channel'),), 'pk_attr': 'id', 'table_description': 'How many messages there were in an hour of the day (0 to 23), by who wrote them.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='TimeFigure',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('workspace_id', fields.UUIDField()),
                ('generation', fields.IntField()),
                ('measure', fields.SmallIntField()),
                ('grain', fields.SmallIntField()),
                ('day', fields.DateField()),
                ('channel', fields.CharField(max_length=20)),
                ('member_id', fields.UUIDField()),
                ('bucket', fields.SmallIntField()),
                ('n', fields.BigIntField()),
            ],
            options={'table': 'time_figure', 'app': 'conversations', 'unique_together': (('workspace_id', 'generation', 'measure', 'grain', 'day', 'channel', 'member_id', 'bucket'),), 'pk_attr': 'id', 'table_description': "How many waits ended within `bucket` (conversations.durations), by `measure`: 0 a person's first"},
            bases=['StrictModel'],
        ),
        # Counted up over and over: room for the new version beside the old one, and swept before it piles up.
        ops.RunSQL(
            [
                f"ALTER TABLE {name} SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05)"
                for name in ("message_figure", "time_figure", "member_figure", "counted_chat")
            ],
            reverse_sql=[],
        ),
    ]
