"""What an original holds besides its pixels: the words of FACTS, the declared source, sentences for people.

The gate reads these (image metadata, AI media); what they describe is not in the master.
Sources: Exif 2.32 (CIPA DC-008), IPTC IIM 4.2, XMP specification parts 1 and 2, IPTC photo metadata standard
2023.1 and its news codes http://cv.iptc.org/newscodes/digitalsourcetype/, C2PA 2.2.
"""

import re
import struct
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from PIL import ExifTags, Image

from scheduler.imaging.blocks import Survey
from scheduler.imaging.credentials import NOTHING_SAID, Credentials
from scheduler.imaging.types import FACTS

_SERIALS = frozenset((0xA431, 0xA435, 0xA420, 0xC62F))
"""BodySerialNumber, LensSerialNumber, ImageUniqueID, CameraSerialNumber: each names one device or shot."""
_PEOPLE = frozenset((0x013B, 0xA430, 0x9C9D))
"""Artist, CameraOwnerName, XPAuthor."""
_CAMERA = frozenset((0x010F, 0x0110))
_MAKER_NOTE = 0x927C
_USER_COMMENT = 0x9286
_GPS_VERSION = 0

_XMP_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("gps", re.compile(r"exif:GPSL(?:atitude|ongitude)")),
    ("place_name", re.compile(r"photoshop:City|Iptc4xmpCore:Location|LocationCreated|LocationShown")),
    ("serial_number", re.compile(r"(?:aux|exifEX):\w*SerialNumber")),
    ("person_name", re.compile(r"dc:creator|aux:OwnerName|PersonInImage")),
    ("camera", re.compile(r"tiff:(?:Make|Model)\b")),
    ("thumbnail", re.compile(r"xmp:Thumbnails|xmpGImg:image")),
)
_SOURCE = re.compile(
    r":DigitalSourceType\b(?:\s*=\s*[\"']([^\"'<>]{1,300})|[^<>]{0,300}?rdf:resource\s*=\s*[\"']([^\"'<>]{1,300})"
    r"|[^<>]{0,300}>\s*([^<>\s]{1,300}))",
    re.IGNORECASE,
)
_SOURCE_TERM = re.compile(rb"digitalsourcetype/([A-Za-z]{3,60})", re.IGNORECASE)
_TERM = re.compile(r"[A-Za-z]{3,60}")
_AI_FIRST = (
    "trainedAlgorithmicMedia",
    "compositeWithTrainedAlgorithmicMedia",
    "compositeSynthetic",
    "algorithmicallyEnhanced",
    "algorithmicMedia",
)
"""Where a file says several things, the one that people must be told goes first."""
_GENERATOR = re.compile(rb"Steps: \d+.{0,200}Sampler: |S\x00?t\x00?e\x00?p\x00?s\x00?:\x00? ", re.DOTALL)

_IPTC_PLACES = frozenset((90, 92, 95, 101))
"""City, sublocation, province, country."""
_IPTC_PEOPLE = frozenset((80, 110, 118))
"""By-line, credit, contact."""
_PHOTOSHOP_THUMBNAILS = frozenset((0x0409, 0x040C))
_PHOTOSHOP_IPTC = 0x0404
_IPTC_RECORD = re.compile(rb"\x1c\x02(.)", re.DOTALL)

_SENTENCES = {
    "gps": "Location data was found and removed.",
    "place_name": "The name of a place was found and removed.",
    "serial_number": "The serial number of a camera or lens was found and removed.",
    "person_name": "The name of a person was found in the file's data and removed.",
    "camera": "The camera's make and model were found and removed.",
    "maker_note": "Camera maker's notes were found and removed.",
    "thumbnail": "A hidden small copy of the picture was found and removed.",
    "exif": "Camera data (EXIF) was found and removed.",
    "xmp": "Editing data (XMP) was found and removed.",
    "iptc": "Caption data (IPTC) was found and removed.",
    "icc": "A colour profile was found; the colours were converted to sRGB and the profile removed.",
    "comment": "A hidden comment was found and removed.",
    "text": "Hidden text was found and removed.",
    "ai_parameters": "The instructions of an image generator were found and removed.",
    "c2pa": "Content credentials (C2PA) were found. They do not survive the conversion and were removed.",
    "c2pa_valid": "The signature of the content credentials holds.",
    "c2pa_broken": "The signature of the content credentials does not hold: the picture or they were changed.",
    "other_data": "Data of an unknown kind was found and removed.",
    "trailing_data": "Data hidden behind the end of the picture was found and removed.",
    "animated": "The animation was kept.",
    "animation_dropped": (
        "This picture moves, but only its first frame was kept. To keep it moving, upload it as a GIF."
    ),
}


def sentences(facts: tuple[str, ...]) -> tuple[str, ...]:
    """One sentence for each fact."""
    return tuple(_SENTENCES[fact] for fact in facts)


def in_order(facts: set[str]) -> tuple[str, ...]:
    """The facts in the order of FACTS, so that equal files give equal content."""
    return tuple(fact for fact in FACTS if fact in facts)


def look(found: Survey, said: Credentials = NOTHING_SAID) -> tuple[set[str], str]:
    """The facts of a survey, and the digital source type that the file declares, or "". `said`: what its content
    credentials say, where it has some."""
    facts = found.names() | ({said.state} if said.state else set())
    for exif in found.each("exif"):
        facts |= _in_exif(exif)
    xmp = _text_of(found.joined("xmp"))
    facts |= {fact for fact, sign in _XMP_SIGNS if sign.search(xmp)}
    for resources in found.each("iptc"):
        facts |= _in_iptc(resources)
    return facts, _source_type(xmp, found, said)


def _text_of(xmp: bytes) -> str:
    """XMP is UTF-8, and may be UTF-16 or 32: the zeros go, and what is left of the names is ASCII."""
    return xmp.replace(b"\x00", b"").decode("utf-8", errors="replace")


def _source_type(xmp: str, found: Survey, said: Credentials) -> str:
    declared = ["".join(groups).rstrip("/").rsplit("/", 1)[-1].strip() for groups in _SOURCE.findall(xmp)]
    declared += [term.decode() for term in _SOURCE_TERM.findall(found.joined("xmp"))]
    declared += said.sources
    terms = [term for term in declared if _TERM.fullmatch(term)]
    for term in _AI_FIRST:
        if term.lower() in (t.lower() for t in terms):
            return term
    return terms[0] if terms else ""


def _in_exif(content: bytes) -> set[str]:
    """Directories that are damaged say nothing, and "exif" still says that they were there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _exif_signs(content)


def _exif_signs(content: bytes) -> set[str]:
    exif = Image.Exif()
    base = _readable(lambda: _load(exif, content))
    camera = _readable(lambda: exif.get_ifd(ExifTags.IFD.Exif))
    place = _readable(lambda: exif.get_ifd(ExifTags.IFD.GPSInfo))
    second = _readable(lambda: exif.get_ifd(ExifTags.IFD.IFD1))
    tags = set(base) | set(camera)
    comment = camera.get(_USER_COMMENT, b"")
    signs = {
        "gps": any(tag != _GPS_VERSION for tag in place),
        "serial_number": tags & _SERIALS,
        "person_name": tags & _PEOPLE,
        "camera": tags & _CAMERA,
        "maker_note": _MAKER_NOTE in tags,
        "thumbnail": second,
        "ai_parameters": isinstance(comment, bytes) and _GENERATOR.search(comment),
    }
    return {fact for fact, sign in signs.items() if sign}


def _load(exif: Image.Exif, content: bytes) -> Mapping[int, Any]:
    exif.load(content)
    return exif


def _readable(read: Callable[[], Mapping[int, Any]]) -> dict[int, Any]:
    try:
        return dict(read())
    except (SyntaxError, ValueError, TypeError, KeyError, IndexError, AttributeError, OSError, struct.error):
        return {}


def _in_iptc(resources: bytes) -> set[str]:
    facts: set[str] = set()
    datasets: set[int] = set()
    for number, content in _photoshop(resources):
        if number in _PHOTOSHOP_THUMBNAILS:
            facts.add("thumbnail")
        elif number == _PHOTOSHOP_IPTC:
            datasets |= _datasets(content)
    if not resources.startswith(b"8BIM"):
        datasets |= _datasets(resources)
    if datasets & _IPTC_PLACES:
        facts.add("place_name")
    if datasets & _IPTC_PEOPLE:
        facts.add("person_name")
    return facts


def _datasets(content: bytes) -> set[int]:
    return {match[0] for match in _IPTC_RECORD.findall(content)}


def _photoshop(resources: bytes) -> list[tuple[int, bytes]]:
    """Image resource blocks: "8BIM", number, padded name, length, content padded to an even length."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while resources.startswith(b"8BIM", at) and at + 12 <= len(resources):
        (number,) = struct.unpack_from(">H", resources, at + 4)
        name = resources[at + 6] + 1
        at += 6 + name + name % 2
        if at + 4 > len(resources):
            break
        (length,) = struct.unpack_from(">I", resources, at)
        found.append((number, resources[at + 4 : at + 4 + length]))
        at += 4 + length + length % 2
    return found
