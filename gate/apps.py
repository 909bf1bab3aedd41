from django.apps import AppConfig


class GateConfig(AppConfig):
    name = "gate"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gate import system_checks  # noqa: F401  registers the system checks
