"""What the pictures hid before they were made ready for sending.

Pictures are re-encoded without metadata; what the original held is recorded first (Content.media_facts).
The author learns what would have been given away; a picture whose original nobody looked at is not sent.
"""

from gate.checks.base import CheckSettings, Finding, Level, Span
from gate.checks.settings import Setting, level, override
from gate.checks.texts import also_on, names
from gate.content import Content

NAMES = {
    "gps": "the place where it was taken (GPS)",
    "place_name": "the name of a place",
    "serial_number": "the serial number of a camera or lens",
    "person_name": "the name of a person",
    "camera": "the make and model of the camera",
    "maker_note": "notes of the camera's maker",
    "thumbnail": "a small copy, which may show what was cropped away",
    "exif": "camera data (EXIF)",
    "xmp": "editing data (XMP)",
    "iptc": "caption data (IPTC)",
    "comment": "a comment",
    "text": "a text",
    "ai_parameters": "the instructions of an image generator",
    "c2pa": "content credentials (C2PA), which say how it was made",
    "c2pa_valid": "a signature over them that holds",
    "c2pa_broken": "a signature over them that does not hold",
    "other_data": "data of an unknown kind",
    "trailing_data": "data behind the end of the picture",
}
HARMLESS = frozenset({"icc", "animated", "animation_dropped"})
"""Says nothing about people or places."""


ASKED = (Level.ATTEST, Level.ADVISES)


class ImageMetadata:
    id = "image-metadata"
    version = "1.1"
    clause = "3.2"
    title = "Hidden data in pictures"
    findings = ("broken-credentials", "removed", "unknown")
    settings: tuple[Setting, ...] = (
        level("image-metadata.removed", "Hidden data in the original", Level.ADVISES, ASKED),
        level("image-metadata.broken-credentials", "Content credentials that do not hold", Level.ADVISES),
        override("nobody"),
    )

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        facts = {known.sha256: known for known in content.media_facts}
        found = []
        for sha256, (span, others) in _places(content).items():
            if sha256 not in facts:
                found.append(_unknown(span, others))
            elif hidden := [kind for kind in facts[sha256].found if kind not in HARMLESS]:
                found.append(_removed(hidden, span, others))
                if "c2pa_broken" in hidden:
                    found.append(_broken(span, others))
        return found


def _unknown(span: Span, others: tuple[str, ...]) -> Finding:
    message = also_on("Nothing is known about what the original of this picture held.", others)
    fix = "Remove the picture and add it again from its original file."
    return Finding("image-metadata.unknown", Level.BLOCKS, message, fix, "", span)


def _removed(hidden: list[str], span: Span, others: tuple[str, ...]) -> Finding:
    listed = "; ".join(NAMES.get(kind, kind.replace("_", " ")) for kind in hidden)
    message = also_on(f"The original held hidden data: {listed}. What is sent does not carry it.", others)
    fix = "Nothing to do. If the original is published elsewhere, remove the data there too."
    return Finding("image-metadata.removed", Level.ADVISES, message, fix, "", span)


def _broken(span: Span, others: tuple[str, ...]) -> Finding:
    message = also_on(
        "The original's content credentials do not hold: it or they were changed after signing.", others
    )
    fix = "Ask where the picture comes from, or use the file as its maker signed it."
    question = "I know where this picture comes from and what was changed in it."
    return Finding("image-metadata.broken-credentials", Level.ADVISES, message, fix, question, span)


def _places(content: Content) -> dict[str, tuple[Span, tuple[str, ...]]]:
    """Each picture's first place, and the other channels that carry it."""
    first: dict[str, Span] = {}
    channels: dict[str, dict[int, None]] = {}
    for c, channel in enumerate(content.channels):
        for p, part in enumerate(channel.parts):
            for m, media in enumerate(part.media):
                first.setdefault(media.sha256, Span(c, p, "media", m))
                channels.setdefault(media.sha256, {})[c] = None
    return {
        sha256: (span, names(content, [c for c in channels[sha256] if c != span.channel]))
        for sha256, span in first.items()
    }
