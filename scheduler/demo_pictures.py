"""Pictures of the demo team, drawn here: no file of anybody else's comes with the product."""

from io import BytesIO

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1200, 675
Colour = tuple[int, int, int]


def harbour(sky: Colour = (246, 200, 154), sea: Colour = (47, 93, 124)) -> bytes:
    """A sailing boat before a low sun, as JPEG."""
    picture = _gradient(sky, (122, 166, 194))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((840, 190, 1010, 360), fill=(255, 243, 217))
    draw.rectangle((0, 470, WIDTH, HEIGHT), fill=sea)
    draw.polygon([(225, 470), (340, 280), (455, 470)], fill=(247, 243, 234))
    draw.line([(340, 470), (340, 250)], fill=(64, 52, 43), width=9)
    draw.polygon([(185, 470), (505, 470), (458, 535), (242, 535)], fill=(64, 52, 43))
    for y in range(500, HEIGHT, 28):
        draw.line([(0, y), (WIDTH, y)], fill=tuple(c + 12 for c in sea), width=2)
    return _jpeg(picture)


def beach() -> bytes:
    """Bags on a beach under a pale sky, as JPEG."""
    picture = _gradient((214, 232, 240), (240, 226, 198))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 300, WIDTH, 410), fill=(96, 150, 170))
    draw.rectangle((0, 410, WIDTH, HEIGHT), fill=(231, 209, 166))
    for i, x in enumerate(range(120, 1100, 150)):
        top = 455 + (i % 3) * 26
        draw.ellipse((x, top, x + 92, top + 120), fill=(38, 84, 61))
        draw.rectangle((x + 36, top - 14, x + 56, top + 10), fill=(38, 84, 61))
    return _jpeg(picture)


def seal() -> bytes:
    """A seal's head above the water, as JPEG."""
    picture = _gradient((188, 209, 219), (86, 126, 146))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((470, 210, 760, 500), fill=(92, 96, 104))
    draw.rectangle((0, 430, WIDTH, HEIGHT), fill=(58, 104, 126))
    for x in (545, 650):
        draw.ellipse((x, 300, x + 34, 340), fill=(20, 22, 26))
    draw.ellipse((590, 350, 640, 384), fill=(30, 30, 34))
    return _jpeg(picture)


def _gradient(top: Colour, bottom: Colour) -> Image.Image:
    column = Image.new("RGB", (1, HEIGHT))
    for y in range(HEIGHT):
        share = y / HEIGHT
        column.putpixel((0, y), tuple(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)))
    return column.resize((WIDTH, HEIGHT))


def _jpeg(picture: Image.Image) -> bytes:
    file = BytesIO()
    picture.filter(ImageFilter.SMOOTH).save(file, "JPEG", quality=90)
    return file.getvalue()
