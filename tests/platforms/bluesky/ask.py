"""What the server of these tests is asked, past the code that they test."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from platforms import bluesky as module
from platforms.base import Credentials, PublishError, PublishRequest
from platforms.bluesky import Bluesky

platform = Bluesky()
PUT = "com.atproto.repo.putRecord"
FAMILY = "👨‍👩‍👧‍👦"


def admin(server: str, session: Mapping[str, Any], call: str, body: dict[str, Any] | None) -> Any:
    answer = requests.post(
        f"{server}/xrpc/com.atproto.server.{call}",
        json=body,
        headers={"Authorization": f"Bearer {session['accessJwt']}"},
        timeout=10,
    )
    answer.raise_for_status()
    return answer.json() if answer.content else {}


def admin_list(server: str, session: Mapping[str, Any]) -> list[str]:
    answer = requests.get(
        f"{server}/xrpc/com.atproto.server.listAppPasswords",
        headers={"Authorization": f"Bearer {session['accessJwt']}"},
        timeout=10,
    )
    answer.raise_for_status()
    return [made["name"] for made in answer.json()["passwords"]]


def records(credentials: Credentials, request: PublishRequest) -> list[dict[str, Any]]:
    """What the server shows to anybody, oldest first: every post with one of the request's texts."""
    answer = requests.get(
        f"{credentials.instance}/xrpc/com.atproto.repo.listRecords",
        params={"repo": credentials.account_id, "collection": module.POST, "limit": "100"},
        timeout=10,
    )
    answer.raise_for_status()
    texts = {part.text for part in request.parts}
    return [r for r in reversed(answer.json()["records"]) if r["value"]["text"] in texts]


def unique(text: str) -> str:
    return f"{text} {datetime.now(UTC).isoformat()}"


def failing(request: PublishRequest, credentials: Credentials) -> PublishError:
    with pytest.raises(PublishError) as raised:
        platform.publish(request, credentials)
    return raised.value
