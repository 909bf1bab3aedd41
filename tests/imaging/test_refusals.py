"""What is not taken, and that the person is told what happened and what to do."""

import zlib
from pathlib import Path

import pytest
from PIL import Image

from scheduler.imaging import ImageRefused, ingest, words
from scheduler.imaging.types import MAX_FILE_BYTES
from tests.imaging import makers


def refusal(data: bytes, name: str = "holiday.jpg") -> str:
    with pytest.raises(ImageRefused) as caught:
        ingest(data, name)
    return caught.value.message


def test_a_small_png_of_200_megapixels_is_refused_with_its_numbers() -> None:
    bomb = makers.empty_png(20_000, 10_000)
    assert len(bomb) < 30_000
    message = refusal(bomb)
    assert "20,000 x 10,000" in message
    assert "200 million" in message
    assert "Up to 50 million" in message


def test_a_header_alone_is_enough_to_refuse_a_giant() -> None:
    """The header says 4 gigapixels, and there is nothing behind it to decode."""
    giant = makers.empty_png(1, 1).replace(b"\x00\x00\x00\x01\x00\x00\x00\x01", b"\x00\x00\xff\xff" * 2)
    assert "pixels" in refusal(giant)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF"])
def test_giants_of_other_kinds_are_refused(kind: str) -> None:
    data = bytearray(makers.saved(makers.drawing(), kind, **({"lossless": False} if kind == "WEBP" else {})))
    big = 16_000
    if kind == "JPEG":
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = big.to_bytes(2, "big") * 2
    elif kind == "WEBP":
        at = data.index(b"\x9d\x01\x2a") + 3
        data[at : at + 4] = big.to_bytes(2, "little") * 2
    else:
        data[6:10] = big.to_bytes(2, "little") * 2
    assert "256 million" in refusal(bytes(data))


def test_a_gif_whose_frame_is_larger_than_its_screen_is_measured_by_the_frame() -> None:
    data = bytearray(makers.endless_gif(2))
    at = data.index(b"\x2c")
    data[at + 5 : at + 9] = (30_000).to_bytes(2, "little") * 2
    assert "900 million" in refusal(bytes(data))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_files_without_their_end_are_refused(kind: str, keep: float) -> None:
    data = makers.saved(makers.photograph(), kind)
    assert "its end is missing" in refusal(data[: int(len(data) * keep)])


def test_pixels_that_end_too_early_are_refused_although_the_file_has_an_end() -> None:
    whole = makers.empty_png(100, 100)
    packed = whole.index(b"IDAT") - 4
    broken = whole[:packed] + makers.chunk(b"IDAT", b"\x78\x9c") + makers.chunk(b"IEND", b"")
    assert "its end is missing" in refusal(broken)


def test_a_text_file_named_jpg_is_refused_in_clear_words() -> None:
    message = refusal("Notes of the meeting: ação 1, 2, 3.\n".encode())
    assert "text file" in message
    assert "JPEG, PNG, WebP or GIF" in message


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "web page"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIC"),
        (b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00", "AVIF"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00", "video"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04\x14\x00", "ZIP"),
        (b"\x01\x02\x03\x04 nobody knows", "not a picture that we can read"),
    ],
)
def test_other_files_are_named_and_refused(data: bytes, says: str) -> None:
    message = refusal(data)
    assert says in message
    assert any(todo in message for todo in ("Choose", "upload"))


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "ICO", "JPEG2000"])
def test_picture_formats_that_are_not_let_in_say_what_to_do(kind: str) -> None:
    assert "Export it as JPEG or PNG" in refusal(makers.saved(makers.drawing(32, 32), kind))


@pytest.mark.parametrize(
    "head", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x04\x00\x00\x00WEBP"]
)
def test_first_bytes_alone_are_no_picture(head: bytes) -> None:
    assert refusal(head)
    assert refusal(head + b"rubbish" * 50)


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "large.png"
    with file.open("wb") as out:
        out.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(ImageRefused, match="larger than 20 MB"):
        ingest(file, file.name)
    assert "larger than 20 MB" in refusal(bytes(MAX_FILE_BYTES + 1))


def test_an_animation_of_very_many_frames_is_refused_without_decoding_them() -> None:
    message = refusal(makers.endless_gif(100_000))
    assert "100,000 frames" in message
    assert "Up to 500" in message


def test_an_animation_with_few_frames_and_too_many_pixels_is_refused() -> None:
    frames = [Image.new("P", (4000, 2000), number) for number in range(9)]
    data = makers.saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50)
    assert "9 frames of 4,000 x 2,000" in refusal(data)


def test_an_apng_that_claims_very_many_frames_is_refused() -> None:
    claim = makers.chunk(b"acTL", (1_000_000).to_bytes(4, "big") + bytes(4))
    assert "1,000,000 frames" in refusal(makers.png_with(makers.saved(makers.drawing(), "PNG"), claim))


def test_a_gif_made_of_very_many_blocks_is_given_up() -> None:
    head = b"GIF89a" + bytes((1, 0, 1, 0, 0, 0, 0))
    assert refusal(head + b"\x21\xfe" + b"\x01x" * 900_000 + b"\x00\x3b") == words.DAMAGED


def test_text_that_unpacks_to_gigabytes_does_no_harm() -> None:
    packed = zlib.compress(bytes(200_000_000), 9)
    bomb = makers.chunk(b"zTXt", b"Comment\x00\x00" + packed)
    assert refusal(makers.png_with(makers.saved(makers.drawing(), "PNG"), bomb))
