"""The comparisons that every platform makes with its own numbers. The numbers stay in the platform's file."""

from collections.abc import Callable
from dataclasses import replace

import regex

from platforms.base import Limits, Options, Part, Problem
from platforms.links import links

_HASHTAG = regex.compile(r"(?<![\w&/#＃])[#＃](?=[\p{M}\p{N}_]*\p{L})[\p{L}\p{M}\p{N}_]+")
# A pair of a long row of flags is taken by itself: \X alone looks back to the row's beginning at each of them.
_GRAPHEME = regex.compile(r"\p{RI}{2}(?=\p{RI})|\X")

Length = Callable[[str], int]


def graphemes(text: str) -> int:
    """Characters as a reader sees them: an emoji of five code points counts 1 (UAX #29)."""
    return sum(1 for _ in _GRAPHEME.finditer(text))


def part_problems(part: Part, limits: Limits, options: Options, length: Length) -> list[Problem]:
    """Everything in a part that exceeds the limits, in the order in which a person would fix it."""
    return [
        *_empty(part),
        *_too_long(part, limits, options, length),
        *_too_many_bytes(part, limits),
        *_too_many_of("links", list(links(part.text)), limits.links),
        *_too_many_of("hashtags", hashtags(part.text), limits.hashtags),
        *_images(part, limits),
        *_visibility(limits, options),
    ]


def _empty(part: Part) -> list[Problem]:
    if part.text.strip() or part.media:
        return []
    return [Problem("The post is empty.", "Write a text or add an image.")]


def _too_long(part: Part, limits: Limits, options: Options, length: Length) -> list[Problem]:
    count = length(part.text) + length(options.content_warning)
    if count <= limits.characters:
        return []
    warned = " together with its content warning" if options.content_warning else ""
    return [
        Problem(
            f"The text{warned} has {count} characters; {limits.characters} are allowed.",
            f"Shorten it by {count - limits.characters}, or go on in another post of the thread.",
            start=_first_beyond(part.text, limits.characters - length(options.content_warning), length),
            end=len(part.text),
        )
    ]


def _first_beyond(text: str, allowed: int, length: Length) -> int:
    """The code point where the text starts to be too long: bisection over grapheme boundaries."""
    ends = [0, *(match.end() for match in _GRAPHEME.finditer(text))]
    low, high = 0, len(ends) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if length(text[: ends[middle]]) <= allowed:
            low = middle
        else:
            high = middle - 1
    return ends[low]


def _too_many_bytes(part: Part, limits: Limits) -> list[Problem]:
    count = len(part.text.encode())
    if limits.text_bytes is None or count <= limits.text_bytes:
        return []
    return [
        Problem(
            f"The text has {count} bytes; {limits.text_bytes} are allowed.",
            "Shorten it: emoji and some alphabets need several bytes for each character.",
            end=len(part.text),
        )
    ]


def hashtags(text: str) -> list[tuple[int, int]]:
    """Start and end, in code points, of every hashtag: a number sign and a word with a letter in it."""
    return [match.span() for match in _HASHTAG.finditer(text)]


def too_many(name: str, places: list[tuple[int, int]], most: int | None) -> Problem | None:
    """The problem of more links or hashtags than that; it begins at the first that is too many."""
    if most is None or len(places) <= most:
        return None
    return Problem(
        f"The post has {len(places)} {name}; {most} are allowed.",
        f"Take {len(places) - most} of them out.",
        start=places[most][0],
        end=places[-1][1],
    )


def _too_many_of(name: str, places: list[tuple[int, int]], most: int | None) -> list[Problem]:
    problem = too_many(name, places, most)
    return [problem] if problem else []


def _images(part: Part, limits: Limits) -> list[Problem]:
    found = []
    if len(part.media) > limits.images:
        found.append(
            Problem(
                f"The post has {len(part.media)} images; {limits.images} are allowed.",
                "Remove some, or go on in another post of the thread.",
                field="media",
            )
        )
    for index in range(len(part.media)):
        found += [replace(problem, media_index=index) for problem in _image(part, index, limits)]
    return found


def _image(part: Part, index: int, limits: Limits) -> list[Problem]:
    media, name = part.media[index], f"Image {index + 1}"
    found = []
    if media.content_type not in limits.image_types:
        kinds = ", ".join(kind.removeprefix("image/").upper() for kind in limits.image_types)
        found.append(
            Problem(f"{name} is {media.content_type}.", f"Use one of these: {kinds}.", field="media")
        )
    if media.size > limits.image_bytes:
        found.append(
            Problem(
                f"{name} has {media.size:,} bytes; {limits.image_bytes:,} are allowed.",
                "Use a smaller image.",
                field="media",
            )
        )
    if media.width * media.height > limits.image_pixels:
        found.append(
            Problem(
                f"{name} has {media.width} × {media.height} pixels; {limits.image_pixels:,} are allowed.",
                "Make it smaller.",
                field="media",
            )
        )
    return found + _alt(media.alt, name, limits)


def _alt(alt: str, name: str, limits: Limits) -> list[Problem]:
    if limits.alt_required and not alt.strip():
        return [Problem(f"{name} has no alt text.", "Say what the image shows.", field="alt")]
    count = graphemes(alt)
    if count <= limits.alt_characters:
        return []
    return [
        Problem(
            f"The alt text of {name.lower()} has {count} characters; {limits.alt_characters} are allowed.",
            f"Shorten it by {count - limits.alt_characters}.",
            field="alt",
            start=_first_beyond(alt, limits.alt_characters, graphemes),
            end=len(alt),
        )
    ]


def _visibility(limits: Limits, options: Options) -> list[Problem]:
    if not options.visibility or options.visibility in limits.visibilities:
        return []
    known = ", ".join(limits.visibilities) or "none: posts here are always public"
    return [
        Problem(
            f"The visibility “{options.visibility}” is not known here.",
            f"Choose one of these: {known}.",
            field="visibility",
        )
    ]
