"""What the queues need beyond their columns: lanes, defaults, partial indexes, eager vacuuming."""

from tortoise import migrations
from tortoise.migrations import operations as ops

DEFAULTS = {
    "inbox": {"state": "0", "tries": "0", "request_id": "''"},
    "outbox": {
        "state": "0",
        "attempts": "0",
        "epoch": "0",
        "method": "''",
        "sender_name": "''",
        "human": "false",
        "reply_token": "''",
        "request_id": "''",
    },
    "delivery": {
        "state": "'queued'",
        "method": "''",
        "attempts": "0",
        "error_code": "''",
        "error_text": "''",
    },
    "message": {
        "sender_external_id": "''",
        "text": "''",
        "reply_to": "''",
        "state": "''",
        "error_code": "''",
        "error_text": "''",
        "trigger": "''",
        "request_id": "''",
    },
    "contact": {
        "name": "''",
        "phone": "''",
        "email": "''",
        "language": "''",
        "picture_url": "''",
        "attributes": "'{}'",
    },
    "channel_identity": {"reachable": "true"},
    "conversation": {
        "chat_type": "'direct'",
        "status": "'bot'",
        "last_text": "''",
        "reply_token": "''",
        "unread": "0",
        "version": "0",
    },
    "attachment": {
        "state": "'waiting'",
        "name": "''",
        "content_type": "''",
        "size": "0",
        "storage_key": "''",
        "tries": "0",
    },
    "contact_tag": {"source": "''"},
    "content_template": {"template_id": "''", "tries": "0", "error": "''"},
}


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_initial")]
    operations = [
        ops.RunSQL(
            [
                *(
                    f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {value}"
                    for table, columns in DEFAULTS.items()
                    for column, value in columns.items()
                ),
                "CREATE SEQUENCE message_seq OWNED BY message.seq",
                "ALTER TABLE message ALTER COLUMN seq SET DEFAULT nextval('message_seq')",
                "INSERT INTO lane (id) SELECT generate_series(0, 63)",
                "CREATE INDEX inbox_pending ON inbox (lane, id) WHERE state = 0",
                "CREATE INDEX inbox_failed ON inbox (id) WHERE state = 2",
                "CREATE INDEX inbox_received ON inbox (received_at)",
                "CREATE INDEX attachment_waiting ON attachment (next_try_at) WHERE state = 'waiting'",
                "CREATE INDEX attachment_message ON attachment (message_id)",
                "CREATE INDEX conversation_contact ON conversation (contact_id)",
                "CREATE INDEX channel_identity_contact ON channel_identity (contact_id)",
                "CREATE INDEX channel_identity_profile ON channel_identity (id) WHERE profile_at IS NULL",
                "CREATE INDEX content_template_missing ON content_template (next_try_at)"
                " WHERE template_id = ''",
                "ALTER TABLE inbox SET (autovacuum_vacuum_scale_factor = 0.02,"
                " autovacuum_analyze_scale_factor = 0.05, fillfactor = 80)",
                "ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0.02,"
                " autovacuum_analyze_scale_factor = 0.05, fillfactor = 70)",
                "ALTER TABLE delivery SET (fillfactor = 80)",
                "ALTER TABLE conversation SET (fillfactor = 70)",
            ],
            reverse_sql=["DROP SEQUENCE message_seq CASCADE", "DELETE FROM lane"],
        )
    ]
