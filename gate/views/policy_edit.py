"""The code of conduct as an admin changes it: its text, what its checks look for, and from when, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts import clean
from accounts.access import TeamRequest, team_page
from accounts.models import Role
from gate import check_settings, conduct, policy, rendering, setting_words, text_changes
from gate.check_settings import examined_by
from gate.checks import registry
from gate.checks.base import Configured
from gate.errors import GateError, NotAllowed, WrongState
from gate.forms import ConductForm
from gate.models import ConductVersion
from gate.views.policy import pieces


@dataclass(frozen=True, slots=True)
class Controls:
    """The controls of one check. `opened`: one of them has an error or is not as it comes."""

    group: Configured
    fields: list[forms.BoundField]
    wrong: bool
    changed: int


@dataclass(frozen=True, slots=True)
class Section:
    """A clause with the controls of its checks; without a number those that belong to no clause of the text."""

    number: str
    title: str
    checks: list[Controls]


@team_page(Role.ADMIN)
def edit(request: TeamRequest) -> HttpResponse:
    """Write, look at the preview and the difference, publish."""
    start = policy.newest(request.team)
    if request.method != "POST":
        return _editor(request, start, ConductForm(of=start))
    form = ConductForm(request.POST, of=start)
    if not form.is_valid():
        return _editor(request, start, form, status=422)
    if "publish" not in request.POST:
        return _editor(request, start, form, preview=True)
    number = clean.number(request.POST.get("number", ""))
    present = policy.current(request.team)
    try:
        made = policy.publish(
            member=request.member, written_from=-1 if number is None else number, **form.said
        )
    except WrongState as error:
        form.add_error(None, error.message)
        return _editor(request, policy.newest(request.team), form, preview=True, status=409)
    except GateError as error:
        form.add_error(None, error.message)
        return _editor(request, start, form, status=403 if isinstance(error, NotAllowed) else 422)
    messages.success(request, _published(made, asked=made.text_since > present.number))
    return redirect("policy-version" if _is_to_come(made) else "policy", *_address(made))


def _is_to_come(made: ConductVersion) -> bool:
    return made.effective_at > timezone.now()


def _address(made: ConductVersion) -> list[str | int]:
    slug = made.team.slug
    return [slug, made.number] if _is_to_come(made) else [slug]


def _published(made: ConductVersion, *, asked: bool) -> str:
    """`asked`: its text is not the one that was in force."""
    when = f"Version {made.number} is in force."
    if _is_to_come(made):
        when = f"Version {made.number} is published and comes into force on {policy.moment(made)}."
    if not asked:
        return f"{when} Its text is as before, so nobody is asked to read it again."
    return f"{when} Everybody is asked to read and acknowledge it."


def _editor(
    request: TeamRequest,
    start: ConductVersion,
    form: ConductForm,
    *,
    preview: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The form, which from now on starts from the newest version; with `preview` the page that it would make."""
    text = conduct.tidy(form["text"].value() or "")
    in_force = policy.current(request.team)
    wanted = check_settings.read(form.settings) if preview else start.settings
    context = {
        "form": form,
        "start": start,
        "in_force": in_force,
        "to_come": start.effective_at > timezone.now(),
        "preview": pieces(text, wanted) if preview else None,
        "changes": setting_words.differences(start.settings, wanted),
        "examines_again": examined_by(in_force.settings) != examined_by(wanted),
        "effective_at": form.effective_at if preview else None,
        "text": text,
        "same_text": text == conduct.tidy(start.text),
        "asked": text != conduct.tidy(start.text) or start.text_since > in_force.number,
        "changed": text_changes.between(start.text, text) if preview else [],
        "sections": _sections(text, form),
        "nav_current": "policy",
    }
    return render(request, "gate/policy_edit.html", context, status=status)


def _sections(text: str, form: ConductForm) -> list[Section]:
    """The controls in the order of the text, then those of clauses that it does not have, and of review."""
    rest: dict[str, list[Controls]] = {}
    for check in registry.all_checks():
        rest.setdefault(check.clause, []).append(_controls(check, form))
    titled = rendering.titles(text)
    found = [Section(number, title, rest.pop(number)) for number, title in titled if number in rest]
    found += [Section(number, "not in the text", checks) for number, checks in rest.items()]
    return [*found, Section("", "Review", [_controls(check_settings.Review(), form)])]


def _controls(group: Configured, form: ConductForm) -> Controls:
    fields = form.controls(group.id)
    return Controls(group, fields, any(field.errors for field in fields), form.changed_of(group.id))
