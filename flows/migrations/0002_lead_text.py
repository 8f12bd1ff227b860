from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('flows', '0001_initial'), ('team', '0001_initial'), ('team', '0002_api_tokens')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Rule',
            name='lead_text',
            field=fields.CharField(default='', db_default='', max_length=1000),
        ),
    ]
