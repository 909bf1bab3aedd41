"""From a post to the content that is signed: every transformation happens here, before the digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from accounts.models import Channel
from gate import blobs
from gate.checks.disclosure_ai import is_ai_source
from gate.checks.disclosure_flags import flagged
from gate.content import ChannelContent, Claim, Content, Declarations, MediaFacts, normalise
from gate.errors import Incomplete
from gate.models import Blob
from platforms.base import Limits, Media, Options, Part
from scheduler import answering, claims, imaging, mentions
from scheduler.models import Image, Post, Variant

TYPED = ("visibility", "content_warning", "language")
"""Options that an author types or chooses on the channel."""
ANSWERS = ("relationship", "ai", "states_fact", "evidence", "people")


def freeze(post: Post) -> Content:
    """The content of a post as it stands. Renders images to each platform's limits and stores them as blobs, and asks
    platforms whom a text tags: not for use inside a transaction. Raises Incomplete with words for the author."""
    variants = list(post.variants.select_related("channel", "post", "channel__team"))
    if not variants:
        raise Incomplete("Choose at least one channel. Your text is kept as a draft.")
    answered_message = answering.content(post.answers)
    answering.require_whole(answered_message)
    images = list(post.images.all())
    facts: dict[str, MediaFacts] = {}
    channels = tuple(_channel(variant, images, facts) for variant in variants)
    answered = claims.frozen(post.team, claims.read(post.claims), channels)
    said = replace(declarations(post.declarations), claims=answered)
    return Content(
        channels=mentions.name_accounts(tuple(flagged(channel, said) for channel in channels)),
        declarations=said,
        media_facts=tuple(facts[sha256] for sha256 in sorted(facts)),
        campaign=post.campaign,
        answers=answered_message,
    )


def draft_content(post: Post) -> Content:
    """The content of a stored post as it stands, to be shown: masters instead of renditions, nothing stored."""
    variants, images, answered = post.variants.all(), list(post.images.all()), claims.of_post(post)
    drawn = sketch(variants, images, post.declarations, team_id=post.team_id, answered=answered)
    return replace(drawn, campaign=post.campaign, answers=answering.content(post.answers))


def sketch(
    variants: Iterable[Variant],
    images: list[Image],
    declared: Mapping[str, Any],
    *,
    team_id: int,
    answered: tuple[Claim, ...] = (),
) -> Content:
    """The content of a post that need not be stored: one query, for the images' bytes' own facts. `answered`: what its
    author says about claims."""
    wanted = [image.master_sha256 for image in images]
    stored = Blob.objects.filter(team_id=team_id, sha256__in=wanted) if wanted else Blob.objects.none()
    known = {blob.sha256: blob for blob in stored}
    facts: dict[str, MediaFacts] = {}
    channels = tuple(_draft_channel(variant, images, known, facts) for variant in variants)
    said = replace(declarations(declared), claims=answered)
    channels = tuple(flagged(channel, said) for channel in channels)
    return Content(channels, said, tuple(facts[sha256] for sha256 in sorted(facts)))


def declarations(data: Mapping[str, Any]) -> Declarations:
    answers: dict[str, Any] = {name: normalise(str(data[name])) for name in ANSWERS if name in data}
    return Declarations(**answers)


def _channel(variant: Variant, images: list[Image], facts: dict[str, MediaFacts]) -> ChannelContent:
    channel = variant.channel
    if not channel.is_usable:
        raise Incomplete(
            f"{channel} is disconnected. Connect it again or take it off this post; your text is kept."
        )
    limits = channel.effective_limits
    texts = _texts(variant)
    parts = tuple(
        Part(
            text,
            tuple(_rendition(variant, image, limits, facts) for image in _of_part(images, index, len(texts))),
        )
        for index, text in enumerate(texts)
    )
    return _content(channel, parts, variant)


def _draft_channel(
    variant: Variant, images: list[Image], known: Mapping[str, Blob], facts: dict[str, MediaFacts]
) -> ChannelContent:
    texts = _texts(variant)
    parts = tuple(
        Part(
            text,
            tuple(
                _master(image, known[image.master_sha256], facts)
                for image in _of_part(images, index, len(texts))
                if image.master_sha256 in known
            ),
        )
        for index, text in enumerate(texts)
    )
    return _content(variant.channel, parts, variant)


def _content(channel: Channel, parts: tuple[Part, ...], variant: Variant) -> ChannelContent:
    options: dict[str, Any] = {k: normalise(str(v)) for k, v in variant.options.items() if k in TYPED}
    return ChannelContent(
        platform=channel.platform,
        account_id=channel.account_id,
        instance=channel.instance,
        handle=channel.handle,
        parts=parts,
        options=Options(**options),
    )


def _texts(variant: Variant) -> list[str]:
    """Normalised texts without empty ones at the end of a thread; always at least one."""
    texts = [normalise(text) for text in variant.texts] or [""]
    while len(texts) > 1 and not texts[-1]:
        texts.pop()
    return texts


def _of_part(images: Iterable[Image], index: int, parts: int) -> list[Image]:
    """Images of one part; those of a part that this channel's own text does not have go to its last one."""
    return [image for image in images if min(image.part, parts - 1) == index]


def _rendition(variant: Variant, image: Image, limits: Limits, facts: dict[str, MediaFacts]) -> Media:
    team = variant.channel.team
    try:
        done = imaging.render(blobs.read(team.pk, image.master_sha256), limits)
    except imaging.ImageRefused as error:
        raise Incomplete(f"{image.filename}: {error.message}") from error
    except blobs.BlobBroken as error:
        raise Incomplete(f"{error} Add the image again; your text is kept.") from error
    blob = blobs.put(
        team=team, data=done.data, content_type=done.content_type, width=done.width, height=done.height
    )
    _note(facts, blob.sha256, image)
    return _media(blob, image)


def _master(image: Image, blob: Blob, facts: dict[str, MediaFacts]) -> Media:
    _note(facts, blob.sha256, image)
    return _media(blob, image)


def _media(blob: Blob, image: Image) -> Media:
    return Media(blob.sha256, blob.content_type, blob.size, blob.width, blob.height, normalise(image.alt))


def _note(facts: dict[str, MediaFacts], sha256: str, image: Image) -> None:
    """Adds what was found in an original. Several uploads may become the same bytes: what one of them held is not
    forgotten for another, and a source type that says AI goes before one that does not."""
    known = facts.get(sha256) or MediaFacts(sha256, image.filename)
    sources = [source for source in (known.digital_source_type, image.digital_source_type) if source]
    source = next((s for s in sources if is_ai_source(s)), sources[0] if sources else "")
    found = tuple(dict.fromkeys((*known.found, *image.facts)))
    facts[sha256] = replace(known, found=found, digital_source_type=source)
