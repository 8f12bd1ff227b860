"""The picture of a workspace."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('team', '0003_sign_in_links')]

    operations = [
        ops.AddField(
            model_name='Workspace',
            name='picture_key',
            field=fields.CharField(db_default='', max_length=80),
        ),
    ]
