"""Less is learnt of what rules have done: a tenth of the rows."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from runtime.sampling import learn

BY_KEY = ("flow_run",)


class Migration(migrations.Migration):
    dependencies = [("flows", "0002_lead_text")]

    initial = False

    operations = [
        ops.RunSQL(
            [learn(BY_KEY, 10)],
            reverse_sql=[learn(BY_KEY, -1)],
        ),
    ]
