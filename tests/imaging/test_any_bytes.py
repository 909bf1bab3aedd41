"""Bytes that nobody foresaw end in a picture or in ImageRefused, never in another error.

In this process and without its limits, so that our own mistakes show as what they are.
"""

import contextlib

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.imaging import ImageRefused
from scheduler.imaging.blocks import Broken
from scheduler.imaging.survey import survey
from scheduler.imaging.words import refusal
from scheduler.imaging.worker import answer
from tests.imaging import makers

HEADS = (
    b"",
    b"\xff\xd8\xff\xe1",
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    b"GIF89a",
    b"RIFF\xff\x00\x00\x00WEBPVP8X",
)
WHOLE = (
    makers.saved(makers.drawing(), "JPEG", comment=b"x", exif=makers.exif_with_thumbnail(b"\xff\xd8")),
    makers.saved(makers.drawing(), "PNG"),
    makers.saved(makers.drawing(), "WEBP", xmp=b"<x/>", exif=makers.exif_with_thumbnail(b"\xff\xd8")),
    makers.moving_gif(3, duration=50),
    makers.png_with(
        makers.saved(makers.drawing(), "PNG"), makers.chunk(b"eXIf", makers.exif_with_thumbnail(b"\xff"))
    ),
    makers.jpeg_with(
        makers.saved(makers.drawing(), "JPEG"),
        0xED,
        b"Photoshop 3.0\x00" + makers.photoshop(0x0404, b"\x1c\x02\x50"),
    ),
)
CALM = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def taken_or_refused(data: bytes) -> None:
    with contextlib.suppress(ImageRefused):
        head, body = answer({"operation": "ingest"}, data)
        assert survey(body).blocks == []
        assert head["content_type"]


@CALM
@given(st.sampled_from(HEADS), st.binary(max_size=600))
def test_any_bytes_behind_any_head(head: bytes, rest: bytes) -> None:
    taken_or_refused(head + rest)


@CALM
@given(st.sampled_from(WHOLE), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=6))
def test_true_pictures_with_changed_bytes(whole: bytes, changes: list[tuple[float, int]]) -> None:
    data = bytearray(whole)
    for place, value in changes:
        data[int(place * len(data))] = value
    taken_or_refused(bytes(data))


@CALM
@given(st.sampled_from(WHOLE), st.floats(0, 0.999), st.integers(0, 40), st.binary(max_size=40))
def test_true_pictures_with_bytes_cut_out_and_put_in(
    whole: bytes, place: float, cut: int, put: bytes
) -> None:
    at = int(place * len(whole))
    taken_or_refused(whole[:at] + put + whole[at + cut :])


@CALM
@given(st.binary(max_size=300))
def test_every_refusal_has_words(data: bytes) -> None:
    assert refusal(data).endswith(".")
    with contextlib.suppress(Broken):
        assert survey(data).width
