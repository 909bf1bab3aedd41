"""What a team set for its checks, and for review itself: part of each version of its code of conduct
(ConductVersion.settings), as check id, or "review", to the values that differ from the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gate import tiers
from gate.checks import registry
from gate.checks.base import CheckSettings, Configured, Level
from gate.checks.settings import Input, Setting, never_asks
from gate.models import ConductVersion

AT_THE_APPROVAL: Final = frozenset({"override", *(setting.name for setting in tiers.SETTINGS)})
"""Who may override, and where two approve: no check works by these, they count when somebody approves."""


class Review:
    """What may be set about review itself, as if it were a check."""

    id = "review"
    title = "Review"
    settings: tuple[Setting, ...] = (
        Setting(
            "unknown",
            "A check that could not run",
            Input.CHOICE,
            "blocks",
            "It never counts as passed.",
            (("blocks", "Blocks the post"), ("attest", "Asks the reviewer to do its work")),
        ),
        *tiers.SETTINGS,
    )


def groups() -> dict[str, Configured]:
    """Everything that has settings, by id: the checks in their order, and review."""
    return {**{check.id: check for check in registry.all_checks()}, Review.id: Review()}


def read(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The settings as they are stored: known ones alone, those that equal their default left out. Raises
    SettingRefused, which names the field."""
    known = groups()
    for group in settings:
        if group not in known:
            raise SettingRefused(group, "", f"There is no check {group!r}.")
    read = {group: _read(known[group], own) for group, own in settings.items()}
    return {group: own for group, own in read.items() if own}


class SettingRefused(ValueError):
    """A setting that a check could not work with: it would make the check unknown for every post."""

    def __init__(self, group: str, name: str, words: str) -> None:
        super().__init__(words)
        self.group, self.name, self.words = group, name, words


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that is not as it was."""

    group: Configured
    setting: Setting
    before: Any
    after: Any


def changes(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> list[Change]:
    """What differs between two versions' settings, in the order of the checks; what no check of today knows is left
    out. Only checks that are named are loaded: one that cannot be keeps no team from its first code of conduct."""
    was, now = CheckSettings(own=before), CheckSettings(own=after)
    named: list[Configured] = [registry.load(c) for c in registry.CHECKS if c in before or c in after]
    both = [
        Change(group, setting, was.value(group, setting.name), now.value(group, setting.name))
        for group in [*named, Review()]
        for setting in group.settings
    ]
    return [change for change in both if change.before != change.after]


def known(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What a team had set, without what today's checks do not have any more: an update keeps nobody from
    publishing."""
    today = {group.id: {setting.name for setting in group.settings} for group in groups().values()}
    return {
        group: {name: value for name, value in own.items() if name in today[group]}
        for group, own in settings.items()
        if group in today
    }


def examined_by(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What of a version's settings the checks work by."""
    kept = {
        group: {name: value for name, value in own.items() if name not in AT_THE_APPROVAL}
        for group, own in settings.items()
    }
    return {group: own for group, own in kept.items() if own}


def _read(group: Configured, own: Mapping[str, Any]) -> dict[str, Any]:
    known = {setting.name: setting for setting in group.settings}
    kept: dict[str, Any] = {}
    for name, value in own.items():
        if name not in known:
            raise SettingRefused(group.id, name, f"{group.id} has no setting {name!r}.")
        try:
            kept[name] = known[name].read(value)
        except ValueError as error:
            raise SettingRefused(group.id, name, f"{known[name].label}: {error}") from error
    defaults = {name: setting.default for name, setting in known.items()}
    for name, words in never_asks(group.settings, {**defaults, **kept}).items():
        raise SettingRefused(group.id, name, f"{known[name].label}: {words}")
    return {name: value for name, value in kept.items() if value != defaults[name]}


def review(conduct: ConductVersion, name: str) -> Any:
    """A setting about review itself, in this version."""
    return CheckSettings(own=conduct.settings).value(Review(), name)


def unknown_level(conduct: ConductVersion) -> Level:
    """What a check that could not run counts as: a block, unless the team's policy asks a person instead. Whatever else
    is stored lets nothing pass."""
    return Level.ATTEST if review(conduct, "unknown") == Level.ATTEST else Level.BLOCKS
