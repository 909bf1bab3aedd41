"""Real files for the tests: pictures by Pillow, and by hand where Pillow would not write such a thing."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\x00"


def drawing(width: int = 60, height: int = 40) -> Image.Image:
    """Four fields of colour: few colours, and every turn of it looks different."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("lime", (width // 2, 0, width, height // 2))
    image.paste("blue", (0, height // 2, width // 2, height))
    image.paste("yellow", (width // 2, height // 2, width, height))
    return image


def photograph(width: int = 400, height: int = 300) -> Image.Image:
    """As many colours as a photograph has, the same on every run."""
    slope = Image.linear_gradient("L").resize((width, height))
    round_ = Image.radial_gradient("L").resize((width, height))
    grain = Image.frombytes(
        "L", (width, height), bytes((i * i * 31 >> 3) & 255 for i in range(width * height))
    )
    return Image.merge("RGB", (slope, round_, grain))


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_with(png: bytes, *chunks: bytes) -> bytes:
    """The chunks are put behind the header."""
    return png[:33] + b"".join(chunks) + png[33:]


def empty_png(width: int, height: int, depth: int = 1, colour_type: int = 0) -> bytes:
    """A true PNG of zeros: a few KB for hundreds of megapixels."""
    channels = {0: 1, 2: 3, 6: 4}[colour_type]
    row = bytes(1 + (width * depth * channels + 7) // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def jpeg_with(jpeg: bytes, marker: int, content: bytes) -> bytes:
    """The segment is put behind the start of the image."""
    return jpeg[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content + jpeg[2:]


def webp_with(webp: bytes, name: bytes, content: bytes) -> bytes:
    body = webp[8:] + struct.pack("<4sI", name, len(content)) + content + b"\x00" * (len(content) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif_with(gif: bytes, extension: bytes) -> bytes:
    """The extension is put before the trailer."""
    return gif[:-1] + extension + b"\x3b"


def sub_blocks(content: bytes) -> bytes:
    pieces = [content[at : at + 255] for at in range(0, len(content), 255)]
    return b"".join(bytes((len(piece),)) + piece for piece in pieces) + b"\x00"


def moving_gif(frames: int = 4, size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    """A white field moves over a drawing."""
    pictures = []
    for number in range(frames):
        picture = drawing(*size)
        picture.paste("white", (number * 5, 5, number * 5 + 10, 15))
        pictures.append(picture)
    return saved(pictures[0], "GIF", save_all=True, append_images=pictures[1:], **options)


def endless_gif(frames: int) -> bytes:
    """Very many frames of one pixel, by hand."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return head + frame * frames + b"\x3b"


def photoshop(number: int, content: bytes) -> bytes:
    block = b"8BIM" + struct.pack(">H", number) + b"\x00\x00" + struct.pack(">I", len(content)) + content
    return block + b"\x00" * (len(content) % 2)


def dataset(number: int, text: bytes) -> bytes:
    """One IPTC dataset of record 2."""
    return b"\x1c\x02" + bytes((number,)) + struct.pack(">H", len(text)) + text


def xmp(properties: str) -> bytes:
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        f"{properties}</rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
    ).encode()


def exif_with_thumbnail(thumbnail: bytes) -> bytes:
    """A TIFF with one empty directory and a second one that points to a small JPEG."""
    second = 8 + 2 + 4
    at = second + 2 + 2 * 12 + 4
    entries = struct.pack(">HHII", 0x0201, 4, 1, at) + struct.pack(">HHII", 0x0202, 4, 1, len(thumbnail))
    head = b"MM\x00*" + struct.pack(">I", 8) + struct.pack(">HI", 0, second)
    return head + struct.pack(">H", 2) + entries + struct.pack(">I", 0) + thumbnail
