from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise import fields

class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name='Feed',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('workspace_id', fields.UUIDField()),
                ('kind', fields.CharField(max_length=20)),
                ('subject', fields.UUIDField()),
                ('detail', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'feed', 'app': 'runtime', 'pk_attr': 'id', 'table_description': 'A change. A column `xid xid8`, added by the first migration, orders rows by commit (live.py).'},
            bases=['StrictModel'],
        ),
    ]
