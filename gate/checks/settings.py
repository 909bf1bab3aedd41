"""What an organisation may set for a check: declared by the check, stored with the code of conduct.

A check lists its settings (`settings = (Setting(...), ...)`), reads them with `CheckSettings.value` and never sees one
that `Setting.read` refused. A setting that is named like one of the check's findings is that finding's level:
`examine` applies it, so that the check itself goes on to say what it would say by default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from gate.checks.base import Check, CheckSettings, Finding, Level

MOST_LINES = 2_000
MOST_CHARACTERS = 500
"""Of one line, or of one line of text."""


class Input(StrEnum):
    """How a setting is stored and asked for: one of its choices, a number, yes or no, a text of one line, or lines of
    text (a list)."""

    CHOICE = "choice"
    LEVEL = "level"
    NUMBER = "number"
    YES = "yes"
    TEXT = "text"
    LINES = "lines"


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that may be set. `default` is the JSON value that counts where nothing was set.

    choices: value and words, for CHOICE and LEVEL. least, most: for NUMBER; of a threshold that asks, `blocks_from`
    names the setting from which the same blocks.
    valid: called with a TEXT, or with each line of LINES; raises ValueError with words that name what is wrong.
    """

    name: str
    label: str
    kind: Input
    default: Any
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    least: float = 0.0
    most: float = 1.0
    valid: Callable[[str], object] | None = None
    blocks_from: str = ""

    def read(self, value: Any) -> Any:
        """The value as it is stored. Raises ValueError with a sentence for whoever set it."""
        match self.kind:
            case Input.CHOICE | Input.LEVEL:
                return self._choice(value)
            case Input.NUMBER:
                return self._number(value)
            case Input.YES:
                return self._yes(value)
            case Input.TEXT:
                return self._text(value)
            case Input.LINES:
                return self._lines(value)

    def _choice(self, value: Any) -> str:
        known = [name for name, _ in self.choices]
        if value not in known:
            raise ValueError(f"{value!r} is none of {', '.join(known)}.")
        return str(value)

    def _number(self, value: Any) -> float | int:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            raise ValueError(f"{value!r} is no number.")
        if not self.least <= value <= self.most:
            raise ValueError(f"{value:g} is not between {self.least:g} and {self.most:g}.")
        return value

    def _yes(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError(f"{value!r} is neither yes nor no.")
        return value

    def _text(self, value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is no text.")
        text = " ".join(value.split())
        if len(text) > MOST_CHARACTERS:
            raise ValueError(f"{len(text):,} characters are too many: {MOST_CHARACTERS} are the most.")
        if self.valid and text:
            self.valid(text)
        return text

    def _lines(self, value: Any) -> list[str]:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{value!r} is no list.")
        lines = [self._text(line) for line in value]
        kept = list(dict.fromkeys(line for line in lines if line))
        if len(kept) > MOST_LINES:
            raise ValueError(f"{len(kept):,} lines are too many: {MOST_LINES:,} are the most.")
        return kept


def level(
    finding: str, label: str, default: Level, others: Sequence[Level] = tuple(Level), *, help: str = ""
) -> Setting:
    """The level of one finding, by its id. `others`: what it may be set to."""
    words = {Level.BLOCKS: "Blocks", Level.ATTEST: "Asks the reviewer", Level.ADVISES: "Advises"}
    choices = tuple((str(each), words[each]) for each in Level if each in others)
    return Setting(finding, label, Input.LEVEL, str(default), help, choices)


def never_asks(settings: Sequence[Setting], values: Mapping[str, Any]) -> dict[str, str]:
    """Thresholds that ask above where they block, by name, with a sentence for whoever set them. `values`: of all that
    can be read."""
    label = {setting.name: setting.label for setting in settings}
    return {
        each.name: f"{asks:g} is above “{label[each.blocks_from]}” ({blocks:g}), so nobody would ever be asked."
        for each in settings
        if each.blocks_from
        and (asks := values.get(each.name)) is not None
        and (blocks := values.get(each.blocks_from)) is not None
        and asks > blocks
    }


def override(default: str = "reviewers") -> Setting:
    """Every check has it: who may override what blocks. It always takes two of them, neither author nor editor."""
    return Setting(
        "override",
        "Who may override a block",
        Input.CHOICE,
        default,
        "Two different people, each with a reason; never the author or an editor.",
        (
            ("nobody", "Nobody"),
            ("reviewers", "Two reviewers"),
            ("admins", "Two reviewers who are admins as well"),
        ),
    )


def examine(check: Check, content: Any, settings: CheckSettings) -> list[Finding]:
    """What the check finds, at the levels that the organisation set."""
    levels = {each.name: each for each in check.settings if each.kind == Input.LEVEL}
    return [
        _at(finding, _level(levels[finding.id], settings.value(check, finding.id)))
        if finding.id in levels
        else finding
        for finding in check.run(content, settings)
    ]


def _level(setting: Setting, stored: Any) -> Level:
    """As it is stored, where that may be set today; as it comes, where another version of the check let it be set."""
    return Level(stored if stored in dict(setting.choices) else setting.default)


def _at(finding: Finding, wanted: Level) -> Finding:
    if wanted == finding.level:
        return finding
    question = finding.question or "I looked at this place, and it is right as it stands."
    return replace(finding, level=wanted, question=question if wanted == Level.ATTEST else "")
