"""What search looks through: words in one form, filed by pairs of characters, and the place in the feed."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('conversations', '0007_inbox_list'), ('team', '0006_people')]

    initial = False

    operations = [
        ops.CreateModel(
            name='SearchContact',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('contact', fields.ForeignKeyField('conversations.Contact', source_field='contact_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('workspace_id', fields.UUIDField()),
                ('source', fields.CharField(max_length=12)),
                ('body', fields.TextField(unique=False)),
            ],
            options={'table': 'search_contact', 'app': 'conversations', 'unique_together': (('contact_id', 'source'),), 'pk_attr': 'id', 'table_description': 'One line about a contact. `source` says what it is: name, phone, email.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='SearchCursor',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=20)),
                ('xid', fields.BigIntField()),
                ('feed_id', fields.BigIntField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'search_cursor', 'app': 'conversations', 'pk_attr': 'name', 'table_description': 'The one row, named words, that says up to where the feed has been looked through.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='SearchMessage',
            fields=[
                ('message', fields.OneToOneField('conversations.Message', source_field='message_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('seq', fields.BigIntField()),
                ('workspace_id', fields.UUIDField()),
                ('conversation_id', fields.UUIDField()),
                ('body', fields.TextField(unique=False)),
            ],
            options={'table': 'search_message', 'app': 'conversations', 'indexes': [Index(fields=['workspace_id', 'seq'])], 'pk_attr': 'message_id', 'table_description': "The words of a message or note. `seq` is the message's."},
            bases=['StrictModel'],
        ),
        # Without a list of pending entries, which every search would have to read through.
        ops.RunSQL(
            [
                "ALTER TABLE search_message ADD COLUMN grams bigint[] NOT NULL",
                "ALTER TABLE search_contact ADD COLUMN grams bigint[] NOT NULL",
                "CREATE INDEX search_message_grams ON search_message USING gin (grams) WITH (fastupdate = off)",
                "CREATE INDEX search_contact_grams ON search_contact USING gin (grams) WITH (fastupdate = off)",
            ],
            reverse_sql=["DROP INDEX search_message_grams", "DROP INDEX search_contact_grams"],
        ),
    ]
