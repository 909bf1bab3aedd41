"""Storing what an author typed, words and images' alt texts together, and making a new draft from an old post."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from accounts.models import Membership
from gate.content import normalise
from gate.errors import Incomplete
from scheduler import images, lifecycle, read_back
from scheduler.forms import Typed
from scheduler.lifecycle import Draft
from scheduler.models import Image, Post, PostEditor


@read_back.reads_first
@transaction.atomic
def store(*, typed: Typed, member: Membership) -> Post:
    """A new draft, or an edit of the post that the page was about. Raises NotAllowed, WrongState, WhenError,
    Incomplete for more than a draft holds."""
    if typed.too_much:
        raise Incomplete(typed.too_much)
    if typed.post is None:
        return lifecycle.create(member=member, draft=typed.draft())
    post = lifecycle.save(post_id=typed.post.pk, version=typed.version, member=member, draft=typed.draft())
    images.set_words(post, {of.image.pk: (of.alt, of.part) for of in typed.images})
    return post


@transaction.atomic
def copy(*, typed: Typed, member: Membership) -> Post:
    """What is typed about a post that cannot be edited any more, as a new draft with its images. Whoever wrote the
    old one wrote this one too. Raises NotAllowed, WhenError, Incomplete for more than a draft holds."""
    if typed.too_much:
        raise Incomplete(typed.too_much)
    assert typed.post is not None, "a copy is one of something stored"
    made = lifecycle.create(member=member, draft=typed.draft())
    copies = _copies([of.image for of in typed.images], made, member)
    for image, of in zip(copies, typed.images, strict=True):
        image.alt, image.part = normalise(of.alt), of.part
    Image.objects.bulk_create(copies)
    _inherit_editors(typed.post, made)
    return made


@transaction.atomic
def duplicate(*, post: Post, member: Membership) -> Post:
    """The same words and images as a new draft without a time, for a post that was missed, failed or is out. Its
    questions are asked again: they are about this post, not about the last one. Answers about claims stay, as they are
    about words, and so do the message that it answers and its campaign. Raises NotAllowed."""
    variants = {
        variant.channel_id: (variant.parts, variant.options)
        for variant in post.variants.select_related("channel")
        if variant.channel.is_usable
    }
    made = lifecycle.create(
        member=member,
        draft=Draft(
            title=post.title,
            parts=list(post.parts),
            due_zone=post.due_zone,
            campaign=post.campaign,
            answers=dict(post.answers),
            variants=variants,
            claims=list(post.claims),
        ),
    )
    Image.objects.bulk_create(_copies(post.images.all(), made, member))
    _inherit_editors(post, made)
    return made


def _inherit_editors(post: Post, made: Post) -> None:
    """Whoever wrote the words of the old post wrote those of the new one too, and so cannot approve it."""
    already = set(made.editors.values_list("user_id", flat=True))
    others = post.editors.exclude(user_id__in=already).values_list("user_id", "at")
    PostEditor.objects.bulk_create([PostEditor(post=made, user_id=user, at=at) for user, at in others])


def _copies(of: Iterable[Image], made: Post, member: Membership) -> list[Image]:
    skip = {"id", "post", "added_by", "added_at"}
    fields = [f.name for f in Image._meta.concrete_fields if f.name not in skip]
    return [
        Image(post=made, added_by=member.user, **{name: getattr(image, name) for name in fields})
        for image in of
    ]
