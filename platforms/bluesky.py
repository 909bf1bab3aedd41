"""Bluesky and other AT Protocol servers, signed in with an app password.

One request makes one post: the record key is ours, stored before the first call, and
com.atproto.repo.putRecord with swapRecord null creates only where nothing is. Sent again, the identical
record answers as the first time (seen on @atproto/pds 0.5.35); a lost answer is settled by reading it back.

Numbers: lexicon app.bsky.feed.post (text: 300 graphemes, 3000 bytes), app.bsky.embed.images (4 images,
1,000,000 bytes each on servers of before 2026). No pixel or alt text limit is published: the first is our own
ceiling, the second what Bluesky's own app allows.

Pace: an account has 5,000 points an hour and 35,000 a day, and a new record costs 3, so 1,666 and 11,666 posts
(https://docs.bsky.app/docs/advanced-guides/rate-limits). About three fifths of it are ours; likes, follows and posts
by hand cost points too.
"""

import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from platforms import atproto, foreign, http
from platforms.base import (
    NO_OPTIONS,
    Account,
    ConnectError,
    Credentials,
    Limits,
    Options,
    Pace,
    Part,
    Problem,
    Published,
    PublishedPart,
    PublishError,
    PublishRequest,
    Secrets,
    Term,
)
from platforms.facets import facets, handles
from platforms.rules import graphemes, part_problems

POST = "app.bsky.feed.post"
_POST_URI = re.compile(
    r"at://(?P<did>did:[a-z]+:[\w.:%-]{1,250})/app\.bsky\.feed\.post/(?P<key>[\w.:~-]{1,250})", re.ASCII
)
"""https://atproto.com/specs/at-uri-scheme and /specs/record-key."""
_DID = re.compile(r"did:[a-z]+:[\w.:%-]{0,250}[\w.-]", re.ASCII)
"""https://atproto.com/specs/did."""
_RESOLVE_SECONDS = 5.0
_TID_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
_counter = count(secrets.randbelow(1000))


class Bluesky:
    slug = "bluesky"
    name = "Bluesky"
    flags = ()  # self-labels are about adult and graphic content and bots; none is about advertising or AI
    resend_is_safe = True  # putRecord with our own rkey and swapRecord null
    limits = Limits(
        characters=300,
        text_bytes=3000,
        images=4,
        image_bytes=1_000_000,
        image_pixels=16_777_216,
        alt_characters=2000,
        image_types=("image/jpeg", "image/png", "image/webp"),
        paces=(Pace(1_000, 3_600), Pace(7_000, 86_400)),
    )

    def limits_for(self, server: Mapping[str, Any]) -> Limits:
        """Always the same: the lexicon decides, not the server."""
        return self.limits

    def length(self, text: str) -> int:
        return graphemes(text)

    def problems(self, part: Part, limits: Limits, options: Options = NO_OPTIONS) -> list[Problem]:
        """As every platform; and a content warning is refused, since Bluesky has no text for one."""
        found = part_problems(part, limits, Options(visibility=options.visibility), self.length)
        if options.content_warning:
            fix = "Leave it empty for Bluesky, or say it in the text."
            found.append(Problem("Bluesky has no content warnings.", fix, field="content_warning"))
        return found

    def record_key(self, at: datetime) -> str:
        """A TID (https://atproto.com/specs/tid): microseconds and a random clock number. The microseconds
        below a thousand are a counter, so that the parts of a thread, made in one instant, differ."""
        milliseconds = int(at.timestamp() * 1000)
        value = (milliseconds * 1000 + next(_counter) % 1000) << 10 | secrets.randbelow(1024)
        return "".join(_TID_LETTERS[value >> shift & 31] for shift in range(60, -1, -5))

    def mentioned(self, text: str) -> tuple[str, ...]:
        return handles(text)

    def account_of(self, handle: str, instance: str) -> str | None:
        """The DID of a handle. Asked without a sign-in, which the server does not want for this. Raises
        PublishError."""
        url = f"{instance}/xrpc/com.atproto.identity.resolveHandle"
        answer = http.call("GET", url, params={"handle": handle}, read_seconds=_RESOLVE_SECONDS)
        did = answer.object().get("did")
        return did if answer.ok and isinstance(did, str) and _DID.fullmatch(did) else None

    def publish(self, request: PublishRequest, credentials: Credentials) -> Published:
        """Create the posts of the thread in order. What can fail without a trace (images) is done before
        the first. Raises PublishError."""
        session = atproto.Session(credentials, request.require_ours)
        records = [_record(session, part, request) for part in request.parts]
        sent: list[_Ref] = []
        try:
            for record, key in zip(records, request.record_keys, strict=True):
                if sent:
                    record["reply"] = {"root": sent[0], "parent": sent[-1]}
                request.require_ours()
                sent.append(_put(session, credentials.account_id, key, record))
        except PublishError as error:
            error.sent = _parts(sent)
            raise
        return Published(_parts(sent))

    def find(self, request: PublishRequest, credentials: Credentials) -> Published | None:
        """Read every part's record. Raises PublishError, also when only a part of the thread is there."""
        session = atproto.Session(credentials)
        records = [_get(session, credentials.account_id, key) for key in request.record_keys]
        found = [record["ref"] for record in records if record]
        if not found:
            return None
        if len(found) < len(records):
            message = f"Only {len(found)} of {len(records)} posts of the thread are on Bluesky."
            raise PublishError(message, maybe_sent=True, sent=_parts(found))
        return Published(_parts(found))

    def account_url(self, account_id: str, handle: str, instance: str) -> str:
        """Bluesky's own web app, whichever server keeps the account."""
        return f"https://bsky.app/profile/{account_id}"

    def check_sign_in(self, credentials: Credentials) -> Account:
        answer = atproto.Session(credentials).call("GET", "com.atproto.server.getSession")
        if not answer.ok:
            raise atproto.refused(answer, "say who is signed in")
        session = answer.object()
        if session.get("did") != credentials.account_id or session.get("active") is False:
            message = "The account is not active, or is another one."
            raise PublishError(message, permanent=True, needs_reconnect=True)
        return _account(credentials.instance, session)

    def sign_in_term(self, secrets: Secrets) -> Term | None:
        return atproto.sign_in_term(secrets)

    def renew_sign_in(self, credentials: Credentials) -> None:
        atproto.Session(credentials).renew()


_Ref = dict[str, str]
"""A strong reference: uri and cid."""


def connect(instance: str, identifier: str, app_password: str) -> tuple[Account, dict[str, str]]:
    """Sign in with a handle and an app password; the account and the secrets to seal. Raises ConnectError."""
    instance = http.normalise_instance(instance or "bsky.social")
    identifier, app_password = identifier.strip().lstrip("@"), app_password.strip()
    if not identifier or not app_password:
        raise ConnectError("Give your handle and an app password (Bluesky: Settings, App passwords).")
    try:
        answer = atproto.create_session(instance, identifier, app_password)
    except PublishError as error:
        raise ConnectError(error.message) from None
    if not answer.ok:
        raise ConnectError(_why_not(answer))
    session = answer.object()
    if not all(isinstance(session.get(k), str) for k in ("did", "handle", "accessJwt", "refreshJwt")):
        raise ConnectError(f"{answer.host} is not an AT Protocol server.")
    secret = {"app_password": app_password, "access": session["accessJwt"], "refresh": session["refreshJwt"]}
    return _account(instance, session), secret


def _why_not(answer: http.Answer) -> str:
    name = atproto.error_name(answer)
    if name == "AuthFactorTokenRequired":
        return "This account asks for a second factor. Use an app password instead of the password."
    if name == "AuthenticationRequired":
        return "Handle or app password is wrong."
    if answer.status in (404, 405, 501) or not answer.object():
        return f"{answer.host} is not an AT Protocol server."
    return atproto.refused(answer, "sign you in").message


def _account(instance: str, session: Mapping[str, Any]) -> Account:
    handle = foreign.name(session.get("handle", ""))
    did = foreign.identifier(session["did"])
    return Account(account_id=did, handle=foreign.name(f"@{handle}"), name=handle, instance=instance)


def _record(session: atproto.Session, part: Part, request: PublishRequest) -> dict[str, Any]:
    """The post's record without its place in the thread: who is tagged is in the part, never asked here. Uploads
    the images: the same bytes get the same CID, so the record of a second attempt is identical."""
    at = request.created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record: dict[str, Any] = {"$type": POST, "text": part.text, "createdAt": at}
    tagged = {mention.handle: mention.account_id for mention in part.mentions}
    if found := facets(part.text, tagged.get):
        record["facets"] = found
    if request.options.language:
        record["langs"] = [request.options.language]
    if part.media:
        images = [
            {
                "alt": media.alt,
                "image": _upload(session, request.media[media.sha256], media.content_type),
                "aspectRatio": {"width": media.width, "height": media.height},
            }
            for media in part.media
        ]
        record["embed"] = {"$type": "app.bsky.embed.images", "images": images}
    return record


def _upload(session: atproto.Session, data: bytes, content_type: str) -> dict[str, Any]:
    answer = session.call(
        "POST", "com.atproto.repo.uploadBlob", data=data, headers={"Content-Type": content_type}
    )
    blob = answer.object().get("blob")
    if not answer.ok:
        raise atproto.refused(answer, "take an image")
    if not isinstance(blob, dict):
        raise PublishError(f"{answer.host} did not say what became of an image.")
    return blob


def _put(session: atproto.Session, repo: str, key: str, record: dict[str, Any]) -> _Ref:
    body = {"repo": repo, "collection": POST, "rkey": key, "record": record, "swapRecord": None}
    answer = session.call("POST", "com.atproto.repo.putRecord", json=body, creates=True)
    if atproto.error_name(answer) == "InvalidSwap":
        return _ours(session, repo, key, record)
    if not answer.ok:
        raise atproto.refused(answer, "take the post", creates=True)
    return _ref(answer)


def _ours(session: atproto.Session, repo: str, key: str, record: dict[str, Any]) -> _Ref:
    """The record that is already under our key, where it is the post we meant. Text and time under a random key of
    ours can be no other post. Facets and images are not compared: if they differ (a version of before decision 0021
    looked mentions up while it sent), the post is out all the same, and to deny it would invite a second one."""
    there = _get(session, repo, key)
    if there and all(there["value"].get(name) == record[name] for name in ("text", "createdAt")):
        ref: _Ref = there["ref"]
        return ref
    do = "Look at the account; duplicate the post to send it anew."
    raise PublishError(f"Another post already has this record key. {do}", permanent=True)


def _get(session: atproto.Session, repo: str, key: str) -> dict[str, Any] | None:
    """A record and its reference; None only when the server says that there is none. Raises PublishError,
    always with maybe_sent: a server that cannot say leaves it open."""
    params = {"repo": repo, "collection": POST, "rkey": key}
    try:
        answer = session.call("GET", "com.atproto.repo.getRecord", params=params)
    except PublishError as error:
        error.maybe_sent = True
        raise
    if answer.status in (400, 404) and atproto.error_name(answer) == "RecordNotFound":
        return None
    value = answer.object().get("value")
    if not answer.ok or not isinstance(value, dict):
        failure = atproto.refused(answer, "show the post")
        failure.maybe_sent, failure.permanent = True, False
        raise failure
    return {"ref": _ref(answer), "value": value}


def _ref(answer: http.Answer) -> _Ref:
    said = answer.object()
    if not isinstance(said.get("uri"), str) or not isinstance(said.get("cid"), str):
        raise PublishError(f"{answer.host} did not say what became of the post.", maybe_sent=True)
    return {"uri": said["uri"], "cid": said["cid"]}


def _parts(refs: list[_Ref]) -> tuple[PublishedPart, ...]:
    return tuple(PublishedPart(foreign.identifier(ref["uri"]), _url(ref["uri"])) for ref in refs)


def _url(uri: str) -> str:
    """at://<did>/app.bsky.feed.post/<key> as Bluesky's web page; "" for an address that is none of a post."""
    match = _POST_URI.fullmatch(uri)
    return f"https://bsky.app/profile/{match['did']}/post/{match['key']}" if match else ""
