"""What imaging takes and gives, its limits, and the one error that people see."""

from dataclasses import dataclass

MAX_FILE_BYTES = 20_000_000
MAX_PIXELS = 50_000_000
"""Of a still picture. The largest picture a platform of ours takes has 33 million."""
MAX_FRAMES = 500
MAX_ANIMATION_PIXELS = 40_000_000
"""Width times height times frames: 320 x 240 for 500 frames, or 1280 x 720 for 43. Writing frames is slow:
31 million pixels of grain took 3.7 seconds on an idle core, and 60 million 25 on a busy machine."""

CONTENT_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
"""The formats that are let in, by Pillow's names, and nothing else."""

FACTS = (
    "gps",
    "place_name",
    "serial_number",
    "person_name",
    "camera",
    "maker_note",
    "thumbnail",
    "exif",
    "xmp",
    "iptc",
    "icc",
    "comment",
    "text",
    "ai_parameters",
    "c2pa",
    "c2pa_valid",
    "c2pa_broken",
    "other_data",
    "trailing_data",
    "animated",
    "animation_dropped",
)
"""Every word that Ingested.facts may hold, in the order it holds them. They are stored in signed content
(gate.content.MediaFacts.found), so a word never changes its meaning; new ones are added."""


class ImageRefused(Exception):
    """A picture was not taken. `message` is for the person who uploaded it: what happened and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Ingested:
    """An upload made into a clean master, and what the original held.

    facts: words of FACTS. digital_source_type: the last part of the IPTC term, such as
    "trainedAlgorithmicMedia", or "". notes: the same in sentences, for the author.
    """

    data: bytes
    content_type: str
    width: int
    height: int
    sha256: str
    facts: tuple[str, ...] = ()
    digital_source_type: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A master as one platform will get it. notes: what was lost on the way, for the author."""

    data: bytes
    content_type: str
    width: int
    height: int
    sha256: str
    notes: tuple[str, ...] = ()
