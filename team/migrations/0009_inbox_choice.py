"""Which conversations a member's inbox last listed."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("team", "0008_presence")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Member",
            name="inbox_choice",
            field=fields.CharField(default="", db_default="", max_length=400),
        ),
    ]
