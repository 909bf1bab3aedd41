from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.conf import settings

        from accounts import checks  # noqa: F401  registers the system checks
        from platforms import http

        http.configure(
            allow_loopback=settings.ALLOW_LOOPBACK_INSTANCES,
            user_agent=f"{settings.PRODUCT_NAME}/0.1 (+{settings.BASE_URL})",
        )
