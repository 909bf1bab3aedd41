"""GIF: the GIF89a specification; XMP part 3 and C2PA for their application extensions."""

import struct

from scheduler.imaging.blocks import MAX_BLOCKS, Broken, Survey

_TRAILER, _EXTENSION, _IMAGE = 0x3B, 0x21, 0x2C
_PLAIN_TEXT, _CONTROL, _COMMENT, _APPLICATION = 0x01, 0xF9, 0xFE, 0xFF
_APPLICATIONS = {b"XMP DataXMP": "xmp", b"ICCRGBG1012": "icc", b"C2PA_GIF\x01\x00\x00": "c2pa"}
_LOOPS = frozenset((b"NETSCAPE2.0", b"ANIMEXTS1.0"))


def read_gif(data: bytes, found: Survey) -> None:
    """Walks every block up to the trailer; what follows it is trailing data."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    found.claim(width, height)
    at, frames, blocks = 13 + _table(flags), 0, 0
    while data[at] != _TRAILER:
        start = at
        if data[at] == _IMAGE:
            left, top, width, height, flags = struct.unpack_from("<HHHHB", data, at + 1)
            found.claim(left + width, top + height)
            frames += 1
            at, count = _skip(data, at + 11 + _table(flags))
        elif data[at] == _EXTENSION:
            at, count = _skip(data, at + 2)
            _extension(data[start:at], found)
        else:
            raise Broken("an unknown block")
        blocks += count
        if blocks > MAX_BLOCKS:
            raise Broken("too many blocks")
    found.frames = frames
    if not frames:
        raise Broken("no picture")
    found.add_trailing(data[at + 1 :])


def _table(flags: int) -> int:
    """Bytes of the colour table that the flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _skip(data: bytes, at: int) -> tuple[int, int]:
    """The place after a chain of sub-blocks, and how many there were."""
    count = 1
    while data[at]:
        at += 1 + data[at]
        count += 1
        if count > MAX_BLOCKS:
            raise Broken("too many blocks")
    return at + 1, count


def _extension(block: bytes, found: Survey) -> None:
    label = block[1]
    if label == _CONTROL:
        return
    if label == _COMMENT:
        found.add("comment", block[2:])
    elif label == _APPLICATION:
        application = block[3:14]
        if application not in _LOOPS:
            found.add(_APPLICATIONS.get(application, "other_data"), block[14:])
    else:
        found.add("text" if label == _PLAIN_TEXT else "other_data", block[2:])
