"""An upload into a clean master: the picture we keep, and the one that renderings come from."""

from PIL import Image

from scheduler.imaging import credentials, decode, encode, findings
from scheduler.imaging.blocks import Survey
from scheduler.imaging.credentials import NOTHING_SAID, Credentials
from scheduler.imaging.types import CONTENT_TYPES

QUALITY = 92
FEW_COLOURS = 16_384
"""Drawings, charts and pictures of screens stay under it, photographs of any size worth posting do not."""


def make_master(data: bytes) -> tuple[dict[str, object], bytes]:
    """The answer of `ingest`: facts, source type and notes of the original, and the clean bytes.

    Raises ImageRefused.
    """
    found = decode.admit(data)
    said = _credentials(data, found)
    facts, source_type = findings.look(found, said)
    moving = found.kind == "GIF" and found.frames > 1
    if found.frames > 1:
        facts.add("animated" if moving else "animation_dropped")
    body, kind = _moving(data, found) if moving else _still(data, found)
    ordered = findings.in_order(facts)
    answer: dict[str, object] = {
        "content_type": CONTENT_TYPES[kind],
        "facts": ordered,
        "digital_source_type": source_type,
        "notes": (*findings.sentences(ordered), *_made_with(said)),
    }
    return answer, body


def _credentials(data: bytes, found: Survey) -> Credentials:
    manifest = found.joined("c2pa")
    return credentials.read(manifest, data, CONTENT_TYPES[found.kind]) if manifest else NOTHING_SAID


def _made_with(said: Credentials) -> tuple[str, ...]:
    return (f"They name “{said.generator}” as the program that wrote the file.",) if said.generator else ()


def _moving(data: bytes, found: Survey) -> tuple[bytes, str]:
    return encode.gif(decode.animation(data, found)), "GIF"


def _still(data: bytes, found: Survey) -> tuple[bytes, str]:
    """JPEG stays JPEG. Others become PNG, without loss, unless they are photographs."""
    image = decode.still(data, found)
    if found.kind == "JPEG":
        return encode.jpeg(image, QUALITY), "JPEG"
    if encode.has_alpha(image) or _has_few_colours(image):
        return encode.png(image), "PNG"
    return encode.jpeg(image, QUALITY, sharp_colours=True), "JPEG"


def _has_few_colours(image: Image.Image) -> bool:
    return image.getcolors(FEW_COLOURS) is not None
