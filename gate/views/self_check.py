"""A page for posts on one's own account: it shows what the checks find, and keeps nothing (gate/self_check.py)."""

from __future__ import annotations

from time import monotonic

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.access import TeamRequest, team_page
from gate import policy, rendering, self_check
from gate.self_check import PACE, Pasted
from platforms import registry

ABOUT = ("8.1", "8.2")
"""Clauses of the default code of conduct about work and personal posts."""
TOO_OFTEN = "That was a lot of looks in one minute. Your text is still below; look again in a moment."


class SelfCheckForm(forms.Form):
    """What somebody pastes in, and what only they know about it."""

    text = forms.CharField(
        label="Your text",
        max_length=self_check.MOST_CHARACTERS,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off"}),
    )
    platform = forms.ChoiceField(
        label="Count by the rules of",
        required=False,
        choices=[("", "No platform"), *((slug, slug.capitalize()) for slug in registry.all_slugs())],
    )
    relationship = forms.ChoiceField(
        label="Are you connected to what it is about?",
        required=False,
        choices=[
            ("", "Choose an answer"),
            ("none", "No"),
            ("employee", "I work for the organisation that it is about"),
            ("own_product", "It is about something I sell myself"),
            ("paid", "I am paid for it"),
            ("gifted", "I was given something"),
            ("affiliate", "I earn from its links"),
        ],
    )
    ai = forms.ChoiceField(
        label="Was any of it made with AI?",
        required=False,
        choices=[("", "Choose an answer"), ("no", "No"), ("text", "The text")],
    )

    @property
    def pasted(self) -> Pasted:
        said = self.cleaned_data
        return Pasted(said["text"], said["platform"], said["relationship"], said["ai"])


@sensitive_variables()
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "POST"])
@team_page()
def page(request: TeamRequest) -> HttpResponse:
    """Any member. The text comes by POST alone, so that no address, history or access log holds it."""
    if request.method == "GET":
        return _respond(request, SelfCheckForm())
    form = SelfCheckForm(request.POST)
    if not form.is_valid():
        return _respond(request, form, status=422)
    if not PACE.allows(request.user.pk, monotonic()):
        return _respond(request, form, problem=TOO_OFTEN, status=429)
    return _respond(request, form, look=self_check.look(request.team, form.pasted))


@sensitive_variables()
def _respond(
    request: TeamRequest,
    form: SelfCheckForm,
    *,
    look: self_check.Look | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "look": look,
        "problem": problem,
        "clauses": [
            (clause, rendering.render(clause.text))
            for clause in policy.clauses(policy.current(request.team))
            if clause.id in ABOUT
        ],
        "nav_current": "self-check",
    }
    return render(request, "gate/self_check.html", context, status=status)
