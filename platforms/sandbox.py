"""A platform on this machine: it keeps posts in a folder, so that the whole product works, and can be tried
and rehearsed, without an account anywhere.

    <folder>/<account>/account.json      who it is
    <folder>/<account>/posts/<key>.json  one file per request, a whole thread in it
    <folder>/<account>/media/<sha256>    the bytes of the images
    <folder>/<account>/faults/*.json     failures to rehearse (platforms/rehearsal.py)
    <folder>/<account>/revoked           the sign-in was withdrawn

`Credentials.instance` is the absolute path of the folder, `Credentials.account_id` the account's own folder.
Posts have no public address, so their `url` is empty; the product shows them on a page of its own.
"""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from platforms import rehearsal
from platforms.base import (
    NO_OPTIONS,
    Account,
    ConnectError,
    Credentials,
    Limits,
    Media,
    Options,
    Part,
    Problem,
    Published,
    PublishedPart,
    PublishError,
    PublishRequest,
)
from platforms.rules import graphemes, part_problems

_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")
_KEY = re.compile(r"[0-9a-f]{8,128}\Z")
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class StoredPost:
    """One request as it was taken: a post, or a whole thread."""

    key: str
    created_at: datetime
    parts: tuple[Part, ...]
    options: Options

    def remote_id(self, index: int) -> str:
        return f"{self.key}.{index}"


class Sandbox:
    slug = "sandbox"
    name = "Sandbox"
    flags = ("paid_partnership", "made_with_ai")
    resend_is_safe = True  # one file a request key
    limits = Limits(
        characters=500,
        images=4,
        image_bytes=2_000_000,
        image_pixels=16_777_216,
        alt_characters=1500,
        image_types=("image/jpeg", "image/png", "image/webp", "image/gif"),
        visibilities=("public", "unlisted", "private"),
    )

    def limits_for(self, server: Mapping[str, Any]) -> Limits:
        """Always the same: a folder has no opinion."""
        return self.limits

    def length(self, text: str) -> int:
        return graphemes(text)

    def problems(self, part: Part, limits: Limits, options: Options = NO_OPTIONS) -> list[Problem]:
        return part_problems(part, limits, options, self.length)

    def record_key(self, at: datetime) -> str:
        """None needed: the request's own key names its file."""
        return ""

    def publish(self, request: PublishRequest, credentials: Credentials) -> Published:
        """Store the request; the same request again answers as the first time. Raises PublishError."""
        home = _home(credentials)
        fault = rehearsal.take(home, "publish")
        rehearsal.before_acting(fault)
        self._refuse_what_breaks_a_limit(request)
        request.require_ours()
        _store(home, request)
        rehearsal.after_acting(fault)
        return _published(request)

    def find(self, request: PublishRequest, credentials: Credentials) -> Published | None:
        """Read the request back by its key. Raises PublishError."""
        home = _home(credentials)
        rehearsal.before_acting(rehearsal.take(home, "find"))
        path = _post_file(home, request.key)
        return _published(request) if path.exists() else None

    def account_url(self, account_id: str, handle: str, instance: str) -> str:
        """None: the product shows the folder on a page of its own."""
        return ""

    def check_sign_in(self, credentials: Credentials) -> Account:
        return _account(_home(credentials), credentials.instance)

    def _refuse_what_breaks_a_limit(self, request: PublishRequest) -> None:
        for part in request.parts:
            for problem in self.problems(part, self.limits, request.options):
                words = f"The sandbox refused the post: {problem.message} {problem.fix} Then submit it again."
                raise PublishError(words, permanent=True)


def connect(folder: str, name: str) -> Account:
    """An account of this name, made if it is new. Raises ConnectError, also where another name has its folder:
    the two would otherwise become one account."""
    name = name.strip()
    if not name or len(name) > 60:
        raise ConnectError("Give the account a name of 1 to 60 characters.")
    home = Path(folder) / _account_id(name)
    if not home.is_absolute():
        raise ConnectError("The sandbox folder must be an absolute path.")
    try:
        for part in ("posts", "media", "faults"):
            (home / part).mkdir(parents=True, exist_ok=True)
        if not (home / "account.json").exists():
            _write_once(home / "account.json", json.dumps({"name": name}).encode())
    except OSError as error:
        raise ConnectError(f"The sandbox folder cannot be written: {error.strerror}.") from error
    account = _account(home, folder)
    if account.name != name:
        raise ConnectError(
            f"“{name}” would be {account.handle}, which is the account of “{account.name}”. "
            "Give it a name whose first 40 letters and digits differ, or connect that account under its own name."
        )
    return account


def posts(folder: str, account_id: str, limit: int = 50, skip: int = 0) -> list[StoredPost]:
    """What an account has published, newest first. Raises PublishError for an account that is not there."""
    home = _existing_home(folder, account_id)
    files = sorted(_post_files(home), key=lambda entry: (entry.stat().st_mtime_ns, entry.name), reverse=True)
    return [_read(Path(entry.path)) for entry in files[skip : skip + limit]]


def media_file(folder: str, account_id: str, sha256: str) -> Path:
    """Where the bytes of a published image are. Raises PublishError when they are not there."""
    home = _existing_home(folder, account_id)
    path = home / "media" / sha256
    if not _SHA256.match(sha256) or not path.is_file():
        raise PublishError("The sandbox has no such image.", permanent=True)
    return path


def _account_id(name: str) -> str:
    """A folder name: the letters and digits of the name, or a digest of it where it has none we can use."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
    return slug or "account-" + hashlib.sha256(name.encode()).hexdigest()[:8]


def _account(home: Path, folder: str) -> Account:
    name = json.loads((home / "account.json").read_bytes())["name"]
    return Account(account_id=home.name, handle=f"@{home.name}", name=name, instance=folder)


def _home(credentials: Credentials) -> Path:
    """The account's folder, while its sign-in is good."""
    home = _existing_home(credentials.instance, credentials.account_id)
    if (home / "revoked").exists():
        raise PublishError(
            "The sandbox account withdrew this sign-in. Connect it again.",
            permanent=True,
            needs_reconnect=True,
        )
    return home


def _existing_home(folder: str, account_id: str) -> Path:
    home = Path(folder) / account_id
    if not _ACCOUNT.match(account_id) or not (home / "account.json").is_file():
        raise PublishError("The sandbox has no such account.", permanent=True, needs_reconnect=True)
    return home


def _post_file(home: Path, key: str) -> Path:
    if not _KEY.match(key):
        raise PublishError("The request key is not a hexadecimal number.", permanent=True)
    return home / "posts" / f"{key}.json"


def _post_files(home: Path) -> Iterator["os.DirEntry[str]"]:
    with os.scandir(home / "posts") as entries:
        yield from (entry for entry in entries if entry.name.endswith(".json"))


def _store(home: Path, request: PublishRequest) -> None:
    path = _post_file(home, request.key)
    content = _serialised(request)
    try:
        for part in request.parts:
            for media in part.media:
                _store_media(home, media.sha256, request.media)
        if not _write_once(path, content) and path.read_bytes() != content:
            raise PublishError("Another post already has this request's key.", permanent=True)
    except OSError as error:
        message = f"The sandbox folder cannot be written: {error.strerror}."
        raise PublishError(message, maybe_sent=path.exists()) from error


def _store_media(home: Path, sha256: str, media: Mapping[str, bytes]) -> None:
    data = media.get(sha256)
    if data is None or hashlib.sha256(data).hexdigest() != sha256:
        raise PublishError("An image is not the one that the post names.", permanent=True)
    _write_once(home / "media" / sha256, data)


def _write_once(path: Path, content: bytes) -> bool:
    """Create a file, whole or not at all; False if it was there. A link either succeeds for one writer or
    fails, on every file system that has links, so two workers cannot both create one post."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return True


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _serialised(request: PublishRequest) -> bytes:
    parts = [
        {"text": part.text, "media": [{f: getattr(m, f) for f in m.__slots__} for m in part.media]}
        for part in request.parts
    ]
    options = {f: getattr(request.options, f) for f in request.options.__slots__}
    post = {"created_at": request.created_at.isoformat(), "parts": parts, "options": options}
    return json.dumps(post, ensure_ascii=False, indent=1).encode()


def _read(path: Path) -> StoredPost:
    post = json.loads(path.read_bytes())
    parts = tuple(Part(p["text"], tuple(Media(**m) for m in p["media"])) for p in post["parts"])
    options = Options(**{**post["options"], "flags": tuple(post["options"].get("flags", ()))})
    return StoredPost(path.stem, datetime.fromisoformat(post["created_at"]), parts, options)


def _published(request: PublishRequest) -> Published:
    return Published(
        tuple(PublishedPart(f"{request.key}.{index}", "") for index in range(len(request.parts)))
    )
