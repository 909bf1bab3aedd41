"""Form fields for the settings that checks declare: one kind of control for each kind of input."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import QueryDict

from gate import check_settings
from gate.checks.base import CheckSettings
from gate.checks.settings import Input, Setting, never_asks
from gate.setting_words import words

ROWS = range(3, 13)
_THOUSANDS = re.compile(r"-?[1-9]\d*(?:,\d{3})+")


def name(group: str, setting: str) -> str:
    """What the control of a setting is called in the form."""
    return f"{group}__{setting}"


def control(setting: Setting, value: Any) -> forms.Field:
    """The control of one setting, holding `value`."""
    said: dict[str, Any] = {"label": setting.label, "help_text": _help(setting), "initial": value}
    match setting.kind:
        case Input.CHOICE | Input.LEVEL:
            return forms.ChoiceField(choices=setting.choices, **said)
        case Input.YES:
            return forms.ChoiceField(
                choices=[("yes", "Yes"), ("no", "No")], **{**said, "initial": _yes_no(value)}
            )
        case Input.NUMBER:
            bounds = {"min": f"{setting.least:g}", "max": f"{setting.most:g}", "step": "any"}
            return forms.CharField(widget=forms.NumberInput(attrs=bounds), max_length=40, **said)
        case Input.TEXT:
            return forms.CharField(required=False, **said)
        case Input.LINES:
            lines = [str(line) for line in value]
            rows = min(max(len(lines) + 1, ROWS[0]), ROWS[-1])
            area = forms.Textarea(attrs={"rows": rows, "spellcheck": "false"})
            return forms.CharField(required=False, widget=area, **{**said, "initial": "\n".join(lines)})


def _yes_no(value: Any) -> str:
    return "yes" if value else "no"


def _help(setting: Setting) -> str:
    """What the check says about it, what it may be, and what it is where nobody sets anything."""
    bounds = f"From {setting.least:g} to {setting.most:g}." if setting.kind == Input.NUMBER else ""
    default = words(setting, setting.default)
    comes = f"As it comes: {default}." if len(default) < 200 else "A list comes with the check."
    return " ".join(part for part in (setting.help, bounds, comes) if part)


def typed(setting: Setting, text: str) -> Any:
    """What was typed, as the check will read it. Raises ValueError with a sentence for whoever typed it."""
    value: Any = text
    match setting.kind:
        case Input.YES:
            value = {"yes": True, "no": False}.get(text, text)
        case Input.NUMBER:
            value = _number(text)
        case Input.LINES:
            value = text.splitlines()
    return setting.read(value)


def _number(text: str) -> float | int | str:
    """Many countries write a half as 0,5; 1,000 is a thousand to some and one to others, so it is none."""
    plain = text.strip()
    plain = plain if _THOUSANDS.fullmatch(plain) else plain.replace(",", ".")
    try:
        return int(plain) if plain.lstrip("-").isdecimal() else float(plain)
    except ValueError:
        return text


class SettingsForm(forms.Form):
    """A form with a control for every setting of every check, and of review, as a version has them. A control that the
    browser did not send, because the check came meanwhile, keeps its value."""

    def __init__(self, data: QueryDict | None = None, *, own: Any, **kwargs: Any) -> None:
        self.specs: dict[str, tuple[str, Setting]] = {}
        made: dict[str, forms.Field] = {}
        used = CheckSettings(own=own)
        for group in check_settings.groups().values():
            for setting in group.settings:
                key = name(group.id, setting.name)
                self.specs[key] = (group.id, setting)
                made[key] = control(setting, used.value(group, setting.name))
                made[key].check_title = group.title  # type: ignore[attr-defined]  # many settings share a label
        if data is not None:
            data = data.copy()
            for key in made.keys() - data.keys():
                data[key] = str(made[key].initial)
        super().__init__(data, **kwargs)
        self.fields.update(made)

    def clean(self) -> dict[str, Any]:
        """Each setting read as its check reads it; what is wrong stands beside its control."""
        said = super().clean() or self.cleaned_data
        for key, (_, setting) in self.specs.items():
            if key not in said:
                continue
            try:
                said[key] = typed(setting, said[key])
            except ValueError as error:
                self.add_error(key, str(error))
        for group in check_settings.groups().values():
            keys = {setting.name: name(group.id, setting.name) for setting in group.settings}
            values = {each: said[key] for each, key in keys.items() if key in said}
            for each, why in never_asks(group.settings, values).items():
                self.add_error(keys[each], why)
        return said

    @property
    def settings(self) -> dict[str, dict[str, Any]]:
        """Check id, or "review", to all of its settings; once the form is valid."""
        found: dict[str, dict[str, Any]] = {}
        for key, (group, setting) in self.specs.items():
            found.setdefault(group, {})[setting.name] = self.cleaned_data[key]
        return found

    def controls(self, group: str) -> list[forms.BoundField]:
        return [self[key] for key, (of, _) in self.specs.items() if of == group]

    def changed_of(self, group: str) -> int:
        """How many settings of a check are not as it comes."""
        return sum(self._is_changed(key) for key, (of, _) in self.specs.items() if of == group)

    def _is_changed(self, key: str) -> bool:
        _, setting = self.specs[key]
        if self.is_bound:
            return key in self.errors or bool(self.cleaned_data[key] != setting.default)
        return str(self.fields[key].initial) != str(control(setting, setting.default).initial)
