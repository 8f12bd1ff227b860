from tortoise import migrations
from tortoise.migrations import operations as ops
from runtime.ids import uuid7
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('conversations', '0012_chat_figures'), ('team', '0006_people')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Upload',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('workspace_id', fields.UUIDField()),
                ('conversation', fields.ForeignKeyField('conversations.Conversation', source_field='conversation_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('member', fields.ForeignKeyField('team.Member', source_field='member_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('token', fields.CharField(unique=True, max_length=32)),
                ('state', fields.CharField(default='storing', max_length=8)),
                ('kind', fields.CharField(default='', max_length=8)),
                ('name', fields.CharField(max_length=120)),
                ('content_type', fields.CharField(default='', max_length=120)),
                ('size', fields.BigIntField(default=0)),
                ('duration_ms', fields.IntField(default=0)),
                ('storage_key', fields.CharField(max_length=120)),
                ('preview_key', fields.CharField(default='', max_length=120)),
                ('message_id', fields.UUIDField(null=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'upload', 'app': 'conversations', 'indexes': [Index(fields=['member_id', 'created_at']), Index(fields=['conversation_id'])], 'pk_attr': 'id', 'table_description': "A file waiting in a member's composer, or sent: then `message_id` is set and `token` opens it to anybody."},
            bases=['StrictModel'],
        ),
        ops.RunSQL(
            "CREATE INDEX upload_waiting ON upload (created_at) WHERE message_id IS NULL",
            reverse_sql="DROP INDEX upload_waiting",
        ),
    ]
