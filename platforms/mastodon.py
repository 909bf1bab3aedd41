"""Mastodon, and servers with its API (GoToSocial, Pleroma, Pixelfed, Hollo, Takahe ...).

A status is asked for with an Idempotency-Key that was stored before the first call. Servers keep the key
for up to an hour, and some ignore it, so a lost answer is never settled by asking again: the account's own
statuses are read back, and what is there is compared with what was meant. `scheduled_at` is never sent,
since servers ignore the key beside it.

https://docs.joinmastodon.org/methods/statuses/#create and /methods/media/#v2

Pace: a token has 300 calls in 5 minutes, for all it does (https://docs.joinmastodon.org/api/rate-limits/), and an
account 300 statuses in 3 hours (Mastodon's own app/lib/rate_limiter.rb). A post with four images takes about ten calls,
so 20 posts are 200 of the 300; of the statuses two thirds are ours. Images have a limit of their own, 30 in 30 minutes,
which only posts with many images reach: there the server's 429 says how long to wait.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from platforms import foreign, http, mastodon_refusals, mastodon_tokens
from platforms.base import (
    NO_OPTIONS,
    Account,
    ConnectError,
    Credentials,
    Limits,
    Media,
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
from platforms.mastodon_sign_in import (
    account_of,
    authorization_url,
    connect,
    fetch_token,
    register_app,
    server_limits,
)
from platforms.mastodon_text import URL_CHARACTERS, comparable, counted, plain
from platforms.rules import part_problems

__all__ = ["Mastodon", "authorization_url", "connect", "fetch_token", "register_app"]

UPLOAD_SECONDS = 90.0
PROCESSING_SECONDS = 60.0
CLOCK_SLACK = timedelta(minutes=2)
"""How far a server's clock may be behind ours when its statuses are compared with a request."""
PAGES = 25
PAGE = 40

Status = dict[str, Any]


class Mastodon:
    slug = "mastodon"
    name = "Mastodon"
    flags = ()  # POST /api/v1/statuses knows "sensitive" and "spoiler_text", and none for advertising or AI
    resend_is_safe = False  # Idempotency-Key lives an hour at most, and some servers ignore it
    limits = Limits(
        characters=500,
        images=4,
        image_bytes=10_485_760,
        image_pixels=16_777_216,
        alt_characters=1500,
        image_types=("image/jpeg", "image/png", "image/webp", "image/gif"),
        visibilities=("public", "unlisted", "private", "direct"),
        url_characters=URL_CHARACTERS,
        paces=(Pace(20, 300), Pace(200, 10_800)),
    )

    def limits_for(self, server: Mapping[str, Any]) -> Limits:
        """Mastodon's own numbers, with those that the account's server named when it was connected."""
        types = server.get("supported_mime_types") or self.limits.image_types
        return replace(
            self.limits,
            characters=server.get("max_characters", self.limits.characters),
            images=server.get("max_media_attachments", self.limits.images),
            image_bytes=server.get("image_size_limit", self.limits.image_bytes),
            image_pixels=server.get("image_matrix_limit", self.limits.image_pixels),
            alt_characters=server.get("description_limit", self.limits.alt_characters),
            url_characters=server.get("characters_reserved_per_url", self.limits.url_characters),
            image_types=tuple(kind for kind in self.limits.image_types if kind in types),
        )

    def length(self, text: str) -> int:
        return counted(text)

    def problems(self, part: Part, limits: Limits, options: Options = NO_OPTIONS) -> list[Problem]:
        """As every platform, with addresses counted as the server counts them."""
        each = URL_CHARACTERS if limits.url_characters is None else limits.url_characters
        return part_problems(part, limits, options, lambda text: counted(text, each))

    def record_key(self, at: datetime) -> str:
        """None: the server numbers its statuses."""
        return ""

    def publish(self, request: PublishRequest, credentials: Credentials) -> Published:
        """Create the statuses of the thread in order, after all images are up. Raises PublishError."""
        images = [[_upload(credentials, m, request.media[m.sha256]) for m in p.media] for p in request.parts]
        sent: list[PublishedPart] = []
        try:
            for index, ids in enumerate(images):
                parent = sent[-1].remote_id if sent else ""
                request.require_ours()
                sent.append(_post(credentials, request, index, ids, parent))
        except PublishError as error:
            error.sent = tuple(sent)
            raise
        return Published(tuple(sent))

    def find(self, request: PublishRequest, credentials: Credentials) -> Published | None:
        """Look for the request among the account's statuses since it was made. None only when they were read
        back to before that time. Raises PublishError, also when only a part of the thread is there.

        A status is recognised by its text, warning, number of images and place in the thread; two equal posts
        within one minute or two can't be told apart."""
        statuses = _own_since(credentials, request.created_at - CLOCK_SLACK)
        found: list[Status] = []
        for part in request.parts:
            parent = found[-1]["id"] if found else None
            found += _matching(statuses, part, request.options, parent)[:1]
        parts = tuple(_published(status) for status in found)
        if not parts:
            return None
        if len(parts) < len(request.parts):
            message = f"Only {len(parts)} of {len(request.parts)} posts of the thread are on the server."
            raise PublishError(message, maybe_sent=True, sent=parts)
        return Published(parts)

    def account_url(self, account_id: str, handle: str, instance: str) -> str:
        """`handle` is "@name@server"; the server's own page leaves its name out."""
        return f"{instance}/@{handle.removeprefix('@').partition('@')[0]}"

    def check_sign_in(self, credentials: Credentials) -> Account:
        """Whose token it is, and the server's limits of today."""
        answer = _call("GET", credentials, "v1/accounts/verify_credentials")
        if not answer.ok:
            raise _refused(answer, "say who is signed in")
        limits = server_limits(credentials.instance) or credentials.limits
        try:
            account = account_of(answer, credentials.instance, limits)
        except ConnectError as error:
            raise PublishError(error.message) from None
        if account.account_id != credentials.account_id:
            raise PublishError("The sign-in is another account's.", permanent=True, needs_reconnect=True)
        return account

    def sign_in_term(self, secrets: Secrets) -> Term | None:
        return mastodon_tokens.sign_in_term(secrets)

    def renew_sign_in(self, credentials: Credentials) -> None:
        mastodon_tokens.renew(credentials)


def _call(
    method: str,
    credentials: Credentials,
    path: str,
    *,
    require_ours: Callable[[], None] = lambda: None,
    **content: Any,
) -> http.Answer:
    """One call, with the token renewed if the server no longer takes it and gave something to renew it with."""
    answer = _call_once(method, credentials, path, **content)
    if answer.status == 401 and credentials.secrets.get("refresh_token"):
        mastodon_tokens.renew(credentials)  # Who signs is looked at first, so nothing has been done.
        require_ours()
        answer = _call_once(method, credentials, path, **content)
    return answer


def _call_once(method: str, credentials: Credentials, path: str, **content: Any) -> http.Answer:
    url, secrets = f"{credentials.instance}/api/{path}", credentials.secrets
    hide = (secrets.get("client_secret", ""),)
    return http.call(method, url, token=secrets.get("access_token", ""), hide=hide, **content)


def _refused(answer: http.Answer, doing: str, *, creates: bool = False) -> PublishError:
    return http.refused(answer, doing, creates=creates, table=mastodon_refusals.TABLE)


def _upload(credentials: Credentials, media: Media, data: bytes) -> str:
    """The id of the image, once the server has processed it. Nothing is public yet, so nothing here is
    maybe_sent."""
    name = "image." + media.content_type.partition("/")[2]
    answer = _call(
        "POST",
        credentials,
        "v2/media",
        files={"file": (name, data, media.content_type)},
        data={"description": media.alt} if media.alt else None,
        read_seconds=UPLOAD_SECONDS,
    )
    if not answer.ok:
        raise _refused(answer, "take an image")
    number = answer.object().get("id")
    if not number:
        raise PublishError(f"{answer.host} did not say what became of an image.")
    if answer.status == 202:
        _wait_for(credentials, str(number))
    return str(number)


def _wait_for(credentials: Credentials, number: str) -> None:
    """Until an image is processed: 206 while it is not."""
    until, pause = time.monotonic() + PROCESSING_SECONDS, 0.25
    while time.monotonic() < until:
        answer = _call("GET", credentials, f"v1/media/{number}")
        if not answer.ok:
            raise _refused(answer, "process an image")
        if answer.status != 206:
            return
        time.sleep(pause)
        pause = min(pause * 1.5, 5.0)
    raise PublishError("The server did not finish processing an image.", retry_after=60.0)


def _post(
    credentials: Credentials, request: PublishRequest, index: int, media_ids: list[str], parent: str
) -> PublishedPart:
    body = {
        "status": request.parts[index].text,
        "media_ids": media_ids,
        "visibility": request.options.visibility,
        "spoiler_text": request.options.content_warning,
        "language": request.options.language,
        "in_reply_to_id": parent,
    }
    answer = _call(
        "POST",
        credentials,
        "v1/statuses",
        json={name: value for name, value in body.items() if value},
        headers={"Idempotency-Key": f"{request.key}-{index}"},
        creates=True,
        require_ours=request.require_ours,
    )
    if not answer.ok:
        raise _refused(answer, "take the post", creates=True)
    status = answer.object()
    if not status.get("id"):
        raise PublishError(f"{answer.host} did not say what became of the post.", maybe_sent=True)
    return _published(status)


def _published(status: Status) -> PublishedPart:
    url = foreign.address(status.get("url")) or foreign.address(status.get("uri"))
    return PublishedPart(foreign.identifier(status["id"]), url)


def _own_since(credentials: Credentials, since: datetime) -> list[Status]:
    """The account's statuses not older than `since`, oldest first. Raises PublishError(maybe_sent=True) when
    they cannot be read so far back."""
    statuses: list[Status] = []
    for page in _pages(credentials):
        fresh = [status for status in page if _created(status) >= since]
        statuses += fresh
        if not fresh:
            return statuses[::-1]
    raise PublishError("The account has too many newer posts to look through.", maybe_sent=True)


def _pages(credentials: Credentials) -> Iterator[list[Status]]:
    """Pages of the account's statuses, newest first; an empty one at the end."""
    params = {"limit": str(PAGE)}
    for _ in range(PAGES):
        page = _page(credentials, params)
        yield page
        if page:
            params["max_id"] = str(page[-1]["id"])


def _page(credentials: Credentials, params: Mapping[str, str]) -> list[Status]:
    try:
        answer = _call("GET", credentials, f"v1/accounts/{credentials.account_id}/statuses", params=params)
    except PublishError as error:
        error.maybe_sent = True
        raise
    page = answer.json()
    if answer.ok and isinstance(page, list) and all(isinstance(s, dict) and s.get("id") for s in page):
        return page
    failure = _refused(answer, "show the account's posts")
    failure.maybe_sent, failure.permanent = True, False
    raise failure


def _created(status: Status) -> datetime:
    try:
        at = datetime.fromisoformat(str(status.get("created_at")))
    except ValueError:
        raise PublishError("The server's posts carry no time.", maybe_sent=True) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _matching(statuses: list[Status], part: Part, options: Options, parent: str | None) -> list[Status]:
    """The statuses that can be this part, oldest first."""
    return [
        status
        for status in statuses
        if not status.get("reblog")
        and status.get("in_reply_to_id") == parent
        and len(status.get("media_attachments") or ()) == len(part.media)
        and comparable(str(status.get("spoiler_text") or "")) == comparable(options.content_warning)
        and plain(str(status.get("content") or "")) == comparable(part.text)
    ]
