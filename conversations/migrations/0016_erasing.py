"""Who was merged into somebody who is erased, and indexes for what an erasing looks for."""

import functools
from json import dumps, loads

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("conversations", "0015_key_first")]

    initial = False

    operations = [
        ops.AddField(
            model_name="EraseJob",
            name="merged",
            field=fields.JSONField(
                null=True,
                encoder=functools.partial(dumps, separators=(",", ":")),
                decoder=loads,
            ),
        ),
        ops.AddIndex("Draft", Index(fields=["conversation_id"])),
        ops.AddIndex("Mention", Index(fields=["conversation_id"])),
        # Few rows of many: the names of those who were merged stand in them.
        ops.RunSQL(
            "CREATE INDEX message_merged ON message (workspace_id) WHERE trigger IN ('merged', 'separated')",
            reverse_sql="DROP INDEX message_merged",
        ),
    ]
