from django.apps import AppConfig


class GateConfig(AppConfig):
    name = "gate"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.conf import settings

        from gate import system_checks, toxicity  # noqa: F401  registers the system checks

        toxicity.configure(settings.GATE_TOXICITY_DIR, settings.GATE_TOXICITY_THREADS)
