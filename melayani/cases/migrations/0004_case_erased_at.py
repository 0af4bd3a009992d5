# SPDX-License-Identifier: EUPL-1.2
"""When a case was erased; null for all that are there."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A column that may be null: no row is rewritten."""

    dependencies = [("cases", "0003_alter_event_kind")]

    operations = [
        migrations.AddField(model_name="case", name="erased_at", field=models.DateTimeField(null=True)),
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                fields=["id"], condition=models.Q(("wrapped_key__isnull", True)), name="attachment_erased"
            ),
        ),
    ]
