"""Pixels to bytes, always the same bytes for the same pixels, with nothing beside the pixels.

Pillow writes what it finds in `info` (comments, profiles, resolution) into some formats: it is emptied first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageChops

_PALETTE = 256
_OPAQUE_FROM = 128
"""GIF knows no half transparency."""


@dataclass(frozen=True, slots=True)
class Animation:
    """Whole frames with a palette each, milliseconds per frame, and how often to repeat (None: once)."""

    frames: Sequence[Image.Image]
    durations: Sequence[int]
    loop: int | None


def bare(image: Image.Image) -> Image.Image:
    """The image with nothing in `info`."""
    image.info = {}
    return image


def has_alpha(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA")


def lowest(channel: Image.Image) -> int:
    """The smallest value of a picture of one channel."""
    return next(value for value, count in enumerate(channel.histogram()) if count)


def jpeg(image: Image.Image, quality: int, *, sharp_colours: bool = False) -> bytes:
    """sharp_colours: keep colour at full resolution, for drawings and writing.

    Not with optimize: Pillow then gives libjpeg a buffer of one byte a pixel, and grainy pictures need more
    ("Suspension not allowed here").
    """
    out = BytesIO()
    subsampling = 0 if sharp_colours else 2
    bare(image).save(out, "JPEG", quality=quality, subsampling=subsampling)
    return out.getvalue()


def png(image: Image.Image) -> bytes:
    out = BytesIO()
    bare(_with_palette(image)).save(out, "PNG", compress_level=6)
    return out.getvalue()


def webp(image: Image.Image, quality: int) -> bytes:
    out = BytesIO()
    if image.mode not in ("RGB", "RGBA"):
        image = image.convert("RGBA" if has_alpha(image) else "RGB")
    bare(image).save(out, "WEBP", quality=quality, method=4)
    return out.getvalue()


def _with_palette(image: Image.Image) -> Image.Image:
    """The same pixels by number where 256 colours say it all: a third of the bytes. Never nearly."""
    if image.mode != "RGB" or image.getcolors(_PALETTE) is None:
        return image
    numbered = image.convert("P", palette=Image.Palette.ADAPTIVE, colors=_PALETTE)
    exact = ImageChops.difference(numbered.convert("RGB"), image).getbbox() is None
    return numbered if exact else image


def gif_frame(frame: Image.Image) -> Image.Image:
    """One RGBA frame by palette: number 255 is the transparent one where there is any."""
    alpha = frame.getchannel("A")
    colours = frame.convert("RGB")
    if lowest(alpha) >= _OPAQUE_FROM:
        return bare(colours.convert("P", palette=Image.Palette.ADAPTIVE, colors=_PALETTE))
    hidden = alpha.point([255] * _OPAQUE_FROM + [0] * (_PALETTE - _OPAQUE_FROM), "L")
    colours.paste((0, 0, 0), mask=hidden)
    numbered = colours.quantize(_PALETTE - 1, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    palette = numbered.getpalette() or []
    numbered.putpalette(palette + [0] * (3 * _PALETTE - len(palette)))
    numbered.paste(_PALETTE - 1, mask=hidden)
    bare(numbered).info["transparency"] = _PALETTE - 1
    return numbered


def gif(animation: Animation) -> bytes:
    """Frames that show the same are written once, with their times added."""
    out = BytesIO()
    first, *rest = animation.frames
    transparent = any("transparency" in frame.info for frame in animation.frames)
    loop = {} if animation.loop is None else {"loop": animation.loop}
    first.save(
        out,
        "GIF",
        save_all=True,
        append_images=rest,
        duration=list(animation.durations),
        disposal=2 if transparent else 1,
        optimize=False,
        **loop,
    )
    return out.getvalue()
