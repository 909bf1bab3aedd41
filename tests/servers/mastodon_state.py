"""What the Mastodon test server keeps, and the rules by which it takes a status or an image."""

import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from itertools import count
from typing import Any

from tests.servers.mastodon_oauth import Registry

IMAGE_TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp"]
VISIBILITIES = ["public", "unlisted", "private", "direct"]


class Refused(Exception):
    """An error answer: status and words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


@dataclass
class Settings:
    """What a test can change, also over POST /control."""

    honour_key: bool = True
    pkce: bool = True
    instance_v2: bool = True
    refuse_sign_in: bool = False
    sign_in_as: str = "alice"
    polls: int = 1
    """How often an image answers 206 before it is ready; 0 answers 200 at once."""
    max_characters: int = 500
    token_seconds: int = 0
    """How long a token is good; 0: for ever, and it is never renewed."""
    show_statuses: bool = True
    """Whether an account's statuses can be read."""
    lag: int = 0
    """How many reads of an account's statuses still do not show the newest one: a replica that is behind."""
    error_form: str = "json"
    """json, html or text: all three exist."""


@dataclass
class Fault:
    """Something that goes wrong `times` times with requests of this method and path.

    kind: drop_after, drop_before (after `seconds`), status_after, status_before, slow_after, garbage_after, redirect.
    """

    kind: str
    path: str = "/api/v1/statuses"
    method: str = "POST"
    times: int = 1
    status: int = 500
    seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    reached: threading.Event = field(default_factory=threading.Event)
    """Set once a slow server has acted and its answer is on the way."""
    until: threading.Event | None = None
    """What a slow server waits for, beside the seconds."""


class State:
    def __init__(self, url: str) -> None:
        self.url = url
        self.lock = threading.RLock()
        self._numbers = count(110_000_000_000_000_001)
        self.reset()

    def reset(self) -> None:
        self.settings = Settings()
        self.faults: list[Fault] = []
        self.registry = Registry()
        self.accounts = {"alice": "1001", "bob": "1002"}
        self.statuses: list[dict[str, Any]] = []
        self.images: dict[str, dict[str, Any]] = {}
        self.keys: dict[tuple[str, str], dict[str, Any]] = {}

    def token_for(self, account: str = "alice", scopes: str = "") -> str:
        """A token without the sign-in, for tests of what comes after it."""
        token = f"token-of-{account}-{next(self._numbers)}"
        wanted = scopes or "read:accounts read:statuses write:statuses write:media"
        self.registry.tokens[token] = (account, set(wanted.split()))
        return token

    def sign_in(self, account: str = "alice", seconds: int = 3600) -> dict[str, str]:
        """The secrets of a sign-in that ends and can be renewed."""
        self.settings.token_seconds = seconds
        return self.registry.sign_in(
            account, "read:accounts read:statuses write:statuses write:media", seconds
        )

    def account_of(self, authorization: str, scope: str) -> str:
        """The account a bearer token speaks for. Raises Refused."""
        kind, _, token = authorization.partition(" ")
        known = self.registry.owner(token)
        if kind != "Bearer" or known is None:
            raise Refused(401, "The access token is invalid")
        if not {scope, scope.partition(":")[0]} & known[1]:
            raise Refused(403, "This action is outside the authorized scopes")
        return known[0]

    def take_fault(self, method: str, path: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and fault.method == method and path.startswith(fault.path):
                    fault.times -= 1
                    return fault
        return None

    def account(self, name: str) -> dict[str, Any]:
        return {
            "id": self.accounts[name],
            "username": name,
            "acct": name,
            "display_name": name.capitalize(),
            "url": f"{self.url}/@{name}",
        }

    def instance(self) -> dict[str, Any]:
        return {
            "title": "Test",
            "version": "4.5.0",
            "configuration": {
                "statuses": {
                    "max_characters": self.settings.max_characters,
                    "max_media_attachments": 4,
                    "characters_reserved_per_url": 23,
                },
                "media_attachments": {
                    "supported_mime_types": [*IMAGE_TYPES, "video/mp4"],
                    "description_limit": 1500,
                    "image_size_limit": 1_000_000,
                    "image_matrix_limit": 16_777_216,
                },
            },
        }

    def add_image(self, owner: str, kind: str, data: bytes, description: str) -> dict[str, Any]:
        if kind not in IMAGE_TYPES:
            raise Refused(422, "Validation failed: File content type is invalid")
        if len(data) > 1_000_000:
            raise Refused(422, "Validation failed: File file size must be less than 1 MB")
        if len(description) > 1500:
            raise Refused(422, "Validation failed: Description is too long (maximum is 1500 characters)")
        image = {"id": str(next(self._numbers)), "owner": owner, "data": data, "type": "image"}
        image |= {"description": description or None, "polls": self.settings.polls, "used": False}
        self.images[image["id"]] = image
        return image

    def poll_image(self, owner: str, number: str) -> tuple[int, dict[str, Any]]:
        image = self.images.get(number)
        if image is None or image["owner"] != owner:
            raise Refused(404, "Record not found")
        if image["polls"] > 0:
            image["polls"] -= 1
            return 206, self.shown_image(image, ready=False)
        return 200, self.shown_image(image)

    def shown_image(self, image: dict[str, Any], ready: bool = True) -> dict[str, Any]:
        url = f"{self.url}/media/{image['id']}" if ready else None
        return {"id": image["id"], "type": "image", "url": url, "description": image["description"]}

    def add_status(self, owner: str, wanted: dict[str, Any], key: str) -> dict[str, Any]:
        """A new status, or the one that this key already made. Raises Refused."""
        with self.lock:
            if key and self.settings.honour_key and (owner, key) in self.keys:
                return self.keys[owner, key]
            images = self._images_for(owner, wanted.get("media_ids") or [])
            self._check(wanted, bool(images))
            status = self._status(owner, wanted, images, key)
            self.statuses.append(status)
            if key:
                self.keys[owner, key] = status
            for image in images:
                image["used"] = True
            return status

    def _images_for(self, owner: str, numbers: list[str]) -> list[dict[str, Any]]:
        if len(numbers) > 4:
            raise Refused(422, "Cannot attach more than 4 files")
        images = [self.images.get(number) for number in numbers]
        if any(image is None or image["owner"] != owner or image["used"] for image in images):
            raise Refused(422, "Validation failed: Media could not be found")
        if any(image["polls"] > 0 for image in images if image):
            raise Refused(422, "Cannot attach files that have not finished processing.")
        return [image for image in images if image]

    def _check(self, wanted: dict[str, Any], with_images: bool) -> None:
        text, warning = wanted.get("status", ""), wanted.get("spoiler_text", "")
        if not text.strip() and not with_images:
            raise Refused(422, "Validation failed: Text can't be blank")
        if count_characters(text) + len(warning) > self.settings.max_characters:
            limit = self.settings.max_characters
            raise Refused(422, f"Validation failed: Text character limit of {limit} exceeded")
        if wanted.get("visibility", "public") not in VISIBILITIES:
            raise Refused(422, "Validation failed: Visibility is not included in the list")
        if "scheduled_at" in wanted:
            raise Refused(422, "Validation failed: the key is ignored beside scheduled_at")
        if (parent := wanted.get("in_reply_to_id")) and not self.status(parent):
            raise Refused(404, "The post you are trying to reply to does not appear to exist.")

    def _status(
        self, owner: str, wanted: dict[str, Any], images: list[dict[str, Any]], key: str
    ) -> dict[str, Any]:
        number = str(next(self._numbers))
        return {
            "id": number,
            "created_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "in_reply_to_id": wanted.get("in_reply_to_id"),
            "visibility": wanted.get("visibility", "public"),
            "spoiler_text": wanted.get("spoiler_text", ""),
            "language": wanted.get("language"),
            "uri": f"{self.url}/users/{owner}/statuses/{number}",
            "url": f"{self.url}/@{owner}/{number}",
            "content": rendered(wanted.get("status", ""), self.url),
            "reblog": None,
            "account": self.account(owner),
            "media_attachments": [self.shown_image(image) for image in images],
            "x_text": wanted.get("status", ""),
            "x_key": key,
        }

    def status(self, number: str) -> dict[str, Any] | None:
        return next((status for status in self.statuses if status["id"] == number), None)

    def own_statuses(self, account_id: str, max_id: str, limit: int) -> list[dict[str, Any]]:
        """Newest first. Raises Refused."""
        if not self.settings.show_statuses:
            raise Refused(403, "This server shows no posts to applications")
        behind = not max_id and self.settings.lag > 0
        self.settings.lag -= behind
        newest = [
            status
            for status in reversed(self.statuses[:-1] if behind else self.statuses)
            if status["account"]["id"] == account_id and (not max_id or int(status["id"]) < int(max_id))
        ]
        return newest[: min(limit, 40)]

    def context(self, number: str) -> dict[str, Any]:
        status = self.status(number)
        if status is None:
            raise Refused(404, "Record not found")
        return {"ancestors": self._above(status), "descendants": self._below(number)}

    def _above(self, status: dict[str, Any]) -> list[dict[str, Any]]:
        parent = self.status(status["in_reply_to_id"]) if status["in_reply_to_id"] else None
        return [*self._above(parent), parent] if parent else []

    def _below(self, number: str) -> list[dict[str, Any]]:
        answers = [status for status in self.statuses if status["in_reply_to_id"] == number]
        return [status for answer in answers for status in (answer, *self._below(answer["id"]))]


def count_characters(text: str) -> int:
    """As the real server counts, for the texts of the tests: an address 23, a remote mention its name."""
    text = re.sub(r"https?://\S+", "x" * 23, text)
    return len(re.sub(r"@(\w+)@[\w.-]+", r"@\1", text))


def rendered(text: str, url: str) -> str:
    """HTML as Mastodon makes it: paragraphs, shortened addresses, mentions without their domain."""
    html = re.sub(r"https?://[^\s<]+", _link, escape(text, quote=False))
    html = re.sub(
        r"(?<![\w/@])@(\w+)(?:@[\w.-]*\w)?",
        rf'<span class="h-card"><a href="{url}/@\1">@<span>\1</span></a></span>',
        html,
    )
    html = re.sub(r"(?<![\w/&])#(\w+)", rf'<a href="{url}/tags/\1" rel="tag">#<span>\1</span></a>', html)
    paragraphs = [part.replace("\n", "<br />") for part in re.split(r"\n{2,}", html.strip())]
    return "".join(f"<p>{part}</p>" for part in paragraphs)


def _link(match: re.Match[str]) -> str:
    scheme, _, rest = match[0].partition("://")
    shown, hidden = rest[:30], rest[30:]
    style = "ellipsis" if hidden else ""
    return (
        f'<a href="{match[0]}" rel="nofollow noopener"><span class="invisible">{scheme}://</span>'
        f'<span class="{style}">{shown}</span><span class="invisible">{hidden}</span></a>'
    )
