"""Customers who were never looked up are read in order from an index that no other can stand in for: a plan by the
primary key goes over all who have been looked up since, twice a second.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("conversations", "0020_message_statistics")]

    initial = False

    operations = [
        ops.RunSQL(
            [
                "DROP INDEX channel_identity_profile",
                "CREATE INDEX channel_identity_profile ON channel_identity (profile_at, id)"
                " WHERE profile_at IS NULL",
            ],
            reverse_sql=[
                "DROP INDEX channel_identity_profile",
                "CREATE INDEX channel_identity_profile ON channel_identity (id)"
                " WHERE profile_at IS NULL",
            ],
        ),
    ]
