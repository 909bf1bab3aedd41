"""Bytes to pixels, in the worker only: right way up, in sRGB, eight bits, nothing else."""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import ExifTags, GifImagePlugin, Image, ImageCms, WebPImagePlugin

from scheduler.imaging import words
from scheduler.imaging.blocks import Broken, CutOff, Survey
from scheduler.imaging.encode import Animation, bare, gif_frame, has_alpha, lowest
from scheduler.imaging.survey import kind_of, survey
from scheduler.imaging.types import (
    MAX_ANIMATION_PIXELS,
    MAX_FRAMES,
    MAX_PIXELS,
    ImageRefused,
)

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
GifImagePlugin.LOADING_STRATEGY = GifImagePlugin.LoadingStrategy.RGB_ALWAYS
assert WebPImagePlugin.SUPPORTED  # imported for its registration: Pillow opens WebP only once it is loaded

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each value of the Exif tag Orientation (Exif 2.32, 4.6.4 A)."""
_DEEP = frozenset(("I", "I;16", "I;16B", "I;16L", "I;16N", "F"))
_PROFILE_SPACES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_MALFORMED = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""What Pillow's readers raise on files that are not what they say."""


@contextmanager
def reading() -> Iterator[None]:
    """Around every call that hands foreign bytes to Pillow. Raises ImageRefused for what it can't read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            yield
        except _MALFORMED as error:
            cut = "truncated" in str(error).lower()
            raise ImageRefused(words.CUT_OFF if cut else words.DAMAGED) from error


def admit(data: bytes) -> Survey:
    """What the file is, by its content, and only if its headers keep the limits: nothing is decoded.

    Raises ImageRefused.
    """
    if not kind_of(data):
        raise ImageRefused(words.refusal(data))
    try:
        found = survey(data)
    except CutOff as error:
        raise ImageRefused(words.CUT_OFF) from error
    except Broken as error:
        raise ImageRefused(words.DAMAGED) from error
    pixels = found.width * found.height
    if pixels > MAX_PIXELS:
        raise ImageRefused(words.too_large(found.width, found.height))
    if found.frames > MAX_FRAMES or (found.frames > 1 and pixels * found.frames > MAX_ANIMATION_PIXELS):
        raise ImageRefused(words.too_many_frames(found.frames, found.width, found.height))
    return found


def still(data: bytes, found: Survey) -> Image.Image:
    """The picture, or the first frame of one that moves, as L, LA, RGB or RGBA in sRGB, the right way up."""
    with reading():
        image = _opened(data, found)
        image.load()
        profile = image.info.get("icc_profile")
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
        image = _eight_bits(image)
        if turn is not None:
            image = image.transpose(turn)
        if isinstance(profile, bytes) and profile:
            image = _to_srgb(image, profile)
        return bare(_without_idle_alpha(_showable(image)))


def animation(data: bytes, found: Survey, size: tuple[int, int] | None = None) -> Animation:
    """Every frame of a GIF, whole, and scaled where a size is given."""
    frames: list[Image.Image] = []
    durations: list[int] = []
    with reading():
        image = _opened(data, found)
        for number in range(found.frames):
            image.seek(number)
            image.load()
            durations.append(int(image.info.get("duration", 0)))
            frame = image.convert("RGBA")
            frames.append(gif_frame(frame.resize(size, Image.Resampling.LANCZOS) if size else frame))
        loop = image.info.get("loop")
    return Animation(frames, durations, loop if isinstance(loop, int) else None)


def _opened(data: bytes, found: Survey) -> Image.Image:
    image = Image.open(BytesIO(data), formats=[found.kind])
    if image.width > found.width or image.height > found.height:
        raise ValueError("the decoder and the headers disagree about the size")
    return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """Palettes, bits and 16-bit greys as what the rest of the way works on."""
    if image.mode in _DEEP:
        return image.point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("PA", "La", "RGBa", "RGBX") or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode == "P":
        return image.convert("RGB")
    return image.convert("L") if image.mode == "1" else image


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """By the profile that came with it. A profile that is damaged or of another kind of colour is left out,
    as browsers do."""
    alpha = image.getchannel("A") if has_alpha(image) else None
    colours = image.convert("RGB" if image.mode == "RGBA" else "L") if alpha else image
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if _PROFILE_SPACES.get(source.profile.xcolor_space) != colours.mode:
            return image
        converted = ImageCms.profileToProfile(
            colours,
            source,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError):
        return image
    assert converted is not None  # only None when changed in place
    if alpha:
        converted.putalpha(alpha)
    return converted


def _showable(image: Image.Image) -> Image.Image:
    return image if image.mode in ("L", "LA", "RGB", "RGBA") else image.convert("RGB")


def _without_idle_alpha(image: Image.Image) -> Image.Image:
    """An alpha channel that hides nothing only costs bytes."""
    if has_alpha(image) and lowest(image.getchannel("A")) == 255:
        return image.convert("RGB" if image.mode == "RGBA" else "L")
    return image
