from tortoise import migrations
from tortoise.migrations import operations as ops
from runtime.ids import uuid7
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('coupons', '0006_tills'), ('team', '0001_initial')]

    initial = True

    operations = [
        ops.CreateModel(
            name='Promotion',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('workspace', fields.ForeignKeyField('team.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('coupon', fields.ForeignKeyField('coupons.Coupon', source_field='coupon_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=60)),
                ('slug', fields.CharField(unique=True, max_length=12)),
                ('active', fields.BooleanField(default=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'promotion', 'app': 'promotions', 'unique_together': (('coupon_id', 'name'),), 'pk_attr': 'id', 'table_description': "One link of a coupon. `name`: the promotion channel in the marketer's words (poster, e-mail); kept on"},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='PromotionChoice',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('member', fields.OneToOneField('team.Member', source_field='member_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('workspace', fields.ForeignKeyField('team.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(default='', max_length=60)),
                ('logo', fields.CharField(default='', max_length=130)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'promotion_choice', 'app': 'promotions', 'indexes': [Index(fields=['workspace_id', 'at'])], 'pk_attr': 'id', 'table_description': 'What a member chose last: the promotion channel\'s name, and the logo ("", `stock:gift`, `own:` and a key).'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='PromotionLogo',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('workspace', fields.ForeignKeyField('team.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('key', fields.CharField(max_length=120)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'promotion_logo', 'app': 'promotions', 'unique_together': (('workspace_id', 'key'),), 'pk_attr': 'id', 'table_description': 'A picture the workspace uploaded for the middle of its QR codes; `key` names the stored file.'},
            bases=['StrictModel'],
        ),
    ]
