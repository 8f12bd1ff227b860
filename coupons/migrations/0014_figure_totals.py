"""Sums of the figures by day and by month, for looks at a whole workspace; its figures by day need no index then."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

FILL = """
INSERT INTO figure_total (workspace_id, grain, day, channel, member_id, claimed, opened, redeemed)
SELECT f.workspace_id, g.grain, g.day, f.channel, f.member_id, sum(f.claimed), sum(f.opened), sum(f.redeemed)
FROM figure f CROSS JOIN LATERAL (VALUES (0, f.day), (1, date_trunc('month', f.day)::date)) AS g (grain, day)
GROUP BY 1, 2, 3, 4, 5
"""


class Migration(migrations.Migration):
    dependencies = [("coupons", "0013_figures_by_day")]
    operations = [
        ops.CreateModel(
            name="FigureTotal",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("workspace_id", fields.UUIDField()),
                ("grain", fields.SmallIntField()),
                ("day", fields.DateField()),
                ("channel", fields.CharField(max_length=20)),
                ("member_id", fields.UUIDField()),
                ("claimed", fields.BigIntField(default=0)),
                ("opened", fields.BigIntField(default=0)),
                ("redeemed", fields.BigIntField(default=0)),
            ],
            options={"table": "figure_total", "app": "coupons", "unique_together": (("workspace_id", "grain", "day", "channel", "member_id"),), "pk_attr": "id", "table_description": "Sums of a workspace's figures over its coupons, kinds of trigger and stores: of a day (`grain` 0) or of"},
            bases=["StrictModel"],
        ),
        ops.RunSQL(
            [FILL, "DROP INDEX figure_days"],
            reverse_sql=["CREATE INDEX figure_days ON figure (workspace_id, day)", "DELETE FROM figure_total"],
        ),
    ]
