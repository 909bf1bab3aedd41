"""The table of Django's database cache (CACHES in config/settings.py): no model has it, so a command makes it."""

from typing import Any

from django.core.management import call_command
from django.db import migrations

TABLE = "countersign_cache"


def make(apps: Any, schema_editor: Any) -> None:
    call_command("createcachetable", TABLE, database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
