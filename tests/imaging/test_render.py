"""A master becomes what one platform takes, the same bytes every time and never too many."""

import dataclasses
import functools
from collections.abc import Callable

import pytest
from PIL import Image, ImageChops

from platforms.base import Limits
from scheduler.imaging import ImageRefused, Rendered, ingest, render, thumbnail
from scheduler.imaging.survey import survey
from tests.imaging import makers

ALL = ("image/jpeg", "image/png", "image/webp", "image/gif")
ROOMY = Limits(
    characters=300,
    images=4,
    image_bytes=5_000_000,
    image_pixels=30_000_000,
    alt_characters=1000,
    image_types=ALL,
)


def limits(*types: str, image_bytes: int = 5_000_000, image_pixels: int = 30_000_000) -> Limits:
    return dataclasses.replace(
        ROOMY, image_types=types or ALL, image_bytes=image_bytes, image_pixels=image_pixels
    )


@functools.cache
def photo_master() -> bytes:
    return ingest(makers.saved(makers.photograph(1200, 900), "JPEG", quality=95)).data


@functools.cache
def see_through_master() -> bytes:
    """Smooth, as such pictures are: grain would make every smaller PNG of it a large one."""
    slope = Image.linear_gradient("L").resize((800, 600), Image.Resampling.BICUBIC)
    round_ = Image.radial_gradient("L").resize((800, 600), Image.Resampling.BICUBIC)
    picture = Image.merge("RGB", (slope, round_, slope.transpose(Image.Transpose.FLIP_LEFT_RIGHT))).convert(
        "RGBA"
    )
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    return ingest(makers.saved(picture, "PNG")).data


def check(result: Rendered, room: Limits) -> Image.Image:
    """Everything that must hold of every rendering; the picture for what is special."""
    picture = makers.opened(result.data)
    assert len(result.data) <= room.image_bytes
    assert picture.width * picture.height <= room.image_pixels
    assert picture.size == (result.width, result.height)
    assert result.content_type in room.image_types
    assert Image.MIME[picture.format or ""] == result.content_type
    assert survey(result.data).blocks == []
    return picture


@pytest.mark.parametrize("make", [photo_master, see_through_master])
def test_a_master_that_fits_is_sent_as_it_is(make: Callable[[], bytes]) -> None:
    master = make()
    result = render(master, ROOMY)
    assert result.data == master
    check(result, ROOMY)


def test_bytes_are_saved_by_quality_before_size() -> None:
    master = photo_master()
    room = limits(image_bytes=int(len(master) * 0.9))
    picture = check(render(master, room), room)
    assert picture.size == (1200, 900)


@pytest.mark.parametrize("part", [0.5, 0.2, 0.08])
def test_a_photograph_gets_under_the_limit(part: float) -> None:
    master = photo_master()
    room = limits(image_bytes=int(len(master) * part))
    picture = check(render(master, room), room)
    assert abs(picture.width / picture.height - 4 / 3) < 0.02


def test_pixels_are_reduced_to_the_limit_and_not_much_further() -> None:
    room = limits(image_pixels=500_000)
    picture = check(render(photo_master(), room), room)
    assert picture.width * picture.height > 480_000


def test_a_drawing_over_the_pixel_limit_stays_png() -> None:
    master = ingest(makers.saved(makers.drawing(2000, 1000), "PNG")).data
    room = limits("image/jpeg", "image/png", image_pixels=500_000)
    assert check(render(master, room), room).format == "PNG"


def test_a_png_becomes_jpeg_where_png_is_not_taken() -> None:
    master = ingest(makers.saved(makers.drawing(), "PNG")).data
    result = render(master, limits("image/jpeg"))
    assert check(result, limits("image/jpeg")).size == (60, 40)
    assert result.notes == ()


@pytest.mark.parametrize("kind", ["image/png", "image/webp"])
def test_a_photograph_becomes_the_one_kind_that_is_taken(kind: str) -> None:
    check(render(photo_master(), limits(kind)), limits(kind))


def test_see_through_parts_are_kept_where_a_kind_that_has_them_is_taken() -> None:
    master = see_through_master()
    for kinds in (("image/png", "image/jpeg"), ("image/webp", "image/jpeg")):
        room = limits(*kinds, image_bytes=len(master) * 7 // 10)
        assert check(render(master, room), room).mode == "RGBA"


def test_see_through_parts_become_white_where_only_jpeg_is_taken_and_it_is_said() -> None:
    picture = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (0, 0, 32, 64))
    result = render(ingest(makers.saved(picture, "PNG")).data, limits("image/jpeg"))
    out = check(result, limits("image/jpeg"))
    pixel = out.getpixel((56, 32))
    assert isinstance(pixel, tuple)
    assert min(pixel) > 250
    assert "white" in result.notes[0]


@functools.cache
def moving_master() -> bytes:
    return ingest(makers.moving_gif(6, (600, 400), duration=[50, 60, 70, 80, 90, 100], loop=0)).data


def test_an_animation_over_the_limit_gets_smaller_and_still_moves() -> None:
    room = limits(image_pixels=60_000)
    result = render(moving_master(), room)
    picture = check(result, room)
    assert getattr(picture, "n_frames", 1) == 6
    assert picture.info["loop"] == 0


def test_an_animation_becomes_still_where_gif_is_not_taken_and_it_is_said() -> None:
    master = moving_master()
    result = render(master, limits("image/jpeg", "image/png"))
    picture = check(result, limits("image/jpeg", "image/png")).convert("RGB")
    first = makers.opened(master).convert("RGB")
    assert ImageChops.difference(picture, first).getbbox() is None
    assert "still" in result.notes[0]


def test_an_animation_that_cannot_fit_is_refused_in_words() -> None:
    with pytest.raises(ImageRefused, match=r"shorter.*still picture"):
        render(moving_master(), limits(image_bytes=500))


@pytest.mark.parametrize("room", [limits(image_bytes=400), limits("image/avif"), limits(image_pixels=0)])
def test_what_cannot_fit_is_refused_in_words(room: Limits) -> None:
    with pytest.raises(ImageRefused, match="cannot be made to fit"):
        render(photo_master(), room)


def test_a_thing_that_is_no_picture_is_refused() -> None:
    with pytest.raises(ImageRefused):
        render(b"not a picture", ROOMY)


def test_hidden_data_never_passes_even_where_everything_else_fits() -> None:
    foreign = makers.saved(makers.drawing(), "JPEG", comment=b"secret")
    result = render(foreign, ROOMY)
    check(result, ROOMY)
    assert b"secret" not in result.data


def test_the_same_master_gives_the_same_bytes() -> None:
    room = limits(image_pixels=100_000)
    for master in (photo_master(), see_through_master(), moving_master()):
        assert render(master, room) == render(master, room)


@pytest.mark.parametrize(
    "make",
    [photo_master, see_through_master, moving_master, lambda: makers.saved(makers.drawing(900, 90), "PNG")],
)
def test_a_thumbnail_is_a_small_webp(make: Callable[[], bytes]) -> None:
    master = make()
    small = thumbnail(master, 200)
    picture = makers.opened(small)
    assert picture.format == "WEBP"
    assert max(picture.size) == 200
    assert survey(small).blocks == []


def test_a_picture_smaller_than_a_thumbnail_keeps_its_size() -> None:
    assert makers.opened(thumbnail(makers.saved(makers.drawing(), "PNG"))).size == (60, 40)
