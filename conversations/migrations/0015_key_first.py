"""A chat is found by its key first: no plan can take the list's index of the account for it instead."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [("conversations", "0014_contacts")]
    operations = [
        ops.AddConstraint(
            model_name="Conversation",
            constraint=UniqueConstraint(fields=("chat_key", "account_id"), name=None),
        ),
        ops.RemoveConstraint(
            model_name="Conversation", name=None, fields=["account_id", "chat_key"]
        ),
    ]
