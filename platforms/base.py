"""What every platform file provides: plain Python over HTTP, with no models and no settings of Django.

A platform is one file, platforms/<slug>.py, and one line in platforms/registry.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable


def account_tag(platform: str, account_id: str, instance: str = "") -> str:
    """What an account is filed under, in limits and in the publish log: "platform|account_id", and "|instance" where
    the platform has several servers, whose account ids may be equal (Mastodon numbers its accounts)."""
    return "|".join((platform, account_id, *([instance] if instance else [])))


@dataclass(frozen=True, slots=True)
class Media:
    """One image as it will be sent. `sha256` is of the exact bytes; sizes are in bytes and pixels."""

    sha256: str
    content_type: str
    size: int
    width: int
    height: int
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """Which account a handle in a text tags. `handle` without the @, in lower case."""

    handle: str
    account_id: str


@dataclass(frozen=True, slots=True)
class Part:
    """One post of a thread. A post without a thread has one part. `mentions`: the handles in its text that tag an
    account, where the post names that account to the platform; every other handle is plain text."""

    text: str
    media: tuple[Media, ...] = ()
    mentions: tuple[Mention, ...] = ()


FLAGS = {"paid_partnership": "paid partnership", "made_with_ai": "made with AI"}
"""What platforms themselves can show beside a post, and what people call it."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a platform lets us set for a whole post. Empty means the platform's own default.

    flags: what the platform itself shows beside the post: names of FLAGS.
    reply_to: the post that this one answers, as the platform names it; for the first part of a thread.
    """

    visibility: str = ""
    content_warning: str = ""
    language: str = ""
    flags: tuple[str, ...] = ()
    reply_to: str = ""

    @property
    def flag_words(self) -> list[str]:
        return [FLAGS.get(flag, flag.replace("_", " ")) for flag in self.flags]


NO_OPTIONS = Options()


@dataclass(frozen=True, slots=True)
class Pace:
    """At most this many posts (the parts of a thread count one by one) of one account in any span of this many
    seconds. Less than the platform allows: the account's people use it by hand as well."""

    posts: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform accepts. A server that publishes its own limits overrides these (see `with_server`)."""

    characters: int
    images: int
    image_bytes: int
    image_pixels: int
    alt_characters: int
    image_types: tuple[str, ...]
    text_bytes: int | None = None
    alt_required: bool = False
    visibilities: tuple[str, ...] = ()
    url_characters: int | None = None
    """What every URL counts as, however long it is; None where a URL counts like other text."""
    links: int | None = None
    hashtags: int | None = None
    """The most of one post; None where the platform names no number. Neither Bluesky's lexicon app.bsky.feed.post nor
    Mastodon's POST /api/v1/statuses does."""
    paces: tuple[Pace, ...] = ()
    """How fast an account may publish; all of them hold. Empty where nothing limits it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a platform would refuse a part. `start` and `end` are code points of the field's text."""

    message: str
    fix: str
    field: str = "text"
    start: int = 0
    end: int = 0
    media_index: int | None = None


Secrets = Mapping[str, str]
Exchange = Callable[[Secrets], Secrets]
"""Trades the secrets of a sign-in for newer ones at the platform, and gives what is new. Raises PublishError."""


def exchanged(secrets: Secrets, exchange: Exchange) -> dict[str, str]:
    """The secrets after an exchange: what the platform left out or left empty never replaces what we have."""
    return {**secrets, **{name: value for name, value in exchange(secrets).items() if value}}


@dataclass(slots=True)
class Credentials:
    """What is needed to act for one account. `secrets` are unsealed only on their way into a call, and newer ones
    take their place when the sign-in is renewed."""

    account_id: str
    instance: str
    secrets: Secrets = field(repr=False)
    limits: Mapping[str, Any] = field(default_factory=dict)
    renewing: Callable[[Secrets, Exchange], Secrets] | None = field(default=None, repr=False)
    """Lets one process at a time renew the sign-in, and stores what it got: called with the secrets that no longer do
    and the exchange, it answers with those to go on with. None where nothing is shared and nothing stored."""

    def renew(self, exchange: Exchange) -> None:
        """Raises PublishError; the secrets are then as they were."""
        self.secrets = (self.renewing or exchanged)(self.secrets, exchange)


@dataclass(frozen=True, slots=True)
class Term:
    """From when to when a sign-in is good, by the clock of whoever said so."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """The account a person connected, as the platform names it."""

    account_id: str
    handle: str
    name: str
    instance: str
    limits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """Everything that decides what one delivery creates. It is stored before the first call and never
    changes, so that sending the same request again asks for the same post.

    key: the delivery's own random key (hex), the root of every idempotency key.
    record_keys: one platform record key per part, for platforms whose clients choose it.
    created_at: the time written into the post, UTC.
    media: SHA-256 to the exact bytes.
    """

    key: str
    record_keys: tuple[str, ...]
    created_at: datetime
    parts: tuple[Part, ...]
    options: Options
    media: Mapping[str, bytes] = field(repr=False)
    still_ours: Callable[[], bool] = field(default=lambda: True, repr=False, compare=False)
    """Whether the caller may still create: asked before each creating call, so that a worker that was asleep for
    longer than its lease wakes up and does nothing."""

    def require_ours(self) -> None:
        """Raises PublishError where the claim was lost meanwhile."""
        if not self.still_ours():
            raise PublishError("Another worker has taken this over.", maybe_sent=True)


@dataclass(frozen=True, slots=True)
class PublishedPart:
    remote_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Published:
    """What is out: one entry per part, in order."""

    parts: tuple[PublishedPart, ...]


class PublishError(Exception):
    """A platform did not take the post.

    permanent: trying the same again cannot help.
    maybe_sent: the request may have been received, so nothing may be sent again on a guess.
    retry_after: seconds the platform asked us to wait, where it did.
    account_waits: the platform wants fewer calls from the account (429), so its other posts wait too.
    needs_reconnect: the account's sign-in is no longer good.
    sent: the parts of a thread that are certainly out.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        maybe_sent: bool = False,
        retry_after: float | None = None,
        account_waits: bool = False,
        needs_reconnect: bool = False,
        sent: tuple[PublishedPart, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
        self.maybe_sent = maybe_sent
        self.retry_after = retry_after
        self.account_waits = account_waits
        self.needs_reconnect = needs_reconnect
        self.sent = sent


class ConnectError(Exception):
    """An account could not be connected; `message` says why and what to do, for the person connecting."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Platform(Protocol):
    slug: str
    name: str
    limits: Limits
    flags: tuple[str, ...]
    """What the platform itself can show beside a post, of those that Options.flags names; set from the author's
    declarations."""
    resend_is_safe: bool
    """The same request, sent again at any time, makes no second post: clients choose the record key here. Where it
    is False, a post that the platform does not show is never sent again by itself: it may show it later."""

    def limits_for(self, server: Mapping[str, Any]) -> Limits:
        """The limits with what the account's own server said (Credentials.limits, Channel.limits)."""
        ...

    def length(self, text: str) -> int:
        """Length as this platform counts it."""
        ...

    def problems(self, part: Part, limits: Limits, options: Options = NO_OPTIONS) -> list[Problem]:
        """Why the platform would refuse this part. `options` matter where they count towards a limit (the
        content warning on Mastodon) or may be refused themselves (a visibility it does not know)."""
        ...

    def record_key(self, at: datetime) -> str:
        """A fresh record key, or "" where the server chooses."""
        ...

    def publish(self, request: PublishRequest, credentials: Credentials) -> Published:
        """Create the post. Raises PublishError."""
        ...

    def find(self, request: PublishRequest, credentials: Credentials) -> Published | None:
        """The post that this request created, if the platform shows it; None only when the platform
        answered and it is certainly not there. Raises PublishError when the platform can't say."""
        ...

    def account_url(self, account_id: str, handle: str, instance: str) -> str:
        """The account's own page, for a person who looks; "" where it has none. Its posts are on the same host."""
        ...

    def check_sign_in(self, credentials: Credentials) -> Account:
        """Whose the credentials are. Raises PublishError: needs_reconnect when they are no longer good."""
        ...


@runtime_checkable
class Renews(Protocol):
    """A platform whose sign-ins end, and are renewed ahead of it."""

    def sign_in_term(self, secrets: Secrets) -> Term | None:
        """None where it has no end, does not say, or cannot be renewed."""
        ...

    def renew_sign_in(self, credentials: Credentials) -> None:
        """Raises PublishError: needs_reconnect when the platform no longer takes what it is renewed with."""
        ...


@runtime_checkable
class NamesAccounts(Protocol):
    """A platform whose posts name the accounts that they tag (`Part.mentions`), beside the text."""

    def mentioned(self, text: str) -> tuple[str, ...]:
        """The handles in a text, each once, in its order: without the @, in lower case."""
        ...

    def account_of(self, handle: str, instance: str) -> str | None:
        """Whom a handle names now, as this server says; None where it names nobody. Raises PublishError where the
        server can't say."""
        ...
