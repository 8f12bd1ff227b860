"""Only the assignee answers, where that is wished; what a member is told by their browser."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("team", "0007_webhooks_audit_tokens")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Automation",
            name="assignee_only",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Member",
            name="notify",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Member",
            name="notify_sound",
            field=fields.BooleanField(default=True, db_default=True),
        ),
        ops.AddField(
            model_name="Member",
            name="notify_words",
            field=fields.BooleanField(default=True, db_default=True),
        ),
    ]
