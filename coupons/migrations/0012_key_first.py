"""A claim is found by its request's key first: no plan can read a workspace's claims for it instead."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [("coupons", "0011_quota_requests")]
    operations = [
        ops.AddConstraint(
            model_name="Claim",
            constraint=UniqueConstraint(fields=("key", "source", "workspace_id"), name=None),
        ),
        ops.RemoveConstraint(
            model_name="Claim", name=None, fields=["workspace_id", "source", "key"]
        ),
    ]
