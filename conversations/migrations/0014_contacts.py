"""What each platform tells about a contact, contacts merged into others, and whose phone or e-mail is the same."""

import functools
from json import dumps, loads

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from runtime.ids import uuid7


class Migration(migrations.Migration):
    dependencies = [("conversations", "0013_uploads"), ("team", "0006_people")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ContactMerge",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ("workspace", fields.ForeignKeyField("team.Workspace", source_field="workspace_id", db_constraint=True, to_field="id", on_delete=OnDelete.CASCADE)),
                ("gone_id", fields.UUIDField(unique=True)),
                ("into_id", fields.UUIDField()),
                ("kept", fields.ForeignKeyField("conversations.Contact", source_field="kept_id", db_constraint=True, to_field="id", on_delete=OnDelete.CASCADE)),
                ("by_id", fields.UUIDField(null=True)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("facts", fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads)),
            ],
            options={"table": "contact_merge", "app": "conversations", "indexes": [Index(fields=["kept_id"])], "pk_attr": "id", "table_description": "A contact that was merged into another, kept so that it can be taken out again exactly as it went in."},
            bases=["StrictModel"],
        ),
        ops.AddField(
            model_name="ChannelIdentity",
            name="name",
            field=fields.CharField(default="", db_default="", max_length=200),
        ),
        ops.AddField(model_name="ChannelIdentity", name="origin_id", field=fields.UUIDField(null=True)),
        ops.AddField(
            model_name="ChannelIdentity",
            name="picture_url",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
        # The last nine digits are the same whether a number is written for its country or for the world.
        ops.RunSQL(
            [
                "CREATE INDEX contact_phone ON contact"
                " (workspace_id, right(regexp_replace(phone, '[^0-9]', '', 'g'), 9)) WHERE phone <> ''",
                "CREATE INDEX contact_email ON contact (workspace_id, lower(email)) WHERE email <> ''",
            ],
            reverse_sql=["DROP INDEX contact_phone", "DROP INDEX contact_email"],
        ),
    ]
