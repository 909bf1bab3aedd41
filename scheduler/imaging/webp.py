"""WebP: the RIFF container specification of Google, RFC 9649, with C2PA's own chunk."""

import struct

from scheduler.imaging.blocks import Broken, CutOff, Survey

_BLOCKS = {b"EXIF": "exif", b"XMP ": "xmp", b"ICCP": "icc", b"C2PA": "c2pa"}
_PICTURE = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH"))


def read_webp(data: bytes, found: Survey) -> None:
    """Walks every chunk of the RIFF; what follows it is trailing data."""
    (size,) = struct.unpack_from("<I", data, 4)
    end = size + 8
    if end > len(data):
        raise CutOff("the RIFF is longer than the file")
    at, frames = 12, 0
    while at + 8 <= end:
        name, length = struct.unpack_from("<4sI", data, at)
        content = data[at + 8 : at + 8 + length]
        if at + 8 + length > end:
            raise CutOff("a chunk is not complete")
        frames += name == b"ANMF"
        _chunk(name, content, found)
        at += 8 + length + length % 2
    found.frames = max(1, frames)
    found.add_trailing(data[end:])


def _chunk(name: bytes, content: bytes, found: Survey) -> None:
    if name in _BLOCKS:
        found.add(_BLOCKS[name], content.removeprefix(b"Exif\x00\x00") if name == b"EXIF" else content)
    elif name in _PICTURE:
        _claim(name, content, found)
    else:
        found.add("other_data", content)


def _claim(name: bytes, content: bytes, found: Survey) -> None:
    if name == b"VP8X":
        found.claim(1 + _three(content, 4), 1 + _three(content, 7))
    elif name == b"ANMF":
        found.claim(1 + _three(content, 6), 1 + _three(content, 9))
    elif name == b"VP8L":
        if content[0] != 0x2F:
            raise Broken("not a lossless picture")
        (bits,) = struct.unpack_from("<I", content, 1)
        found.claim(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    elif name == b"VP8 ":
        if content[3:6] != b"\x9d\x01\x2a":
            raise Broken("not a key frame")
        width, height = struct.unpack_from("<HH", content, 6)
        found.claim(width & 0x3FFF, height & 0x3FFF)


def _three(content: bytes, at: int) -> int:
    """A 24-bit number, low byte first."""
    low, high = struct.unpack_from("<HB", content, at)
    return int(low | high << 16)
