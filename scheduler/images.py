"""The images of a post: every change is an edit of its content, with the same consequences as one of its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.core.files import File
from django.db import transaction
from django.db.models import Max

from accounts.models import Membership
from gate import blobs
from gate.content import normalise
from gate.errors import Incomplete, WrongState
from scheduler import imaging, lifecycle, read_back
from scheduler.imaging import ImageRefused, Ingested, words
from scheduler.imaging.types import MAX_FILE_BYTES
from scheduler.models import Image, Post

MOST = 10
"""Images of one post; what a single part may have is the platform's own rule."""
MOST_BYTES = MOST * MAX_FILE_BYTES
"""Of one upload. The page says so before it sends more; a server that refuses it unread may not be heard."""


def read(file: File[bytes]) -> bytes:
    """The bytes of an upload. One that is too large is refused by its size, before it is in memory. Raises
    ImageRefused."""
    if file.size > MAX_FILE_BYTES:
        raise ImageRefused(words.TOO_HEAVY)
    data: bytes = file.read()
    return data


def require_few(files: Sequence[object]) -> None:
    """No more files at once than a post can have. Raises Incomplete."""
    if len(files) > MOST:
        raise Incomplete(f"{len(files)} files are too many: a post can have {MOST} images. None was added.")


def add(
    *,
    post_id: int,
    version: int,
    member: Membership,
    data: bytes,
    filename: str,
    alt: str = "",
    part: int = 0,
) -> Image:
    """Makes the upload into a clean master and adds it to the post. Raises ImageRefused, NotAllowed, WrongState,
    Incomplete; the post is then as it was."""
    _require_room(Post.objects.get(pk=post_id, team=member.team))
    taken = imaging.ingest(data, filename)
    small = imaging.thumbnail(taken.data)

    @read_back.reads_first
    @transaction.atomic
    def opened_and_stored() -> Image:
        post = _open(post_id, version, member)
        _require_room(post)
        return _store(post, member, taken, small, filename=filename, alt=alt, part=part)

    return opened_and_stored()


@read_back.reads_first
@transaction.atomic
def remove(*, post_id: int, image_id: int, version: int, member: Membership) -> Post:
    """Takes an image off the post; its bytes stay, since an earlier submission may show it. Raises NotAllowed,
    WrongState."""
    post = _open(post_id, version, member)
    if not Image.objects.filter(pk=image_id, post=post).delete()[0]:
        raise WrongState("That image is not on this post any more. Nothing was changed.")
    return post


@read_back.reads_first
@transaction.atomic
def describe(*, post_id: int, image_id: int, version: int, member: Membership, alt: str) -> Post:
    """Says in words what an image shows. Raises NotAllowed, WrongState."""
    post = _open(post_id, version, member)
    if not Image.objects.filter(pk=image_id, post=post).update(alt=normalise(alt)):
        raise WrongState("That image is not on this post any more. Nothing was changed.")
    return post


@read_back.reads_first
@transaction.atomic
def move(*, post_id: int, image_id: int, version: int, member: Membership, step: int) -> Post:
    """One place earlier (step -1) or later (1) among the images of its part; at the end it stays where it is.
    Raises NotAllowed, WrongState."""
    post = _open(post_id, version, member)
    image = Image.objects.filter(pk=image_id, post=post).first()
    if image is None:
        raise WrongState("That image is not on this post any more. Nothing was changed.")
    row = list(Image.objects.filter(post=post, part=image.part))
    at = row.index(image)
    to = min(max(at + step, 0), len(row) - 1)
    row.insert(to, row.pop(at))
    for position, each in enumerate(row):
        Image.objects.filter(pk=each.pk).update(position=position)
    return post


def set_words(post: Post, said: Mapping[int, tuple[str, int]]) -> None:
    """Stores alt text and part of several images, in the transaction of an edit that has opened the post."""
    for image in post.images.all():
        alt, part = said.get(image.pk, (image.alt, image.part))
        if (normalise(alt), part) != (image.alt, image.part):
            Image.objects.filter(pk=image.pk).update(alt=normalise(alt), part=part)


def _open(post_id: int, version: int, member: Membership) -> Post:
    """The post, opened for an edit by this member, if it still is the version that they saw."""
    seen = Post.objects.select_for_update(of=("self",), no_key=True).get(pk=post_id, team=member.team)
    if seen.version != version:
        raise WrongState(
            "Somebody changed this post while you had it open, so its images were left as they are. "
            "What you typed is still on this page: save, to compare the two."
        )
    return lifecycle.touch(post_id=post_id, member=member)


def _require_room(post: Post) -> None:
    if post.images.count() >= MOST:
        raise Incomplete(
            f"A post can have {MOST} images, and this one has them. Remove one first; all are kept."
        )


def _store(
    post: Post, member: Membership, taken: Ingested, small: bytes, *, filename: str, alt: str, part: int
) -> Image:
    master = blobs.put(
        team=post.team,
        data=taken.data,
        content_type=taken.content_type,
        width=taken.width,
        height=taken.height,
    )
    scale = min(1.0, 480 / max(taken.width, taken.height))
    thumbnail = blobs.put(
        team=post.team,
        data=small,
        content_type="image/webp",
        width=max(1, round(taken.width * scale)),
        height=max(1, round(taken.height * scale)),
    )
    last = post.images.filter(part=part).aggregate(n=Max("position"))["n"]
    return Image.objects.create(
        post=post,
        part=part,
        position=0 if last is None else last + 1,
        filename=filename[:255],
        master_sha256=master.sha256,
        thumbnail_sha256=thumbnail.sha256,
        width=taken.width,
        height=taken.height,
        alt=normalise(alt),
        facts=list(taken.facts),
        digital_source_type=taken.digital_source_type[:255],
        notes=list(taken.notes),
        added_by=member.user,
    )
