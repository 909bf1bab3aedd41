"""The settings of a version in plain words, as every member reads them under the clause that they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gate import check_settings
from gate.check_settings import Review
from gate.checks import registry
from gate.checks.base import Check, CheckSettings, Configured
from gate.checks.settings import Input, Setting

MOST_LINES = 40
"""Lines of a list that a page shows; the editor shows all."""


@dataclass(frozen=True, slots=True)
class Said:
    """One setting: its value, and the default where it differs."""

    label: str
    words: str
    default: str = ""

    @property
    def changed(self) -> bool:
        return bool(self.default)


@dataclass(frozen=True, slots=True)
class Guard:
    """A check under one of the clauses that it cites. Its settings stand under its own clause; `elsewhere` names that
    one where this is another."""

    check: Check
    settings: tuple[Said, ...] = ()
    elsewhere: str = ""

    @property
    def changed(self) -> list[Said]:
        return [said for said in self.settings if said.changed]

    @property
    def unchanged(self) -> list[Said]:
        return [said for said in self.settings if not said.changed]


@dataclass(frozen=True, slots=True)
class Line:
    """One setting that two versions have differently."""

    title: str
    label: str
    before: str
    after: str


def guards(own: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Guard]]:
    """Clause to the checks that cite it, each with what was set for it."""
    found: dict[str, list[Guard]] = {}
    for check in registry.all_checks():
        found.setdefault(check.clause, []).append(Guard(check, settings_of(check, own)))
    for check in registry.all_checks():
        for clause in also_guards(check):
            found.setdefault(clause, []).append(Guard(check, elsewhere=check.clause))
    return found


def also_guards(check: Check) -> tuple[str, ...]:
    """Clauses besides the check's own that its findings cite."""
    return tuple(getattr(check, "also_guards", ()))


def review(own: Mapping[str, Mapping[str, Any]]) -> tuple[Said, ...]:
    """What was set about review itself, which belongs to no clause."""
    return settings_of(Review(), own)


def settings_of(group: Configured, own: Mapping[str, Mapping[str, Any]]) -> tuple[Said, ...]:
    used = CheckSettings(own=own)
    return tuple(_said(setting, used.value(group, setting.name)) for setting in group.settings)


def _said(setting: Setting, value: Any) -> Said:
    default = "" if value == setting.default else words(setting, setting.default)
    return Said(setting.label, words(setting, value), default)


def words(setting: Setting, value: Any) -> str:
    """A value as people say it. One that the setting would refuse, from before an update, is shown as it is."""
    match setting.kind:
        case Input.CHOICE | Input.LEVEL:
            return dict(setting.choices).get(str(value), str(value))
        case Input.YES:
            return "Yes" if value else "No"
        case Input.LINES if isinstance(value, list | tuple):
            return _list([str(line) for line in value])
        case _:
            return f"{value:g}" if isinstance(value, int | float) else str(value) or "nothing"


def _list(lines: list[str]) -> str:
    shown = "; ".join(lines[:MOST_LINES])
    rest = len(lines) - MOST_LINES
    return f"{shown}; and {rest:,} more" if rest > 0 else shown or "none"


def differences(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> list[Line]:
    """What the settings of one version change from another's."""
    return [
        Line(change.group.title, change.setting.label, *_both(change))
        for change in check_settings.changes(before, after)
    ]


def _both(change: check_settings.Change) -> tuple[str, str]:
    """Of lists what came and went, so that one word among hundreds is seen."""
    if change.setting.kind != Input.LINES:
        return words(change.setting, change.before), words(change.setting, change.after)
    was, now = list(map(str, change.before)), list(map(str, change.after))
    return _list([line for line in was if line not in now]), _list([line for line in now if line not in was])
