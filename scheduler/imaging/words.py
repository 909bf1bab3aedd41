"""The sentences that people read when a file is not taken: what happened, and what to do."""

from scheduler.imaging.types import MAX_ANIMATION_PIXELS, MAX_FILE_BYTES, MAX_FRAMES, MAX_PIXELS

CHOOSE = "Choose a JPEG, PNG, WebP or GIF file."
EMPTY = f"This file is empty. {CHOOSE}"
TOO_HEAVY = (
    f"This file is larger than {MAX_FILE_BYTES // 1_000_000} MB. Make the picture smaller, or save it as "
    "JPEG, and upload that."
)
CUT_OFF = "This picture is not complete: its end is missing. Copy or export it again, and upload that."
DAMAGED = (
    "This picture is damaged and cannot be read. Open it in an image program, save it again as JPEG or PNG, "
    "and upload that."
)
TOO_SLOW = "This picture takes too long to read. Save it again as a smaller JPEG or PNG, and upload that."
TOO_MUCH_MEMORY = (
    "This picture needs more memory to read than one picture may have. Save it again at a smaller size, "
    "and upload that."
)
BUSY = "The server is busy with other pictures. Nothing was stored: upload this one again in a minute."

_UNKNOWN = f"This file is not a picture that we can read. {CHOOSE}"
_EXPORT = "Export it as JPEG or PNG, and upload that."

_HEADS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"II*\x00", f"This is a TIFF or camera raw file, which no platform shows. {_EXPORT}"),
    (0, b"MM\x00*", f"This is a TIFF or camera raw file, which no platform shows. {_EXPORT}"),
    (0, b"II+\x00", f"This is a TIFF file, which no platform shows. {_EXPORT}"),
    (0, b"BM", f"This is a BMP file. {_EXPORT}"),
    (0, b"8BPS", f"This is a Photoshop file. {_EXPORT}"),
    (0, b"%PDF", f"This is a PDF document, not a picture. {_EXPORT}"),
    (0, b"\x00\x00\x01\x00", f"This is an icon file. {_EXPORT}"),
    (0, b"\xff\x0a", f"This is a JPEG XL file, which platforms do not take yet. {_EXPORT}"),
    (0, b"\x00\x00\x00\x0cJXL ", f"This is a JPEG XL file, which platforms do not take yet. {_EXPORT}"),
    (0, b"\x00\x00\x00\x0cjP  ", f"This is a JPEG 2000 file, which platforms do not take. {_EXPORT}"),
    (0, b"PK\x03\x04", f"This is a ZIP archive or an office document, not a picture. {CHOOSE}"),
    (0, b"\x1aE\xdf\xa3", f"This is a video, not a picture. {CHOOSE}"),
    (8, b"AVI ", f"This is a video, not a picture. {CHOOSE}"),
)
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"heif")
_HEIC = (
    "This is a HEIC picture, as phones save them, which platforms do not take. Share or export it as JPEG "
    "(on an iPhone: Settings, Camera, Formats, Most Compatible), and upload that."
)
_AVIF = f"This is an AVIF picture, which platforms do not take yet. {_EXPORT}"
_VIDEO = f"This is a video, not a picture. {CHOOSE}"
_SVG = (
    "This is an SVG drawing. It can hold programs, and no platform takes it. Export it as PNG, "
    "at least 1,200 pixels wide, and upload that."
)
_TEXT = f"This is a text file, not a picture, whatever its name says. {CHOOSE}"
_WEB_PAGE = (
    "This is a web page, not a picture: the download may have failed. Save the picture itself, "
    "and upload that."
)


def refusal(data: bytes) -> str:
    """Why a file of no allowed kind is not taken, by what it holds."""
    if not data:
        return EMPTY
    if data[4:8] == b"ftyp":
        return _of_brand(data[8:12])
    for at, head, message in _HEADS:
        if data.startswith(head, at):
            return message
    return _of_text(data[:4096])


def _of_brand(brand: bytes) -> str:
    if brand in _HEIF_BRANDS:
        return _HEIC
    return _AVIF if brand in (b"avif", b"avis") else _VIDEO


def _of_text(start: bytes) -> str:
    lower = start.lower()
    if b"<svg" in lower:
        return _SVG
    if b"<html" in lower or b"<!doctype html" in lower:
        return _WEB_PAGE
    text = start.decode("utf-8", errors="replace").rstrip("\ufffd")
    printable = all(c.isprintable() or c in "\r\n\t\ufeff" for c in text)
    return _TEXT if text and printable and "\ufffd" not in text else _UNKNOWN


def too_large(width: int, height: int) -> str:
    """A picture over MAX_PIXELS, with its own numbers."""
    return (
        f"This picture has {width:,} x {height:,} pixels, which is {_millions(width * height)} million. "
        f"Up to {_millions(MAX_PIXELS)} million are taken. Make it smaller, and upload that."
    )


def too_many_frames(frames: int, width: int, height: int) -> str:
    """An animation over MAX_FRAMES or MAX_ANIMATION_PIXELS, with its own numbers."""
    return (
        f"This animation has {frames:,} frames of {width:,} x {height:,} pixels. Up to {MAX_FRAMES} frames "
        f"and {_millions(MAX_ANIMATION_PIXELS)} million pixels in all are taken. Make it shorter or smaller, "
        "and upload that."
    )


def _millions(pixels: int) -> str:
    return f"{pixels / 1_000_000:,.1f}".removesuffix(".0")


def does_not_fit(types: tuple[str, ...], size: int) -> str:
    """No rendering keeps a platform's limits."""
    kinds = ", ".join(t.removeprefix("image/").upper() for t in types) or "none"
    return (
        f"This picture cannot be made to fit the platform, which takes {kinds} files up to "
        f"{megabytes(size)}. Choose a simpler or smaller picture."
    )


def animation_does_not_fit(size: int) -> str:
    """No rendering of an animation keeps a platform's limit."""
    return (
        f"This animation cannot be made small enough for the platform, which takes up to {megabytes(size)}. "
        "Make it shorter, or use a still picture."
    )


def megabytes(size: int) -> str:
    """Bytes as people say them."""
    return f"{size / 1_000_000:.1f} MB".replace(".0 ", " ") if size >= 100_000 else f"{size / 1000:.0f} kB"
