"""System checks: what is misconfigured is said before anything starts."""

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from platforms import registry


@register()
def seal_keys(**_: Any) -> list[CheckMessage]:
    try:
        keys = [Fernet(key) for key in settings.SEAL_KEYS]
    except ValueError:
        keys = []
    if keys:
        return []
    return [
        Error(
            "SEAL_KEYS holds no usable Fernet key, so that tokens could not be sealed.",
            hint="Run script/run once, or write a key of cryptography.fernet.Fernet.generate_key() into var/seal_keys.",
            id="accounts.E001",
        )
    ]


@register()
def platforms_load(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for slug in registry.all_slugs():
        try:
            registry.get(slug)
        except Exception as error:  # whatever an adapter raises, the check has to name it
            found.append(
                Error(
                    f"The platform {slug} does not load: {error}",
                    hint="See platforms/registry.py.",
                    id="accounts.E002",
                )
            )
    return found


@register()
def queue_address(**_: Any) -> list[CheckMessage]:
    """The address itself is not repeated: it may hold a password."""
    if not settings.Q_BROKER:
        return []
    from accounts import redis_queue

    try:
        redis_queue.connect(settings.Q_BROKER)
    except ValueError:
        return [
            Error(
                "Q_BROKER is no address of a Redis server.",
                hint="Write redis://host:6379/0, rediss://... with TLS, or unix:///path; empty: the database queues.",
                id="accounts.E003",
            )
        ]
    return []
