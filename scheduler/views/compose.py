"""Writing a post: the page, what keeps it safe while somebody writes, and what they see beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import zones
from accounts.access import TeamRequest, team_page
from accounts.clean import number
from accounts.models import Role
from gate import check_context
from gate.errors import GateError, WrongState
from scheduler import drafting, forms, images, labelling, lifecycle, queries
from scheduler import preview as live
from scheduler.compare import Difference, differences
from scheduler.forms import Typed
from scheduler.models import Post
from scheduler.views.answers import REFUSALS, Refusal, policy_url, status_of, team_post


@dataclass(slots=True)
class Said:
    """What the page says at its top about the last thing that was tried."""

    text: str = ""
    link: str = ""
    conflict: bool = False
    """Somebody else stored another version meanwhile; the page then shows both."""
    who: object = None
    at: datetime | None = None
    differences: list[Difference] = field(default_factory=list)
    locked: bool = False
    unsaved: bool = False
    """What is on the page was refused: it keeps itself again only after a person has pressed Save."""


@team_page(Role.AUTHOR)
@require_http_methods(["GET", "POST"])
def new(request: TeamRequest) -> HttpResponse:
    """A new post; once it is a draft, a form that still came from here is about that draft."""
    if request.method == "POST":
        pk = number(request.POST.get("post", ""))
        return _post(request, None if pk is None else team_post(request, pk))
    day = queries.parse_date(request.GET.get("day", ""))
    typed = forms.blank(request.team, queries.channels(request.team), day=day.isoformat() if day else "")
    return page(request, typed)


@team_page(Role.AUTHOR)
@require_http_methods(["GET", "POST"])
def edit(request: TeamRequest, pk: int) -> HttpResponse:
    post = team_post(request, pk)
    if request.method == "POST":
        return _post(request, post)
    if not post.is_editable:
        messages.warning(
            request, f"This post is {post.get_state_display().lower()} and cannot be edited any more."
        )
        return redirect("post", request.team.slug, post.pk)
    return page(request, forms.of_post(post, queries.channels(request.team)))


@team_page(Role.AUTHOR)
@require_POST
def autosave(request: TeamRequest) -> HttpResponse:
    """Keeps a draft while somebody writes. It never takes a post back from review: that needs a press of Save."""
    typed = read(request)
    if typed is None:
        return HttpResponseBadRequest("There is no such post.")
    if (typed.post is None and typed.is_blank) or (typed.post and typed.post.state != Post.State.DRAFT):
        return _kept(request, typed, stored=False)
    notes = _settle_time(typed)
    try:
        typed.post = drafting.store(typed=typed, member=request.member)
    except REFUSALS as error:
        return _kept(request, typed, error=error)
    typed.version = typed.post.version
    return _kept(request, typed, note=notes)


@team_page(Role.AUTHOR)
@require_POST
def preview(request: TeamRequest) -> HttpResponse:
    """Findings, counters and previews of what is typed. Stores nothing."""
    typed = read(request)
    if typed is None:
        return HttpResponseBadRequest("There is no such post.")
    context = {"typed": typed, "look": live.look(typed), "when": forms.look_at_time(typed), "swap": True}
    return render(request, "scheduler/_live.html", context)


def read(request: TeamRequest) -> Typed | None:
    """What is typed, about a new post or the one that the form names; None where that is not the team's."""
    pk = request.POST.get("post", "")
    post = None
    if pk:
        post = _find(request, pk)
        if post is None:
            return None
    return forms.of_request(request.POST, request.team, queries.channels(request.team), post)


def page(request: TeamRequest, typed: Typed, said: Said | None = None, status: int = 200) -> HttpResponse:
    """The compose page, whatever happened before."""
    when = forms.look_at_time(typed)
    context: dict[str, Any] = {
        "typed": typed,
        "said": said,
        "look": live.look(typed),
        "when": when,
        "questions": forms.QUESTIONS,
        "zones": zones.choices(),
        "most_images": images.MOST,
        "most_bytes": images.MOST_BYTES,
        "nav_current": "compose",
    }
    return render(request, "scheduler/compose.html", context, status=status)


def _post(request: TeamRequest, post: Post | None) -> HttpResponse:
    typed = forms.of_request(request.POST, request.team, queries.channels(request.team), post)
    action, _, about = request.POST.get("do", "save").partition(":")
    rearrange = REARRANGE.get(action)
    if rearrange is not None:
        rearrange(typed, about)
        return page(request, typed, Said(text=typed.too_much) if typed.too_much else None)
    if action == "label":
        return _label(request, typed, about)
    if action == "copy" and post is not None:
        return _copy(request, typed)
    return _save(request, typed, action, about)


def _label(request: TeamRequest, typed: Typed, kind: str) -> HttpResponse:
    """The page with the label in the text: an edit like any other, which nothing has stored yet."""
    if kind in (labelling.CONNECTION, labelling.AI) and not typed.too_much:
        settings = check_context.for_team(typed.team, except_origin=typed.post.origin if typed.post else "")
        labelling.put(typed, kind, live.content_of(typed), settings)
    return page(request, typed, Said(text=typed.too_much) if typed.too_much else None)


def _copy(request: TeamRequest, typed: Typed) -> HttpResponse:
    try:
        made = drafting.copy(typed=typed, member=request.member)
    except REFUSALS as error:
        return _refused(request, typed, error)
    messages.success(
        request, "Saved as a new draft. Whoever wrote the first one cannot countersign this one either."
    )
    return redirect(_edit_url(request, made))


def _save(request: TeamRequest, typed: Typed, action: str, about: str) -> HttpResponse:
    try:
        post = drafting.store(typed=typed, member=request.member)
    except REFUSALS as error:
        return _refused(request, typed, error)
    if action == "submit":
        return _submit(request, post)
    if action in IMAGE_ACTIONS:
        _change_images(request, typed, post, action, about)
        return redirect(_edit_url(request, post) + "#images")
    messages.success(request, _saved_words(typed, post))
    return redirect(_edit_url(request, post))


def _submit(request: TeamRequest, post: Post) -> HttpResponse:
    try:
        lifecycle.submit(post_id=post.pk, version=post.version, member=request.member)
    except GateError as error:
        fresh = forms.of_post(team_post(request, post.pk), queries.channels(request.team))
        said = Said(text=error.message, link=policy_url(request, error))
        return page(request, fresh, said, status_of(error))
    messages.success(request, "Submitted. The checks look at it now, then somebody else countersigns.")
    return redirect("post", request.team.slug, post.pk)


def _refused(request: TeamRequest, typed: Typed, error: Refusal) -> HttpResponse:
    """The page again with every word on it, and what to do."""
    said = Said(text=error.message, unsaved=True)
    if isinstance(error, WrongState) and typed.post:
        stored = team_post(request, typed.post.pk)
        if not stored.is_editable:
            said.locked = True
        elif stored.version != typed.version:
            _describe_conflict(said, forms.of_post(stored, queries.channels(request.team)), typed)
            typed.post, typed.version = stored, stored.version
    return page(request, typed, said, status_of(error))


def _describe_conflict(said: Said, stored: Typed, typed: Typed) -> None:
    assert stored.post is not None, "a conflict is with something stored"
    last = max(stored.post.editors.all(), key=lambda editor: editor.at)
    said.conflict, said.who, said.at = True, last.user, stored.post.updated_at
    said.differences = differences(stored, typed)


def _saved_words(typed: Typed, post: Post) -> str:
    if post.due_at and post.due_at <= timezone.now():
        return (
            "Saved as a draft. The time it should go out has passed: choose a later one before you submit it."
        )
    if typed.post and typed.post.state != Post.State.DRAFT:
        return "Saved. The post is a draft again, and what was handed in has been withdrawn."
    return "Saved as a draft."


def _kept(
    request: TeamRequest, typed: Typed, *, stored: bool = True, note: str = "", error: Refusal | None = None
) -> HttpResponse:
    context = {"typed": typed, "stored": stored and not error, "note": note, "error": error, "swap": True}
    context["conflict"] = isinstance(error, WrongState)
    response = render(request, "scheduler/_saved.html", context, status=status_of(error) if error else 200)
    if stored and not error and typed.post:
        response["HX-Replace-Url"] = _edit_url(request, typed.post)
    return response


def _settle_time(typed: Typed) -> str:
    """A half-typed time is no reason to lose the words: the stored time stays, and the page says so."""
    if not typed.local or not forms.look_at_time(typed).problem:
        return ""
    if typed.post and typed.post.due_local:
        typed.keep_time_of(typed.post)
        return "but not the time, which needs another look"
    typed.without_time()
    return "without a time: it needs another look"


def _change_images(request: TeamRequest, typed: Typed, post: Post, action: str, about: str) -> None:
    """The way without JavaScript: the draft is saved first, then its images change."""
    try:
        if action == "upload":
            return _upload(request, typed, post)
        change_image(request, post.pk, number(about) or 0, post.version, action)
    except REFUSALS as error:
        messages.error(request, error.message)


def _upload(request: TeamRequest, typed: Typed, post: Post) -> None:
    files = request.FILES.getlist("images")
    images.require_few(files)
    for file in files:
        images.add(
            post_id=post.pk,
            version=post.version,
            member=request.member,
            data=images.read(file),
            filename=file.name or "",
            part=part_for_images(request, typed),
        )
        post.refresh_from_db(fields=["version"])


def part_for_images(request: TeamRequest, typed: Typed) -> int:
    """Which post of the thread new images go to: the one that the form names, else the first."""
    return number(request.POST.get("image_part", ""), most=len(typed.texts) - 1) or 0


def change_image(request: TeamRequest, pk: int, image: int, version: int, action: str) -> None:
    """Removes or moves one image. Raises ValueError for an action there is not, and what images raises."""
    if action == "remove":
        images.remove(post_id=pk, image_id=image, version=version, member=request.member)
    elif action in ("earlier", "later"):
        step = -1 if action == "earlier" else 1
        images.move(post_id=pk, image_id=image, version=version, member=request.member, step=step)
    else:
        raise ValueError(action)


def _add_part(typed: Typed, about: str) -> None:
    texts = _texts(typed, about)
    texts.append("")
    typed.shown = about


def _remove_part(typed: Typed, about: str) -> None:
    """Takes one post out of the thread. Its images go to the one before it, those behind move up."""
    owner, _, nth = about.rpartition(":")
    texts = _texts(typed, owner)
    at = number(nth, most=len(texts) - 1)
    if len(texts) > 1 and at is not None:
        del texts[at]
        if not owner:
            for of in typed.images:
                of.part = max(0, of.part - 1) if of.part >= at and of.part > 0 else of.part
    typed.shown = owner


def _refresh(typed: Typed, about: str) -> None:
    """Only shows the page again: channels were chosen, or an own text asked for."""
    for on in typed.on:
        if on.own and not any(text.strip() for text in on.texts):
            on.texts = list(typed.texts)
    if about:
        typed.shown = about


def _texts(typed: Typed, owner: str) -> list[str]:
    """The shared texts, or those of the channel with this id."""
    for on in typed.on:
        if owner == str(on.channel.pk):
            return on.texts
    return typed.texts


def _answered(typed: Typed, about: str) -> None:
    """Only shows the page again: the words were marked, or their mark taken off, as the form was read."""


REARRANGE: dict[str, Callable[[Typed, str], None]] = {
    "add-part": _add_part,
    "remove-part": _remove_part,
    "refresh": _refresh,
    "claim": _answered,
    "unclaim": _answered,
}
IMAGE_ACTIONS = ("upload", "remove", "earlier", "later")


def _find(request: TeamRequest, pk: str) -> Post | None:
    rows = Post.objects.select_related("team").prefetch_related("variants__channel", "images")
    return None if (found := number(pk)) is None else rows.filter(pk=found, team=request.team).first()


def _edit_url(request: TeamRequest, post: Post) -> str:
    return reverse("edit", args=[request.team.slug, post.pk])
