"""Less is learnt of what every claim writes to: a tenth of the rows where statements name them by their keys, a third
where lists choose among them.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

from runtime.sampling import learn

BY_KEY = (
    "unit",
    "limit_row",
    "counted_claim",
)
IN_LISTS = ("claim",)


class Migration(migrations.Migration):
    dependencies = [("coupons", "0014_figure_totals")]

    initial = False

    operations = [
        ops.RunSQL(
            [learn(BY_KEY, 10), learn(IN_LISTS, 30)],
            reverse_sql=[learn(BY_KEY, -1), learn(IN_LISTS, -1)],
        ),
    ]
