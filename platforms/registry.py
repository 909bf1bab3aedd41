"""Which platforms there are. Adding one is its file and one line here."""

from functools import cache
from importlib import import_module

from platforms.base import NamesAccounts, Platform

PLATFORMS: dict[str, str] = {
    "sandbox": "platforms.sandbox.Sandbox",
    "bluesky": "platforms.bluesky.Bluesky",
    "mastodon": "platforms.mastodon.Mastodon",
}


class UnknownPlatform(KeyError):
    """No platform has this slug: a typing error, or data from a newer version of the product."""

    def __str__(self) -> str:
        return f"There is no platform {self.args[0]!r}; there are {', '.join(PLATFORMS)}."


@cache
def get(slug: str) -> Platform:
    """The platform with this slug, loaded when first asked for. Raises UnknownPlatform."""
    if slug not in PLATFORMS:
        raise UnknownPlatform(slug)
    module, _, name = PLATFORMS[slug].rpartition(".")
    platform: Platform = getattr(import_module(module), name)()
    return platform


def naming(slug: str) -> NamesAccounts | None:
    """The platform with this slug, where its posts name the accounts that they tag. Raises UnknownPlatform."""
    platform = get(slug)
    return platform if isinstance(platform, NamesAccounts) else None


def all_slugs() -> tuple[str, ...]:
    """Every slug, in the order in which a person is offered them."""
    return tuple(PLATFORMS)
