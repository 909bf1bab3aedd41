"""Whom the handles in a text tag, asked before the text is signed: a handle may belong to somebody else when the post
goes out, and then the post still tags the account that was approved (docs/decisions/0021)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from time import monotonic

from gate.content import ChannelContent
from platforms import registry
from platforms.base import Mention, NamesAccounts, Part, PublishError

logger = logging.getLogger(__name__)

SECONDS = 10.0
"""For all handles of a post together. What is not known by then is plain text, which the review page says."""


def name_accounts(channels: Iterable[ChannelContent]) -> tuple[ChannelContent, ...]:
    """The channels with `mentions` in each part, where the platform's posts name the accounts that they tag. One
    call to a platform's server for each handle; nothing is raised for one that does not answer."""
    asked = _Asked(until=monotonic() + SECONDS)
    return tuple(_channel(channel, asked) for channel in channels)


@dataclass(slots=True)
class _Asked:
    """What the servers have said so far; one that did not answer is not asked again."""

    until: float
    known: dict[tuple[str, str], str | None] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)

    def account(self, platform: NamesAccounts, handle: str, instance: str) -> str | None:
        key = (instance, handle)
        if key not in self.known and instance not in self.silent and monotonic() < self.until:
            try:
                self.known[key] = platform.account_of(handle, instance)
            except PublishError as error:
                self.silent.add(instance)
                logger.warning("Mentions stay plain text: %s", error.message)
        return self.known.get(key)


def _channel(channel: ChannelContent, asked: _Asked) -> ChannelContent:
    platform = registry.naming(channel.platform)
    if platform is None:
        return channel
    parts = tuple(_part(part, platform, channel.instance, asked) for part in channel.parts)
    return replace(channel, parts=parts)


def _part(part: Part, platform: NamesAccounts, instance: str, asked: _Asked) -> Part:
    named = ((handle, asked.account(platform, handle, instance)) for handle in platform.mentioned(part.text))
    return replace(part, mentions=tuple(Mention(handle, account) for handle, account in named if account))
