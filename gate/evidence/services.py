"""Adding to the library, renewing and retiring: check, keep the bytes, one row, one entry of the log."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from time import monotonic
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.models import Membership, Role
from gate import reasons
from gate.content import normalise
from gate.errors import Incomplete, NotAllowed, WrongState
from gate.evidence import kinds, library, reading, retired, snapshots
from gate.evidence.fetch import LARGEST, Fetched, fetch, typed
from gate.models import Evidence
from gate.pace import Pace
from ledger import services as ledger

MAY_ADD = (Role.AUTHOR, Role.REVIEWER, Role.ADMIN)
LONGEST_QUOTE = 2000
PACE: Final = Pace(3, 60.0)
"""Pages that one person may have fetched within a minute: each may hold a thread of the web server for all its time,
and a process has four (WEB_THREADS)."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """Bytes that lie in the storage, and what a row says of them."""

    sha256: str
    content_type: str
    size: int
    title: str


def add_url(
    *, member: Membership, url: str, quote: str, expires_on: date | None, title: str = ""
) -> Evidence:
    """Fetches a page and keeps it as it stands. The network is asked outside any transaction. Raises NotAllowed;
    Incomplete, in words: nothing is stored then."""
    _require_role(member)
    quote = _quote(quote, required=True)
    _require_future(member, expires_on)
    page = _fetched(member, url)
    return _add_page(member, page, title=title, quote=quote, expires_on=expires_on)


def add_file(
    *,
    member: Membership,
    data: bytes,
    filename: str,
    expires_on: date | None,
    quote: str = "",
    title: str = "",
) -> Evidence:
    """Keeps a file: PDF, picture or text, whatever its name says. Raises NotAllowed, Incomplete."""
    _require_role(member)
    quote = _quote(quote, required=False)
    _require_future(member, expires_on)
    held = _keep(member, data, _kind(data))
    return _record(
        member,
        held,
        kind=Evidence.Kind.FILE,
        title=title or filename,
        filename=filename,
        quote=quote,
        expires_on=expires_on,
    )


def renew(
    *,
    evidence_id: int,
    member: Membership,
    expires_on: date | None,
    quote: str = "",
    data: bytes | None = None,
    filename: str = "",
) -> Evidence:
    """Another row for the same thing as it stands today: a page is fetched again; of a file `data` is the newer one, or
    None where the old one still holds. Without a quote the old one stays. Raises NotAllowed, WrongState, Incomplete."""
    _require_role(member)
    old = Evidence.objects.get(pk=evidence_id, team=member.team)
    quote = _quote(quote or old.quote, required=old.kind == Evidence.Kind.URL)
    _require_future(member, expires_on)
    _require_newest(old)
    if old.kind == Evidence.Kind.URL:
        page = _fetched(member, old.url)
        return _add_page(member, page, title="", quote=quote, expires_on=expires_on, renews=old)
    if data is None:
        data, filename = _bytes(old), old.filename
    held = _keep(member, data, _kind(data))
    return _record(
        member,
        held,
        kind=Evidence.Kind.FILE,
        title=old.title,
        filename=filename or old.filename,
        quote=quote,
        expires_on=expires_on,
        renews=old,
    )


@transaction.atomic
def retire(*, evidence_id: int, member: Membership, reason: str) -> Evidence:
    """Nothing may cite it any more, nor what it renews; posts that did keep it, and the people of those on their way
    hear. Raises NotAllowed, WrongState, Incomplete."""
    _require_role(member)
    if not reasons.is_one(reason):
        raise Incomplete("Say why nobody may cite it any more. Nothing was changed.")
    row = Evidence.objects.select_for_update().get(pk=evidence_id, team=member.team)
    _require_newest(row)
    whole = library.chain(row)
    done = Evidence.objects.filter(pk__in=[each.pk for each in whole], retired_at=None).update(
        retired_at=timezone.now(), retired_by=member.user
    )
    if done != len(whole):
        raise WrongState("Somebody retired it before you. Nothing was changed by you.")
    row.refresh_from_db()
    retired.tell(whole, reason.strip())
    _log("evidence.retired", row, member, reason=reason.strip())
    return row


def _fetched(member: Membership, url: str) -> Fetched:
    """Raises Incomplete."""
    address = typed(url)  # one that is none costs nothing, and does not count
    if not PACE.allows(member.user_id, monotonic()):
        raise Incomplete(
            "You had several pages fetched within this minute, and each may take a while. Nothing was stored; what "
            "you typed is still here. Try again in a minute, or save the page as a PDF and add that file."
        )
    return fetch(address)


def _add_page(
    member: Membership,
    page: Fetched,
    *,
    title: str,
    quote: str,
    expires_on: date | None,
    renews: Evidence | None = None,
) -> Evidence:
    held = _keep(member, page.data, page.content_type)
    named = title or held.title or (renews.title if renews else "") or page.final_url
    return _record(
        member,
        held,
        kind=Evidence.Kind.URL,
        title=named,
        url=page.url,
        final_url=page.final_url,
        quote=quote,
        expires_on=expires_on,
        renews=renews,
    )


def _keep(member: Membership, data: bytes, content_type: str) -> _Stored:
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        snapshots.keep(member.team_id, sha256, data)
    except (snapshots.BytesBroken, OSError) as error:
        raise Incomplete(
            "The storage did not keep it, so nothing was added; what you typed is still here. Try again, and tell "
            "whoever runs this installation if it stays so."
        ) from error
    return _Stored(sha256, content_type, len(data), reading.read(data, content_type).title)


@transaction.atomic
def _record(
    member: Membership,
    held: _Stored,
    *,
    kind: Evidence.Kind,
    title: str,
    quote: str,
    expires_on: date | None,
    renews: Evidence | None = None,
    url: str = "",
    final_url: str = "",
    filename: str = "",
) -> Evidence:
    _require_role(member)  # roles may have changed while the page was fetched
    if renews is not None:
        _require_newest(Evidence.objects.select_for_update().get(pk=renews.pk))
    row = Evidence.objects.create(
        team=member.team,
        kind=kind,
        title=(normalise(title) or filename or url)[:200],
        url=url,
        final_url=final_url,
        filename=normalise(filename)[:255],
        quote=quote,
        sha256=held.sha256,
        content_type=held.content_type[:100],
        size=held.size,
        expires_on=expires_on,
        renews=renews,
        added_by=member.user,
    )
    _log("evidence.renewed" if renews else "evidence.added", row, member)
    return row


def _log(kind: str, row: Evidence, member: Membership, *, reason: str = "") -> None:
    """Digest and dates stay for ever; title, address, passage and reason can be erased. The story of a piece and its
    renewals is filed under the first of them."""
    words = {"url": row.final_url, "quote": row.quote, "reason": reason}
    ledger.append(
        kind=kind,
        team_id=row.team_id,
        actor_id=member.user_id,
        subject=f"evidence:{library.chain(row)[0].pk}",
        data={
            "evidence": [{"id": row.pk, "sha256": row.sha256}],
            "type": kinds.base(row.content_type),
            "bytes": row.size,
            "expires": row.expires_on.isoformat() if row.expires_on else None,
            "renews": row.renews_id,
        },
        personal={
            "title": row.title,
            "actor": str(member.user),
            **{name: text for name, text in words.items() if text},
        },
        tags={"person": [member.user_id]},
    )


def _require_role(member: Membership) -> None:
    if not member.still_holds(*MAY_ADD):
        raise NotAllowed("Only an author, a reviewer or an admin of the team can change its library.")


def _require_newest(row: Evidence) -> None:
    if row.retired_at is not None:
        raise WrongState("It was retired, so nothing was changed. Add it anew if it may be cited again.")
    if row.renewed_by.exists():
        raise WrongState("Somebody renewed it already, so nothing was changed. Open the newest snapshot.")


def _require_future(member: Membership, expires_on: date | None) -> None:
    if expires_on is not None and expires_on < library.today(member.team):
        raise Incomplete(
            "The day of expiry is over already. Choose a later one, or none; what you typed is kept."
        )


def _quote(text: str, *, required: bool) -> str:
    quote = normalise(text)
    if required and not quote:
        raise Incomplete("Quote the passage that carries the claim: a page says much, and it changes.")
    if len(quote) > LONGEST_QUOTE:
        raise Incomplete(
            f"The quoted passage has more than {LONGEST_QUOTE} characters. Quote what carries the claim."
        )
    return quote


def _kind(data: bytes) -> str:
    if len(data) > LARGEST:
        raise Incomplete(
            f"The file is larger than {LARGEST // 1_000_000} MB. Nothing was added; choose a smaller one."
        )
    kind = kinds.of(data)
    if not kind:
        raise Incomplete(
            "The file is no PDF, no JPEG, PNG, GIF or WebP picture and no text, whatever its name says. Nothing was "
            "added. Save it as one of these and choose that."
        )
    return kind


def _bytes(old: Evidence) -> bytes:
    try:
        return snapshots.read(old)
    except snapshots.BytesBroken as error:
        raise Incomplete(f"{error} Nothing was renewed: choose the file again.") from error
