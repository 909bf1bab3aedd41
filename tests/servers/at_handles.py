"""The part of an AT Protocol server that says whom a handle names and takes posts: handles change hands as a test
wants. Everything else about Bluesky is tested against the real server (tests/servers/bsky)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.loopback import QuietHandler, running, server_for


@dataclass
class Handles:
    """`accounts`: handle to DID. `hangs_up`: gives no answer about handles. What came in: `asked`, `calls`, and
    `records` by their key."""

    accounts: dict[str, object] = field(default_factory=dict)
    hangs_up: bool = False
    url: str = ""
    asked: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)


@contextmanager
def running_handles(**accounts: object) -> Iterator[Handles]:
    state = Handles(dict(accounts))

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            name = self.heard(parts.path)
            handle = parse_qs(parts.query).get("handle", [""])[0]
            state.asked.append(handle)
            state.tokens.append(self.headers.get("Authorization"))
            if state.hangs_up:
                return self.hang_up()
            if name == "resolveHandle" and handle in state.accounts:
                return self.say(200, {"did": state.accounts[handle]})
            self.say(400, {"error": "InvalidRequest", "message": "Unable to resolve handle"})

        def do_POST(self) -> None:
            body = json.loads(self.body())
            if self.heard(self.path) != "putRecord":
                return self.say(501, {"error": "MethodNotImplemented"})
            state.records[body["rkey"]] = body["record"]
            self.say(200, {"uri": f"at://{body['repo']}/{body['collection']}/{body['rkey']}", "cid": "cid"})

        def heard(self, path: str) -> str:
            state.calls.append(path.rpartition(".")[2])
            return state.calls[-1]

        def say(self, status: int, content: dict[str, Any]) -> None:
            self.answer(status, json.dumps(content).encode(), {"Content-Type": "application/json"})

    with running(server_for(Handler)) as state.url:
        yield state
