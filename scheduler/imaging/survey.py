"""Reads the outside of a picture file: its size in pixels, its frames, and every block that is not pixels.

Pure Python over bytes, with no decoder, so that it can say how large a picture is before anything is
unpacked, name hidden data that a decoder drops in silence, and prove that a result carries none.
"""

import struct

from scheduler.imaging.blocks import Broken, CutOff, Survey
from scheduler.imaging.gif import read_gif
from scheduler.imaging.jpeg import read_jpeg
from scheduler.imaging.png import read_png
from scheduler.imaging.webp import read_webp

_READERS = {"JPEG": read_jpeg, "PNG": read_png, "WEBP": read_webp, "GIF": read_gif}


def kind_of(data: bytes) -> str:
    """JPEG, PNG, GIF, WEBP by the first bytes, or "" for everything else. Names and types are not asked."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return ""


def survey(data: bytes) -> Survey:
    """What is in the file. Raises CutOff where its end is missing and Broken where it is not what it says."""
    kind = kind_of(data)
    if not kind:
        raise Broken("not a picture of a known kind")
    found = Survey(kind)
    try:
        _READERS[kind](data, found)
    except (struct.error, IndexError) as error:
        raise CutOff("the file ends too early") from error
    if found.width < 1 or found.height < 1:
        raise Broken("the picture has no size")
    return found
