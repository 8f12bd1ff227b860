"""Messages are found by the claim they carry."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("conversations", "0003_outbox_pop")]
    operations = [
        ops.RunSQL(
            ["CREATE INDEX message_claim ON message (claim_id) WHERE claim_id IS NOT NULL"],
            reverse_sql=["DROP INDEX message_claim"],
        )
    ]
