from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from runtime.ids import uuid7
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('team', '0006_people')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Webhook',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('workspace', fields.ForeignKeyField('team.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=60)),
                ('url', fields.CharField(max_length=500)),
                ('kinds', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('secret', fields.BinaryField()),
                ('old_secret', fields.BinaryField(null=True)),
                ('old_secret_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('state', fields.CharField(default='active', max_length=10)),
                ('state_reason', fields.CharField(default='', max_length=20)),
                ('failures', fields.IntField(default=0)),
                ('failing_since', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('due_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('lease_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('epoch', fields.IntField(default=0)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'webhook', 'app': 'team', 'unique_together': (('workspace_id', 'name'),), 'pk_attr': 'id', 'table_description': 'An https address of a workspace. `kinds`: since when each kind of event (team.webhooks.kinds) is told,'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='WebhookCursor',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=20)),
                ('xid', fields.BigIntField()),
                ('feed_id', fields.BigIntField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'webhook_cursor', 'app': 'team', 'pk_attr': 'name', 'table_description': 'The one row, named webhooks, that says up to where the feed has been turned into events.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='WebhookEvent',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('seq', fields.BigIntField()),
                ('webhook', fields.ForeignKeyField('team.Webhook', source_field='webhook_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('event_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=40)),
                ('key', fields.CharField(max_length=120)),
                ('body', fields.TextField(unique=False)),
                ('state', fields.SmallIntField(default=0)),
                ('attempts', fields.IntField(default=0)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('next_try_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('give_up_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'webhook_event', 'app': 'team', 'unique_together': (('webhook_id', 'key'),), 'indexes': [Index(fields=['webhook_id', 'created_at', 'id']), Index(fields=['created_at'])], 'pk_attr': 'id', 'table_description': 'One event for one address, its `body` frozen when it happened. `key` makes it unique for the address.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='WebhookAttempt',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('event', fields.ForeignKeyField('team.WebhookEvent', source_field='event_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('duration_ms', fields.IntField()),
                ('status', fields.IntField(null=True)),
                ('error', fields.CharField(default='', max_length=40)),
                ('excerpt', fields.CharField(default='', max_length=1000)),
            ],
            options={'table': 'webhook_attempt', 'app': 'team', 'indexes': [Index(fields=['event_id', 'id'])], 'pk_attr': 'id', 'table_description': 'One try. `status` is what the address answered, null when it did not; `error` says why in a stable word.'},
            bases=['StrictModel'],
        ),
        ops.AddField(
            model_name='ApiToken',
            name='expires_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.RemoveIndex(
            model_name='AuditEntry',
            name=None,
            fields=['workspace_id', 'at'],
        ),
        ops.AlterModelOptions(
            name='AuditEntry',
            options={'table': 'audit_entry', 'app': 'team', 'indexes': [Index(fields=['workspace_id', 'at', 'id']), Index(fields=['workspace_id', 'member_id', 'at', 'id']), Index(fields=['workspace_id', 'action', 'at', 'id']), Index(fields=['workspace_id', 'subject', 'at', 'id'])], 'pk_attr': 'id', 'table_description': 'Who changed what, and when. Rows are only ever added. The migrations file their words, too.'},
        ),
        ops.AddIndex(
            model_name='AuditEntry',
            index=Index(fields=['workspace_id', 'at', 'id']),
        ),
        ops.AddIndex(
            model_name='AuditEntry',
            index=Index(fields=['workspace_id', 'member_id', 'at', 'id']),
        ),
        ops.AddIndex(
            model_name='AuditEntry',
            index=Index(fields=['workspace_id', 'action', 'at', 'id']),
        ),
        ops.AddIndex(
            model_name='AuditEntry',
            index=Index(fields=['workspace_id', 'subject', 'at', 'id']),
        ),
        ops.RunSQL(
            [
                "ALTER TABLE webhook_event ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY",
                "CREATE INDEX webhook_event_waiting ON webhook_event (webhook_id, seq) WHERE state = 0",
                # Words of an entry in one form. Ids are looked for by the subject, and would be found nearly everywhere.
                "CREATE FUNCTION audit_words(subject text, detail jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$"
                " SELECT regexp_replace(lower(normalize(subject || ' ' || detail::text, NFKC)),"
                " '[0-9a-f]{8}-[0-9a-f-]{27}', ' ', 'g') $$",
                "CREATE FUNCTION audit_pairs(words text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$"
                " SELECT coalesce(array_agg(DISTINCT a || b), '{}') FROM (SELECT c AS a, lead(c) OVER (ORDER BY n) AS b"
                " FROM unnest(string_to_array(words, NULL)) WITH ORDINALITY AS u (c, n)) p WHERE b IS NOT NULL $$",
                "CREATE INDEX audit_entry_words ON audit_entry USING gin (audit_pairs(audit_words(subject, detail)))",
            ],
            reverse_sql=[
                "DROP INDEX audit_entry_words",
                "DROP FUNCTION audit_pairs(text)",
                "DROP FUNCTION audit_words(text, jsonb)",
            ],
        ),
    ]
