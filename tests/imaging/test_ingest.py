"""An upload becomes a clean master: the same picture, the right way up, in sRGB, with nothing beside it."""

import hashlib
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms

from scheduler.imaging import ingest
from scheduler.imaging.survey import survey
from tests.imaging import makers

# Exif 2.32, 4.6.4 A, Orientation: which side of the scene the stored row 0 and column 0 are.
SIDES = {
    1: ("top", "left"),
    2: ("top", "right"),
    3: ("bottom", "right"),
    4: ("bottom", "left"),
    5: ("left", "top"),
    6: ("right", "top"),
    7: ("right", "bottom"),
    8: ("left", "bottom"),
}


def stored_as(scene: Image.Image, orientation: int) -> Image.Image:
    """The scene as a camera stores it, straight from the words of the standard."""
    row_side, column_side = SIDES[orientation]
    turned = row_side in ("left", "right")
    width, height = (scene.height, scene.width) if turned else scene.size
    stored = Image.new("RGB", (width, height))
    for row in range(height):
        for column in range(width):
            place = {
                row_side: row,
                column_side: column,
            }
            x = place["left"] if "left" in place else scene.width - 1 - place["right"]
            y = place["top"] if "top" in place else scene.height - 1 - place["bottom"]
            colour = scene.getpixel((x, y))
            assert isinstance(colour, tuple)
            stored.putpixel((column, row), colour)
    return stored


def oriented(value: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def same(left: Image.Image, right: Image.Image) -> bool:
    return left.size == right.size and ImageChops.difference(left, right).getbbox() is None


def close(left: tuple[int, ...] | float | None, right: tuple[int, ...], within: int = 12) -> bool:
    assert isinstance(left, tuple)
    return all(abs(a - b) <= within for a, b in zip(left, right, strict=True))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_exactly(orientation: int) -> None:
    scene = makers.drawing(12, 8)
    data = makers.saved(stored_as(scene, orientation), "PNG", exif=oriented(orientation))
    result = ingest(data, "turned.png")
    assert same(makers.opened(result.data).convert("RGB"), scene)
    assert (result.width, result.height) == (12, 8)
    assert "exif" in result.facts


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_a_jpeg_is_applied(orientation: int) -> None:
    scene = makers.drawing(64, 32)
    result = ingest(
        makers.saved(stored_as(scene, orientation), "JPEG", quality=95, exif=oriented(orientation))
    )
    picture = makers.opened(result.data)
    assert picture.size == (64, 32)
    for place, colour in {(8, 8): (255, 0, 0), (56, 8): (0, 255, 0), (8, 24): (0, 0, 255)}.items():
        assert close(picture.getpixel(place), colour)


def test_a_jpeg_stays_a_jpeg_and_loses_nothing_that_can_be_seen() -> None:
    photograph = makers.photograph()
    result = ingest(makers.saved(photograph, "JPEG", quality=95))
    assert result.content_type == "image/jpeg"
    assert (result.width, result.height) == photograph.size
    assert result.sha256 == hashlib.sha256(result.data).hexdigest()
    assert result.facts == ()
    assert result.notes == ()


def test_a_grey_jpeg_stays_grey() -> None:
    assert makers.opened(ingest(makers.saved(Image.linear_gradient("L"), "JPEG")).data).mode == "L"


def test_a_drawing_stays_png_without_loss() -> None:
    result = ingest(makers.saved(makers.drawing(), "PNG"))
    assert result.content_type == "image/png"
    assert same(makers.opened(result.data).convert("RGB"), makers.drawing())


def test_a_photograph_in_png_becomes_jpeg() -> None:
    assert ingest(makers.saved(makers.photograph(), "PNG")).content_type == "image/jpeg"


def test_transparency_is_kept() -> None:
    picture = makers.photograph().convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    result = ingest(makers.saved(picture, "PNG"))
    assert result.content_type == "image/png"
    assert same(makers.opened(result.data), picture)


def test_a_palette_with_transparency_is_kept() -> None:
    picture = makers.drawing().quantize(4)
    transparent = picture.getpixel((0, 0))
    result = ingest(makers.saved(picture, "PNG", transparency=transparent))
    out = makers.opened(result.data).convert("RGBA")
    assert out.getpixel((0, 0)) == (255, 0, 0, 0)
    assert out.getpixel((59, 39)) == (255, 255, 0, 255)


def test_transparency_that_hides_nothing_goes() -> None:
    result = ingest(makers.saved(makers.photograph().convert("RGBA"), "PNG"))
    assert result.content_type == "image/jpeg"


@pytest.mark.parametrize("value", [0, 0x40, 0x8000, 0xFFFF])
def test_sixteen_bit_grey_keeps_its_brightness(value: int) -> None:
    picture = Image.new("I;16", (4, 4), value)
    result = ingest(makers.saved(picture, "PNG"))
    assert makers.opened(result.data).convert("L").getpixel((1, 1)) == value // 256


@pytest.mark.parametrize("colour_type", [2, 6])
def test_sixteen_bit_colour_is_read(colour_type: int) -> None:
    result = ingest(makers.empty_png(30, 20, 16, colour_type))
    assert (result.content_type, result.width, result.height) == ("image/png", 30, 20)


def test_a_cmyk_jpeg_becomes_rgb() -> None:
    result = ingest(makers.saved(Image.new("CMYK", (32, 32), (0, 255, 255, 0)), "JPEG"))
    picture = makers.opened(result.data)
    assert picture.mode == "RGB"
    assert close(picture.getpixel((16, 16)), (255, 0, 0))


def test_colours_are_converted_by_the_profile_and_the_profile_goes() -> None:
    profile = swapped_profile()
    result = ingest(makers.saved(Image.new("RGB", (32, 32), (250, 10, 10)), "PNG", icc_profile=profile))
    assert close(makers.opened(result.data).convert("RGB").getpixel((5, 5)), (10, 250, 10), within=25)
    assert "icc" in result.facts
    assert survey(result.data).blocks == []


def test_the_profile_of_a_see_through_picture_is_used_too() -> None:
    picture = Image.new("RGBA", (32, 32), (250, 10, 10, 100))
    out = makers.opened(ingest(makers.saved(picture, "PNG", icc_profile=swapped_profile())).data)
    assert close(out.getpixel((5, 5)), (10, 250, 10, 100), within=25)


def swapped_profile() -> bytes:
    """An sRGB profile whose red and green are exchanged, so that using it cannot be missed."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = (bytes(profile).index(tag) for tag in (b"rXYZ", b"gXYZ"))
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


@pytest.mark.parametrize("profile", [b"rubbish" * 30, b"\x00" * 400])
def test_a_damaged_profile_is_left_out(profile: bytes) -> None:
    result = ingest(makers.saved(makers.drawing(), "PNG", icc_profile=profile))
    assert same(makers.opened(result.data).convert("RGB"), makers.drawing())


def test_a_profile_for_other_colours_is_left_out() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    result = ingest(makers.saved(makers.drawing(), "PNG", icc_profile=lab))
    assert same(makers.opened(result.data).convert("RGB"), makers.drawing())


def frames_of(data: bytes) -> list[tuple[Image.Image, int]]:
    image = makers.opened(data)
    found = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        found.append((image.convert("RGBA"), image.info["duration"]))
    return found


def test_an_animated_gif_stays_one_frame_by_frame() -> None:
    data = makers.moving_gif(4, duration=[100, 200, 300, 400], loop=3)
    result = ingest(data)
    assert result.content_type == "image/gif"
    assert result.facts == ("animated",)
    before, after = frames_of(data), frames_of(result.data)
    assert [time for _, time in after] == [100, 200, 300, 400]
    assert all(same(a, b) for (a, _), (b, _) in zip(before, after, strict=True))
    assert makers.opened(result.data).info["loop"] == 3


def test_an_animated_gif_with_holes_keeps_them() -> None:
    pictures = []
    for number in range(4):
        picture = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
        picture.paste((255, 80 * number, 0, 255), (number * 8, 5, number * 8 + 10, 15))
        pictures.append(picture)
    data = makers.saved(
        pictures[0], "GIF", save_all=True, append_images=pictures[1:], disposal=2, duration=80
    )
    before, after = frames_of(data), frames_of(ingest(data).data)
    assert len(after) == 4
    for (left, _), (right, _) in zip(before, after, strict=True):
        assert same(left.getchannel("A"), right.getchannel("A"))
        assert same(on_black(left), on_black(right))


def on_black(image: Image.Image) -> Image.Image:
    ground = Image.new("RGBA", image.size, "black")
    return Image.alpha_composite(ground, image).convert("RGB")


def test_a_gif_that_plays_once_still_does() -> None:
    assert "loop" not in makers.opened(ingest(makers.moving_gif(3, duration=50)).data).info


def test_a_gif_that_does_not_move_becomes_png() -> None:
    result = ingest(makers.saved(makers.drawing(), "GIF"))
    assert result.content_type == "image/png"
    assert result.facts == ()


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_other_animations_keep_the_first_frame_and_say_so(kind: str) -> None:
    first, second = makers.drawing(), Image.new("RGB", (60, 40), "white")
    options = {"lossless": True} if kind == "WEBP" else {}
    result = ingest(makers.saved(first, kind, save_all=True, append_images=[second], duration=90, **options))
    assert result.content_type == "image/png"
    assert result.facts == ("animation_dropped",)
    assert "GIF" in result.notes[0]
    assert same(makers.opened(result.data).convert("RGB"), first)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_the_name_does_not_decide_the_kind(kind: str) -> None:
    assert ingest(makers.saved(makers.drawing(), kind), "holiday.txt").width == 60


def test_the_same_upload_gives_the_same_bytes() -> None:
    uploads = [
        makers.saved(makers.photograph(), "JPEG"),
        makers.saved(makers.drawing(), "PNG"),
        makers.saved(makers.photograph(), "WEBP"),
        makers.moving_gif(5, duration=40),
    ]
    for data in uploads:
        assert ingest(data) == ingest(data)


def test_a_path_is_read(tmp_path: Path) -> None:
    file = tmp_path / "drawing.png"
    file.write_bytes(makers.saved(makers.drawing(), "PNG"))
    assert ingest(file, file.name) == ingest(file.read_bytes(), "other")


def test_the_largest_still_picture_is_read_in_the_memory_that_there_is() -> None:
    result = ingest(makers.empty_png(8000, 6250, 16, 6))
    assert (result.width, result.height) == (8000, 6250)
