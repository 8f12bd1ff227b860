"""Which tag stands for one that was merged into it."""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("conversations", "0016_erasing")]

    initial = False

    operations = [
        ops.CreateModel(
            name="MergedTag",
            fields=[
                (
                    "gone_id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "into",
                    fields.ForeignKeyField(
                        "conversations.Tag",
                        source_field="into_id",
                        db_constraint=True,
                        to_field="id",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
            ],
            options={
                "table": "merged_tag",
                "app": "conversations",
                "pk_attr": "gone_id",
                "table_description": "A tag that is no more, and the one that stands for it; gone with that one.",
            },
            bases=["StrictModel"],
        ),
        ops.RunSQL(
            "CREATE INDEX merged_tag_into ON merged_tag (into_id)",
            reverse_sql="DROP INDEX merged_tag_into",
        ),
    ]
