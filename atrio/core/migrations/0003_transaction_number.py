import atrio.core.models
from django.db import migrations, models


class Migration(migrations.Migration):
    """Only new rows get the new default: nothing is rewritten."""

    dependencies = [
        ("core", "0002_initial"),
    ]

    operations = [
        migrations.RunSQL(
            "create function atrio_transaction_base() returns bigint language sql stable parallel safe return 0::bigint",
            "drop function atrio_transaction_base()",
        ),
        migrations.AlterField(
            model_name="event",
            name="transaction_id",
            field=models.BigIntegerField(db_default=atrio.core.models.TransactionNumber(), editable=False),
        ),
    ]
