"""The outbox is asked for rows by their ids. While it is empty its indexes cost a plan the same, and the newest is taken:
that was the one of conversations, which holds ids as well, and which a rush would have gone over as a whole.

What grows with every message is analysed when it has grown by half, not by a tenth: workers' plans do not depend on it.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

from runtime.sampling import learn

AGAIN = [
    "ALTER TABLE outbox DROP CONSTRAINT outbox_pkey, ADD CONSTRAINT outbox_pkey PRIMARY KEY (id)",
    "DROP INDEX outbox_under_way",
    "CREATE INDEX outbox_under_way ON outbox (id) WHERE state <> 0",
]
BY_KEY = ("message", "search_message", "channel_identity")
GROWING = (*BY_KEY, "conversation", "contact")


class Migration(migrations.Migration):
    dependencies = [("conversations", "0023_less_to_write")]

    initial = False

    operations = [
        ops.RunSQL(AGAIN, reverse_sql=[]),
        ops.RunSQL(
            [
                learn(BY_KEY, 10),
                *(f"ALTER TABLE {name} SET (autovacuum_analyze_scale_factor = 0.5)" for name in GROWING),
            ],
            reverse_sql=[
                learn(BY_KEY, 30),
                *(f"ALTER TABLE {name} RESET (autovacuum_analyze_scale_factor)" for name in GROWING),
            ],
        ),
    ]
