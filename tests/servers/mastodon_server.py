"""A strict server with the part of Mastodon's API that publishing needs, on loopback.

It speaks real HTTP, keeps apps, codes, tokens, images and statuses, and refuses what the real one refuses. It
can be told to fail in the ways that were seen in the wild: see mastodon_state.Settings and Fault.

    python -m tests.servers.mastodon_server PORT       prints READY and the address

    POST /control {"settings": {"honour_key": false}, "fault": {"kind": "drop_after"}, "revoke": "alice",
                   "token_for": "alice", "reset": true}
    GET  /control    every status with its text and key (x_text, x_key), and how many images there are
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import HTTP
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from tests.servers.loopback import QuietHandler, running, server_for, url_of
from tests.servers.mastodon_oauth import Provider
from tests.servers.mastodon_state import Fault, Refused, State

Reply = tuple[int, Any]


class Handler(QuietHandler):
    state: State

    def handle_request(self) -> None:
        self.received = self.body()
        self.where = urlsplit(self.path)
        if self.where.path == "/control":
            return self.reply(200, self.control())
        fault = self.state.take_fault(self.command, self.where.path)
        if fault and fault.kind == "drop_before":
            time.sleep(fault.seconds)
            return self.hang_up()
        if fault and fault.kind in ("status_before", "redirect"):
            return self.fail(fault)
        status, content = self.act()
        if fault is None:
            return self.reply(status, content)
        self.fail_after(fault, status, content)

    do_GET = do_POST = handle_request

    def fail_after(self, fault: Fault, status: int, content: Any) -> None:
        """The server has acted; the answer goes wrong."""
        if fault.kind == "drop_after":
            self.hang_up()
        elif fault.kind == "status_after":
            self.fail(fault)
        elif fault.kind == "garbage_after":
            self.answer(200, b"<html>Welcome", {"Content-Type": "text/html"})
        elif fault.kind == "slow_after":
            fault.reached.set()
            time.sleep(fault.seconds)
            if fault.until:
                fault.until.wait(60)
            self.reply(status, content)

    def act(self) -> Reply:
        try:
            with self.state.lock:
                return self.route()
        except Refused as refused:
            return refused.status, {"error": refused.words}

    def route(self) -> Reply:
        match [self.command, *self.where.path.strip("/").split("/")]:
            case ["GET", ".well-known", "oauth-authorization-server"] if self.state.settings.pkce:
                return 200, {"issuer": self.state.url, "code_challenge_methods_supported": ["S256"]}
            case ["POST", "api", "v1", "apps"]:
                return self.register()
            case ["GET", "oauth", "authorize"]:
                settings = self.state.settings
                return self.oauth().authorize(self.uri(), settings.sign_in_as, settings.refuse_sign_in), None
            case ["POST", "oauth", "token"]:
                headers = {"Content-Type": self.headers.get("Content-Type", "")}
                return self.oauth().token(self.uri(), self.received.decode(), headers), None
            case ["GET", "api", "v2", "instance"] if self.state.settings.instance_v2:
                return 200, self.state.instance()
            case ["GET", "api", "v1", "accounts", "verify_credentials"]:
                return 200, self.state.account(self.who("read:accounts"))
            case ["GET", "api", "v1", "accounts", number, "statuses"]:
                self.who("read:statuses")
                return 200, self.state.own_statuses(
                    number, self.query("max_id"), int(self.query("limit", "20"))
                )
            case ["POST", "api", "v2", "media"]:
                return self.upload()
            case ["GET", "api", "v1", "media", number]:
                return self.state.poll_image(self.who("write:media"), number)
            case ["POST", "api", "v1", "statuses"]:
                return 200, self.post()
            case ["GET", "api", "v1", "statuses", number, "context"]:
                self.who("read:statuses")
                return 200, self.state.context(number)
        raise Refused(404, "Record not found")

    def oauth(self) -> Provider:
        return Provider(self.state.registry, self.state.settings.token_seconds)

    def uri(self) -> str:
        return self.state.url + self.path

    def query(self, name: str, otherwise: str = "") -> str:
        return parse_qs(self.where.query).get(name, [otherwise])[0]

    def who(self, scope: str) -> str:
        return self.state.account_of(self.headers.get("Authorization", ""), scope)

    def register(self) -> Reply:
        form = dict(parse_qsl(self.received.decode()))
        if not form.get("client_name") or not form.get("redirect_uris"):
            raise Refused(422, "Validation failed: Name can't be blank")
        app = self.state.registry.register(form["client_name"], form["redirect_uris"], form.get("scopes", ""))
        return 200, app

    def upload(self) -> Reply:
        owner = self.who("write:media")
        head = f"Content-Type: {self.headers.get('Content-Type')}\r\n\r\n".encode()
        form = {
            part.get_param("name", header="Content-Disposition"): part
            for part in message_from_bytes(head + self.received, policy=HTTP).iter_parts()
        }
        if "file" not in form:
            raise Refused(422, "Validation failed: File can't be blank")
        data = form["file"].get_payload(decode=True)
        description = form["description"].get_payload(decode=True).decode() if "description" in form else ""
        image = self.state.add_image(owner, form["file"].get_content_type(), data, description)
        ready = image["polls"] == 0
        return (200 if ready else 202), self.state.shown_image(image, ready)

    def post(self) -> dict[str, Any]:
        owner = self.who("write:statuses")
        if self.headers.get_content_type() == "application/json":
            wanted = json.loads(self.received)
        else:
            wanted = dict(parse_qsl(self.received.decode()))
        return self.state.add_status(owner, wanted, self.headers.get("Idempotency-Key", ""))

    def reply(self, status: int | tuple[int, dict[str, str], bytes], content: Any) -> None:
        if isinstance(status, tuple):
            code, headers, body = status
            return self.answer(code, body, headers)
        if status >= 400:
            return self.error(status, content["error"], {})
        body = json.dumps(content).encode()
        self.answer(status, body, {"Content-Type": "application/json", **self.limits(299)})

    def fail(self, fault: Fault) -> None:
        if fault.kind == "redirect":
            return self.answer(302, b"", fault.headers)
        headers = self.limits(0) if fault.status == 429 else {}
        self.error(
            fault.status, "Too many requests" if fault.status == 429 else "Oops", {**headers, **fault.headers}
        )

    def error(self, status: int, words: str, headers: dict[str, str]) -> None:
        kind, body = {
            "json": ("application/json", json.dumps({"error": words})),
            "html": ("text/html", f"<html><style>p {{}}</style><p>{words}</p></html>"),
            "text": ("text/plain", words),
        }[self.state.settings.error_form]
        self.answer(status, body.encode(), {"Content-Type": kind, **headers})

    def limits(self, left: int) -> dict[str, str]:
        reset = (datetime.now(UTC) + timedelta(minutes=5)).isoformat().replace("+00:00", "Z")
        return {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": str(left), "X-RateLimit-Reset": reset}

    def control(self) -> dict[str, Any]:
        """What a test asks for; the answer is everything there is."""
        wanted, state = json.loads(self.received or b"{}"), self.state
        with state.lock:
            if wanted.get("reset"):
                state.reset()
            for name, value in wanted.get("settings", {}).items():
                if name not in {f.name for f in fields(state.settings)}:
                    return {"error": f"No such setting: {name}"}
                setattr(state.settings, name, value)
            if "fault" in wanted:
                state.faults.append(Fault(**wanted["fault"]))
            if "revoke" in wanted:
                state.registry.revoke(wanted["revoke"])
            token = state.token_for(wanted["token_for"]) if "token_for" in wanted else None
            return {"statuses": state.statuses, "images": len(state.images), "token": token}


def mastodon(port: int = 0) -> tuple[ThreadingHTTPServer, State]:
    """A server, not yet running, and what it keeps."""

    class OwnHandler(Handler):
        pass

    server = server_for(OwnHandler, port)
    OwnHandler.state = State(url_of(server))
    return server, OwnHandler.state


@contextmanager
def running_mastodon() -> Iterator[State]:
    server, state = mastodon()
    with running(server):
        yield state


def main(port: str = "0") -> None:
    server, state = mastodon(int(port))
    print(f"READY {state.url}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
