"""PNG, third edition (W3C), with the "Raw profile type" texts of ImageMagick and C2PA's caBX."""

import binascii
import struct

from scheduler.imaging.blocks import Broken, CutOff, Survey, inflate

_PICTURE = frozenset(
    b"IHDR PLTE IDAT tRNS gAMA cHRM sRGB sBIT bKGD pHYs cICP acTL fcTL fdAT hIST mDCV cLLI".split()
)
"""Chunks that say how to show the pixels."""
_GENERATOR_KEYS = frozenset(
    (
        "parameters",
        "prompt",
        "workflow",
        "dream",
        "sd-metadata",
        "sd_metadata",
        "invokeai_metadata",
        "invokeai_graph",
        "generation_data",
    )
)
"""Keys under which picture generators keep the words they were given."""
_TEXTS = frozenset((b"tEXt", b"zTXt", b"iTXt"))


def read_png(data: bytes, found: Survey) -> None:
    """Walks every chunk up to IEND; what follows it is trailing data."""
    at = 8
    first = True
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise CutOff("a chunk is not complete")
        if first != (name == b"IHDR"):
            raise Broken("the header is not the first chunk")
        first = False
        if name == b"IEND":
            found.add_trailing(data[end:])
            return
        _chunk(name, data[at + 8 : end - 4], found)
        at = end


def _chunk(name: bytes, content: bytes, found: Survey) -> None:
    if name == b"IHDR":
        found.claim(*struct.unpack_from(">II", content))
    elif name == b"acTL":
        found.frames = max(1, struct.unpack_from(">I", content)[0])
    elif name == b"fcTL":
        found.claim(*struct.unpack_from(">II", content, 4))
    elif name in _TEXTS:
        _text(name, content, found)
    elif name == b"eXIf":
        found.add("exif", content)
    elif name == b"iCCP":
        found.add("icc", content)
    elif name == b"caBX":
        found.add("c2pa", content)
    elif name not in _PICTURE:
        found.add("other_data", content)


def _text(name: bytes, content: bytes, found: Survey) -> None:
    key_bytes, _, rest = content.partition(b"\x00")
    key = key_bytes.decode("latin-1").lower()
    text = _text_of(name, rest)
    if key == "xml:com.adobe.xmp":
        found.add("xmp", text)
    elif key.startswith("raw profile type "):
        _raw_profile(key.removeprefix("raw profile type "), text, found)
    else:
        found.add("ai_parameters" if key in _GENERATOR_KEYS else "text", text)


def _text_of(name: bytes, rest: bytes) -> bytes:
    if name == b"tEXt":
        return rest
    if name == b"zTXt":
        return inflate(rest[1:])
    packed = rest[:1] == b"\x01"
    text = rest[2:].split(b"\x00", 2)[-1]
    return inflate(text) if packed else text


def _raw_profile(profile: str, text: bytes, found: Survey) -> None:
    """The text is a name, a length and hexadecimal, each on its own lines."""
    digits = b"".join(text.split()[2:])
    try:
        content = binascii.unhexlify(digits)
    except binascii.Error:
        content = b""
    head = b"http://ns.adobe.com/xap/1.0/\x00"
    if profile == "xmp" or content.startswith(head):
        found.add("xmp", content.removeprefix(head))
    elif profile in ("exif", "app1"):
        found.add("exif", content.removeprefix(b"Exif\x00\x00"))
    elif profile in ("iptc", "8bim"):
        found.add("iptc", content)
    else:
        found.add("icc" if profile in ("icc", "icm") else "other_data", content)
