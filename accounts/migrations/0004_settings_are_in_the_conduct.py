"""What a team set for its checks is kept with its code of conduct, where gate/0005 has put it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_renewing_and_quiet"),
        ("gate", "0005_guards_of_the_gate"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="team",
            name="check_settings",
        ),
    ]
