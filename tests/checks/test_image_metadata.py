import pytest

from gate.checks.base import Level, Span
from gate.checks.image_metadata import ImageMetadata
from gate.content import Content, MediaFacts
from tests.checks.make import ANSWERED, channel, found, image, post

CHECK = ImageMetadata()
PICTURE = image()


@pytest.mark.parametrize(
    "hidden", ["gps", "serial_number", "thumbnail", "xmp", "exif", "comment", "something_new"]
)
def test_what_was_removed_is_told(hidden):
    content = post("Hi", media=(PICTURE,), facts=(MediaFacts(PICTURE.sha256, found=(hidden, "icc")),))
    (finding,) = found(CHECK, content)
    assert (finding.id, finding.level) == ("image-metadata.removed", Level.ADVISES)
    assert finding.span == Span(0, 0, "media", 0)
    assert "icc" not in finding.message


def test_everything_that_was_found_is_in_one_finding():
    content = post(
        "Hi", media=(PICTURE,), facts=(MediaFacts(PICTURE.sha256, found=("gps", "serial_number")),)
    )
    (finding,) = found(CHECK, content)
    assert "GPS" in finding.message
    assert "serial number" in finding.message


@pytest.mark.parametrize("harmless", [(), ("icc",), ("icc", "animated")])
def test_a_clean_picture_passes(harmless):
    content = post("Hi", media=(PICTURE,), facts=(MediaFacts(PICTURE.sha256, found=harmless),))
    assert found(CHECK, content) == []


def test_a_picture_that_nobody_inspected_blocks():
    content = post("Hi", media=(PICTURE,), facts=(MediaFacts(image("other").sha256),))
    (finding,) = found(CHECK, content)
    assert (finding.id, finding.level) == ("image-metadata.unknown", Level.BLOCKS)


def test_facts_about_a_picture_that_is_not_sent_say_nothing():
    assert found(CHECK, post("Hi", facts=(MediaFacts(PICTURE.sha256, found=("gps",)),))) == []


def test_one_picture_on_two_channels_is_one_finding():
    channels = (channel("Hi", media=(PICTURE,)), channel("Ho", account="two", media=(PICTURE,)))
    (finding,) = found(CHECK, Content(channels, ANSWERED))
    assert finding.message.endswith("Also on sandbox @two.")
