import gc

from django.apps import AppConfig


class SchedulerConfig(AppConfig):
    name = "scheduler"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from scheduler import (
            sign_of_life,
            system_checks,  # noqa: F401  registers the system checks
        )

        sign_of_life.listen()
        # What was loaded stays: it is never looked through for garbage, and worker processes share it.
        gc.freeze()
        gc.enable()
