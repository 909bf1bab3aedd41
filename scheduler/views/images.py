"""Images of a post, while it is being written. The words on the page stay where they are: only images change here."""

from __future__ import annotations

from django.core.files import File
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import TeamRequest, team_page
from accounts.models import Role
from scheduler import drafting, forms, images, queries
from scheduler.forms import OfImage, Typed
from scheduler.models import Image, Post
from scheduler.views.answers import REFUSALS, Refusal, say, status_of, team_post
from scheduler.views.compose import change_image, part_for_images, read


@team_page(Role.AUTHOR)
@require_POST
def add(request: TeamRequest) -> HttpResponse:
    """Takes dropped, pasted or chosen files. A new post becomes a draft first, so that they have a place."""
    typed = read(request)
    files = request.FILES.getlist("images")
    if typed is None or not files:
        return HttpResponseBadRequest("There is no such post, or no file came.")
    problems: list[str] = []
    try:
        images.require_few(files)
        post = typed.post or _draft(request, typed)
        for file in files:
            problems += _add_one(request, post, typed, file)
    except REFUSALS as error:
        return _answer(request, typed, [error.message], status_of(error))
    return _answer(request, typed, problems, 422 if len(problems) == len(files) else 200)


@team_page(Role.AUTHOR)
@require_POST
def change(request: TeamRequest, pk: int, image: int) -> HttpResponse:
    """Removes an image, or moves it one place."""
    post = team_post(request, pk)
    typed = forms.of_request(request.POST, request.team, queries.channels(request.team), post)
    try:
        change_image(request, pk, image, typed.version, request.POST.get("do", "").partition(":")[0])
    except ValueError:
        return HttpResponseBadRequest("There is nothing like that to do with an image.")
    except REFUSALS as error:
        return _refused(request, typed, error)
    _reload(typed, post)
    return _answer(request, typed, [], 200)


def _draft(request: TeamRequest, typed: Typed) -> Post:
    """A draft of what is typed; a time that is not one yet stays on the page only."""
    date, time, fold = typed.date, typed.time, typed.fold
    if forms.look_at_time(typed).problem:
        typed.without_time()
    typed.post = drafting.store(typed=typed, member=request.member)
    typed.version, typed.date, typed.time, typed.fold = typed.post.version, date, time, fold
    return typed.post


def _add_one(request: TeamRequest, post: Post, typed: Typed, file: File[bytes]) -> list[str]:
    """Adds one file; what was wrong with it, so that the others are still taken."""
    name = file.name or "image"
    try:
        images.add(
            post_id=post.pk,
            version=typed.version,
            member=request.member,
            data=images.read(file),
            filename=name,
            part=part_for_images(request, typed),
        )
    except REFUSALS as error:
        return [f"{name}: {error.message}"]
    _reload(typed, post)
    return []


def _reload(typed: Typed, post: Post) -> None:
    """The images as they are stored now, with what is typed about them and not stored yet."""
    post = Post.objects.select_related("team").get(pk=post.pk)
    words = {of.image.pk: of for of in typed.images}
    typed.post, typed.version = post, post.version
    typed.images = [
        OfImage(image, words[image.pk].alt, image.part)
        if image.pk in words
        else OfImage(image, image.alt, image.part)
        for image in Image.objects.filter(post=post)
    ]


def _answer(request: TeamRequest, typed: Typed, problems: list[str], status: int) -> HttpResponse:
    context = {
        "typed": typed,
        "problems": problems,
        "swap": True,
        "most_images": images.MOST,
        "most_bytes": images.MOST_BYTES,
        "stored": False,
    }
    response = render(request, "scheduler/_images_changed.html", context, status=status)
    response["HX-Trigger-After-Swap"] = "compose-changed"
    if typed.post:
        response["HX-Replace-Url"] = reverse("edit", args=[request.team.slug, typed.post.pk])
    return response


def _refused(request: TeamRequest, typed: Typed, error: Refusal) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return _answer(request, typed, [error.message], status_of(error))
    say(request, error)
    assert typed.post is not None
    return redirect("edit", request.team.slug, typed.post.pk)
