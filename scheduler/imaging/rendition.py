"""A master into what one platform takes: the same picture in fewer pixels or bytes, or another kind."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain

from PIL import Image

from scheduler.imaging import decode, encode, words
from scheduler.imaging.blocks import Survey
from scheduler.imaging.types import CONTENT_TYPES, ImageRefused

_SCALES = (1.0, 0.85, 0.7, 0.55, 0.45, 0.35, 0.25)
_MOVING_SCALES = (1.0, 0.75, 0.55, 0.4)
_QUALITIES = (90, 84, 78, 72)
_SMALLEST_SIDE = 320
"""Below this the longer side of a shrunk picture says nothing any more: better to refuse."""
_HOPELESS = 1.2
"""What by its area would come out this many times over the limit is not tried: a smaller picture of the same
has more, not fewer, bytes for each pixel."""

_WHITE = "The see-through parts of the picture became white, because the platform takes no such files."
_STOPPED = "The animation became a still picture, because the platform takes no animated GIF."


@dataclass(frozen=True, slots=True)
class Room:
    """What the platform takes: content types, bytes, pixels in all."""

    types: tuple[str, ...]
    size: int
    pixels: int

    def holds(self, body: bytes, width: int, height: int) -> bool:
        return len(body) <= self.size and width * height <= self.pixels


Encoder = Callable[[Image.Image], bytes]


def make_rendition(data: bytes, room: Room) -> tuple[dict[str, object], bytes]:
    """The first of a fixed row of tries that fits, so that equal masters give equal bytes.

    Quality falls first, then size. Raises ImageRefused where nothing fits.
    """
    found = decode.admit(data)
    if found.kind == "GIF" and CONTENT_TYPES["GIF"] in room.types:
        return _moving(data, found, room)
    notes = (_STOPPED,) if found.frames > 1 else ()
    image = decode.still(data, found)
    for flatten in (False, True):
        if flatten and not encode.has_alpha(image):
            break
        picture = _on_white(image) if flatten else image
        fitted = _fit(picture, found, len(data), room)
        if fitted:
            content_type, body = fitted
            return {"content_type": content_type, "notes": notes + ((_WHITE,) if flatten else ())}, body
    raise ImageRefused(words.does_not_fit(room.types, room.size))


def _moving(data: bytes, found: Survey, room: Room) -> tuple[dict[str, object], bytes]:
    density = len(data) / (found.width * found.height)
    for width, height in _sizes(found.width, found.height, room.pixels, _MOVING_SCALES):
        if density * width * height > _HOPELESS * room.size:
            continue
        body = encode.gif(decode.animation(data, found, (width, height)))
        density = len(body) / (width * height)
        if room.holds(body, width, height):
            return {"content_type": CONTENT_TYPES["GIF"], "notes": ()}, body
    raise ImageRefused(words.animation_does_not_fit(room.size))


def _fit(image: Image.Image, found: Survey, weight: int, room: Room) -> tuple[str, bytes] | None:
    ways = list(_ways(image, found.kind, room.types))
    density = (
        {CONTENT_TYPES[found.kind]: weight / (found.width * found.height)} if found.kind == "PNG" else {}
    )
    for width, height in _sizes(image.width, image.height, room.pixels, _SCALES):
        likely = [way for way in ways if density.get(way[0], 0) * width * height <= _HOPELESS * room.size]
        scaled = _scaled(image, width, height) if likely else image
        for content_type, encoders in likely:
            smallest = encoders[-1](scaled)
            density[content_type] = len(smallest) / (width * height)
            if room.holds(smallest, width, height):
                bodies = chain((encoder(scaled) for encoder in encoders[:-1]), [smallest])
                return content_type, next(body for body in bodies if room.holds(body, width, height))
    return None


def _ways(image: Image.Image, kind: str, types: tuple[str, ...]) -> Iterator[tuple[str, list[Encoder]]]:
    """The ways to write this image, best first, each with its encoders from the best to the smallest.

    A picture with alpha is never written as JPEG.
    """
    png, jpeg, webp = CONTENT_TYPES["PNG"], CONTENT_TYPES["JPEG"], CONTENT_TYPES["WEBP"]
    alpha = encode.has_alpha(image)
    lossy = webp if alpha or jpeg not in types else jpeg
    if png in types and (alpha or kind != "JPEG" or lossy not in types):
        yield png, [encode.png]
    if lossy in types and lossy == jpeg:
        sharp = kind != "JPEG"
        yield jpeg, [partial(encode.jpeg, quality=q, sharp_colours=sharp) for q in _QUALITIES]
    elif lossy in types:
        yield webp, [partial(encode.webp, quality=q) for q in _QUALITIES]


def _sizes(width: int, height: int, pixels: int, scales: tuple[float, ...]) -> Iterator[tuple[int, int]]:
    start = min(1.0, math.sqrt(pixels / (width * height)))
    for scale in scales:
        size = max(1, int(width * start * scale)), max(1, int(height * start * scale))
        if scale == 1.0 or max(size) >= _SMALLEST_SIDE:
            yield size


def _scaled(image: Image.Image, width: int, height: int) -> Image.Image:
    if (width, height) == image.size:
        return image
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _on_white(image: Image.Image) -> Image.Image:
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image.convert("RGB"), mask=image.getchannel("A"))
    return ground


def make_thumbnail(data: bytes, side: int) -> tuple[dict[str, object], bytes]:
    """A small WebP of the picture or of the first frame. Raises ImageRefused."""
    image = decode.still(data, decode.admit(data))
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return {"content_type": CONTENT_TYPES["WEBP"]}, encode.webp(image, 80)
