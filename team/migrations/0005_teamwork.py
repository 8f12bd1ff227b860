from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from runtime.ids import uuid7
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('team', '0004_workspace_settings')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Automation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('workspace', fields.OneToOneField('team.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('hours_on', fields.BooleanField(default=False, db_default=False)),
                ('hours', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('away_text', fields.CharField(default='', db_default='', max_length=1000)),
                ('idle_minutes', fields.IntField(null=True)),
                ('idle_text', fields.CharField(default='', db_default='', max_length=1000)),
                ('close_minutes', fields.IntField(null=True)),
                ('assign_on', fields.BooleanField(default=False, db_default=False)),
                ('assign_roles', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('assign_rules', fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('assign_turns', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
            ],
            options={'table': 'automation', 'app': 'team', 'pk_attr': 'id', 'table_description': "What happens by itself in a workspace's inbox; a workspace without a row has nothing of it."},
            bases=['StrictModel'],
        ),
        ops.RunSQL(
            [
                "ALTER TABLE automation ALTER COLUMN hours SET DEFAULT '{}'",
                "ALTER TABLE automation ALTER COLUMN assign_roles SET DEFAULT '[]'",
                "ALTER TABLE automation ALTER COLUMN assign_rules SET DEFAULT '[]'",
                "ALTER TABLE automation ALTER COLUMN assign_turns SET DEFAULT '{}'",
            ],
            reverse_sql=[
                f"ALTER TABLE automation ALTER COLUMN {name} DROP DEFAULT"
                for name in ("hours", "assign_roles", "assign_rules", "assign_turns")
            ],
        ),
    ]
