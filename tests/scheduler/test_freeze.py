"""From a post to what is signed."""

from typing import Any

import pytest
from PIL import ExifTags, Image

from accounts.models import Membership
from gate.content import MediaFacts
from scheduler import images
from scheduler.freeze import draft_content, freeze
from scheduler.models import Post
from tests import factories as make
from tests.imaging import makers

SOURCE = 'xmlns:Iptc4xmpExt="x" Iptc4xmpExt:DigitalSourceType="{}"/>'


def located() -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = "A camera's own"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (38.0, 42.0, 0.0), 3: "W", 4: (9.0, 8.0, 0.0)})
    return makers.saved(makers.drawing(), "PNG", exif=exif)


def from_source(kind: str) -> bytes:
    text = b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + makers.xmp(SOURCE.format(kind))
    return makers.png_with(makers.saved(makers.drawing(), "PNG"), makers.chunk(b"iTXt", text))


def frozen_facts(author: Membership, *originals: bytes) -> list[tuple[MediaFacts, ...]]:
    """What is known about the pictures in the draft and in the frozen content."""
    post = make.post(author)
    for number, data in enumerate(originals, 1):
        post = Post.objects.get(pk=post.pk)
        given: dict[str, Any] = {"data": data, "filename": f"{number}.png", "alt": "A drawing"}
        images.add(post_id=post.pk, version=post.version, member=author, **given)
    return [draft_content(post).media_facts, freeze(post).media_facts]


def test_the_same_pixels_twice_keep_what_either_original_held(author: Membership) -> None:
    plain = makers.saved(makers.drawing(), "PNG")
    for (facts,) in frozen_facts(author, located(), from_source("digitalCapture"), plain):
        assert facts.filename == "1.png"
        assert set(facts.found) == {"gps", "exif", "xmp"}
        assert len(facts.found) == 3
        assert facts.digital_source_type == "digitalCapture"


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_source_types_the_one_that_says_ai_is_kept(author: Membership, turned: bool) -> None:
    originals = [from_source("trainedAlgorithmicMedia"), from_source("digitalCapture")]
    for (facts,) in frozen_facts(author, *(reversed(originals) if turned else originals)):
        assert facts.digital_source_type == "trainedAlgorithmicMedia"
