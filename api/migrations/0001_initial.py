from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('team', '0002_api_tokens')]

    initial = True

    operations = [
        ops.CreateModel(
            name='ApiAnswer',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('token', fields.ForeignKeyField('team.ApiToken', source_field='token_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('endpoint', fields.CharField(max_length=40)),
                ('key', fields.CharField(max_length=120)),
                ('request_hash', fields.BinaryField()),
                ('status', fields.SmallIntField()),
                ('body', fields.BinaryField()),
                ('at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'api_answer', 'app': 'api', 'unique_together': (('token_id', 'endpoint', 'key'),), 'pk_attr': 'id', 'table_description': 'An answer given to (token, endpoint, Idempotency-Key); `request_hash` tells a different request.'},
            bases=['StrictModel'],
        ),
    ]
