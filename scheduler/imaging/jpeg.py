"""JPEG: ITU-T T.81 annex B; application segments by Exif 2.32, XMP part 3 and C2PA 2.2 appendix A."""

import re
import struct

from scheduler.imaging.blocks import CutOff, Survey

_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_NO_LENGTH = frozenset(range(0xD0, 0xD9)) | {0x01}
_END = 0xD9
_SCAN = 0xDA
_COMMENT = 0xFE
_MARKER = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
"""A marker after entropy-coded data: not a stuffed zero and not a restart."""

_SEGMENTS: tuple[tuple[int, bytes, str], ...] = (
    (0xE0, b"JFXX\x00", "thumbnail"),
    (0xE1, b"Exif\x00", "exif"),
    (0xE1, b"http://ns.adobe.com/xap/1.0/\x00", "xmp"),
    (0xE1, b"http://ns.adobe.com/xmp/extension/\x00", "xmp"),
    (0xE2, b"ICC_PROFILE\x00", "icc"),
    (0xEB, b"JP", "c2pa"),
    (0xED, b"Photoshop 3.0\x00", "iptc"),
)
_EXTENSION_HEAD = 40
"""Extended XMP: 32 characters of GUID, the full length and the offset come before the text."""
_JFIF_LENGTH = 14
_ADOBE_LENGTH = 12


def read_jpeg(data: bytes, found: Survey) -> None:
    """Walks every segment and scan up to the end of the picture; what follows it is trailing data."""
    at = 2
    while True:
        marker, at = _next_marker(data, at)
        if marker == _END:
            found.add_trailing(data[at:])
            return
        if marker in _NO_LENGTH:
            continue
        (length,) = struct.unpack_from(">H", data, at)
        payload = data[at + 2 : at + length]
        at += max(length, 2)
        if marker in _FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", payload, 1)
            found.claim(width, height)
        elif marker == _COMMENT:
            found.add("comment", payload)
        elif 0xE0 <= marker <= 0xEF:
            _application(marker, payload, found)


def _next_marker(data: bytes, at: int) -> tuple[int, int]:
    match = _MARKER.search(data, at)
    if match is None:
        raise CutOff("no end of image")
    return match[1][0], match.end()


def _application(marker: int, payload: bytes, found: Survey) -> None:
    if marker == 0xE0 and payload.startswith(b"JFIF\x00"):
        if len(payload) > _JFIF_LENGTH:
            found.add("thumbnail", payload)
        return
    if marker == 0xEE and payload.startswith(b"Adobe") and len(payload) == _ADOBE_LENGTH:
        return  # says how colours are coded, nothing else
    for code, head, name in _SEGMENTS:
        if marker == code and payload.startswith(head):
            found.add(name, _body(payload, head))
            return
    found.add("other_data", payload)


def _body(payload: bytes, head: bytes) -> bytes:
    if head.startswith(b"http://ns.adobe.com/xmp/extension/"):
        return payload[len(head) + _EXTENSION_HEAD :]
    if head == b"Exif\x00":
        return payload[6:]
    if head == b"ICC_PROFILE\x00":
        return payload[14:]
    if head == b"JP":
        # 8 bytes of packet head; from the second packet on, the box's own 8 come again (ISO/IEC 18477-3)
        return payload[8 if payload[4:8] == b"\x00\x00\x00\x01" else 16 :]
    return payload[len(head) :]
