"""A key of the test's own, nothing handed out, and entries by the handful."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from ledger import keys, services
from ledger.models import Entry

Write = Callable[..., Entry]


@pytest.fixture(autouse=True)
def log_settings(settings: Any, tmp_path: Path) -> Any:
    settings.LEDGER_KEY_FILE = str(tmp_path / "keys" / "log.pem")
    settings.LEDGER_ORIGIN = "log.test/publish"
    settings.LEDGER_OLD_VKEYS = ()
    settings.LEDGER_CHECKPOINT_DIR = ""
    settings.LEDGER_CHECKPOINT_EMAIL = ""
    settings.LEDGER_CHECKPOINT_URL = ""
    keys.ensure_key(settings.LEDGER_KEY_FILE)
    return settings


@pytest.fixture
def write() -> Write:
    """Append one entry in a transaction of its own; everything can be said, nothing has to be."""

    def write(**words: Any) -> Entry:
        said = {"kind": "post.sent", "team_id": 1, "actor_id": 7, "subject": "post:12"} | words
        with transaction.atomic():
            return services.append(**said)

    return write


@pytest.fixture
def log(write: Write) -> list[Entry]:
    """Eleven entries of two teams and none, with tags and personal texts."""
    return [
        write(
            team_id=(1, 2, None)[number % 3],
            subject=f"post:{number}",
            data={"try": number},
            personal={"title": f"Title {number}", "author": "Zoë"},
            tags={"post": [number], "channel": [number % 2]},
        )
        for number in range(11)
    ]
