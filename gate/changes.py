"""What changed between two versions of a content, place by place, for a reviewer who saw the first one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from gate.content import ChannelContent, Claim, Content, Source
from platforms.base import Media

SETTINGS = ("visibility", "language", "the platform shows", "reply to")
_PICTURE = re.compile(r"image \d+$")
Words = Callable[[Content], list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Change:
    """One place that differs; an empty `old` was added, an empty `new` taken away. `on`: the channels on which it
    does, none for the author's answers."""

    field: str
    old: str
    new: str
    on: tuple[str, ...] = ()

    @property
    def in_words(self) -> bool:
        """Whether it is prose, of which single words differ; an answer, a setting, a picture or an account that is
        tagged changes as a whole."""
        whole = self.field in SETTINGS or self.field.startswith("@") or _PICTURE.search(self.field)
        return bool(self.on) and not whole


def between(old: Content, new: Content, declared: Words) -> list[Change]:
    """Every difference that a reader or a reviewer would see, in reading order, each said once for all the channels
    that it is on. `declared` puts the author's answers into words."""
    before = {_account(c): c for c in old.channels}
    after = {_account(c): c for c in new.channels}
    changes: list[Change] = []
    for account, channel in after.items():
        changes += _channel(before.get(account), channel)
    changes += [
        Change("taken off", _all_text(channel), "", (_name(channel),))
        for account, channel in before.items()
        if account not in after
    ]
    answers = _pairs(dict(declared(old)), dict(declared(new)))
    return [*_merged(changes), *answers, *_claims(old.declarations.claims, new.declarations.claims)]


def _claims(old: Iterable[Claim], new: Iterable[Claim]) -> Iterator[Change]:
    """Answers about words, each with its words: other words are another claim."""
    was, now = ({claim.text: _answer(claim) for claim in claims} for claims in (old, new))
    for text in dict.fromkeys([*now, *was]):
        if was.get(text) != now.get(text):
            yield Change("claim", was.get(text, ""), now.get(text, ""))


def _answer(claim: Claim) -> str:
    if claim.stance != "evidence":
        return f"“{claim.text}”: {'an opinion' if claim.stance == 'opinion' else 'no answer'}"
    return f"“{claim.text}”: {'; '.join(map(_source, claim.sources)) or 'no evidence'}"


def _source(source: Source) -> str:
    """With its bytes and its passage: another snapshot of the same day is other evidence."""
    quoted = f", “{source.quote}”" if source.quote else ""
    return f"{source.title} ({source.retrieved_on}, {source.sha256[:8]}){quoted}"


def _merged(changes: list[Change]) -> list[Change]:
    on: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for change in changes:
        key = (change.field, change.old, change.new)
        on[key] = (*on.get(key, ()), *change.on)
    return [Change(*key, channels) for key, channels in on.items()]


def _account(channel: ChannelContent) -> tuple[str, str, str]:
    return channel.platform, channel.instance, channel.account_id


def _name(channel: ChannelContent) -> str:
    return f"{channel.platform.capitalize()} {channel.handle or channel.account_id}"


def _channel(old: ChannelContent | None, new: ChannelContent) -> list[Change]:
    if old is None:
        return [Change("new channel", "", _all_text(new), (_name(new),))]
    return list(_pairs(_fields(old), _fields(new), (_name(new),)))


def _fields(channel: ChannelContent) -> dict[str, str]:
    """Everything of a channel that can differ, by the name under which people know it."""
    fields: dict[str, str] = {}
    for n, part in enumerate(channel.parts, 1):
        fields["text" if n == 1 else f"part {n}"] = part.text
        fields |= {f"@{m.handle} tags": m.account_id for m in part.mentions}
        for m, media in enumerate(part.media, 1):
            image = f"image {m}" if n == 1 else f"part {n}, image {m}"
            fields[f"{image}, alt text"] = media.alt
            fields[image] = _bytes(media)
    options = channel.options
    fields |= {
        "content warning": options.content_warning,
        "visibility": options.visibility,
        "language": options.language,
        "the platform shows": " and ".join(options.flag_words),
        "reply to": options.reply_to,
    }
    return fields


def _bytes(media: Media) -> str:
    return f"{media.width} × {media.height}, {media.content_type}, {media.sha256[:12]}"


def _all_text(channel: ChannelContent) -> str:
    return "\n\n".join(part.text for part in channel.parts)


def _pairs(old: dict[str, str], new: dict[str, str], on: tuple[str, ...] = ()) -> Iterator[Change]:
    for field in [*new, *(field for field in old if field not in new)]:
        was, now = old.get(field, ""), new.get(field, "")
        if was != now:
            yield Change(field, was, now, on)
