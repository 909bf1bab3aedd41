"""What an original holds beside its pixels is named, and none of it is in the master."""

import zlib
from collections.abc import Callable

import pytest
from PIL import ExifTags, Image

from scheduler.imaging import FACTS, Ingested, ingest
from scheduler.imaging.survey import survey
from tests.imaging import makers

AI = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
SOURCE_TYPES = {
    "attribute": f'xmlns:Iptc4xmpExt="x" Iptc4xmpExt:DigitalSourceType="{AI}"/>',
    "single quotes and blanks": f"xmlns:Iptc4xmpExt='x' Iptc4xmpExt:DigitalSourceType = '{AI}'/>",
    "element": f"><Iptc4xmpExt:DigitalSourceType>\n {AI}\n</Iptc4xmpExt:DigitalSourceType></rdf:Description>",
    "resource": f'><Iptc4xmpExt:DigitalSourceType rdf:resource="{AI}"/></rdf:Description>',
    "another prefix": f'xmlns:iptcExt="x" iptcExt:digitalSourceType="{AI}"/>',
    "bare term": 'xmlns:Iptc4xmpExt="x" Iptc4xmpExt:DigitalSourceType="trainedAlgorithmicMedia"/>',
}


def is_bare(result: Ingested) -> bool:
    """By our own reader, by Pillow, and by the plain bytes."""
    picture = makers.opened(result.data)
    told = {"exif", "xmp", "icc_profile", "comment", "photoshop", "text", "dpi"} & set(picture.info)
    signs = (b"Exif", b"http://ns.adobe.com", b"Photoshop", b"ICC_PROFILE", b"iCCP", b"JUMBF", b"GPS")
    plain = not any(sign in result.data for sign in signs)
    return survey(result.data).blocks == [] and not told and not dict(picture.getexif()) and plain


def full_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Maker"
    exif[ExifTags.Base.Model] = "Model 3"
    exif[ExifTags.Base.Artist] = "A. Person"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.BodySerialNumber] = "12345"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (38.0, 42.0, 0.0), 3: "W", 4: (9.0, 8.0, 0.0)})
    return exif


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_location_serial_number_name_and_camera_are_found_and_removed(kind: str) -> None:
    result = ingest(makers.saved(makers.drawing(), kind, exif=full_exif()))
    assert result.facts == ("gps", "serial_number", "person_name", "camera", "exif")
    assert "Location data was found and removed." in result.notes
    assert is_bare(result)


def test_a_position_that_is_only_a_version_number_is_no_position() -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[0] = b"\x02\x03\x00\x00"
    assert ingest(makers.saved(makers.drawing(), "JPEG", exif=exif)).facts == ("exif",)


def test_a_thumbnail_in_exif_is_found() -> None:
    thumbnail = makers.saved(makers.drawing(16, 16), "JPEG")
    exif = b"Exif\x00\x00" + makers.exif_with_thumbnail(thumbnail)
    result = ingest(makers.saved(makers.drawing(), "JPEG", exif=exif))
    assert result.facts == ("thumbnail", "exif")
    assert is_bare(result)


def test_damaged_exif_is_still_reported_and_removed() -> None:
    result = ingest(
        makers.jpeg_with(makers.saved(makers.drawing(), "JPEG"), 0xE1, b"Exif\x00\x00MM\x00*\xff\xff")
    )
    assert result.facts == ("exif",)
    assert is_bare(result)


def in_jpeg(xmp: bytes) -> bytes:
    return makers.jpeg_with(makers.saved(makers.drawing(), "JPEG"), 0xE1, makers.XMP_HEAD + xmp)


def in_png(xmp: bytes) -> bytes:
    content = b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + xmp
    return makers.png_with(makers.saved(makers.drawing(), "PNG"), makers.chunk(b"iTXt", content))


def in_packed_png(xmp: bytes) -> bytes:
    content = b"XML:com.adobe.xmp\x00\x01\x00\x00\x00" + zlib.compress(xmp)
    return makers.png_with(makers.saved(makers.drawing(), "PNG"), makers.chunk(b"iTXt", content))


def in_raw_profile(xmp: bytes) -> bytes:
    text = b"\nxmp\n%8d\n" % len(xmp) + xmp.hex().encode() + b"\n"
    content = b"Raw profile type xmp\x00\x00" + zlib.compress(text)
    return makers.png_with(makers.saved(makers.drawing(), "PNG"), makers.chunk(b"zTXt", content))


def in_webp(xmp: bytes) -> bytes:
    return makers.saved(makers.drawing(), "WEBP", xmp=xmp)


def in_gif(xmp: bytes) -> bytes:
    magic = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
    return makers.gif_with(makers.saved(makers.drawing(), "GIF"), b"\x21\xff\x0bXMP DataXMP" + xmp + magic)


@pytest.mark.parametrize("put_in", [in_jpeg, in_png, in_packed_png, in_raw_profile, in_webp, in_gif])
def test_the_digital_source_type_is_read_from_every_kind_of_file(put_in: Callable[[bytes], bytes]) -> None:
    result = ingest(put_in(makers.xmp(SOURCE_TYPES["attribute"])))
    assert result.digital_source_type == "trainedAlgorithmicMedia"
    assert result.facts == ("xmp",)
    assert is_bare(result)


@pytest.mark.parametrize("way", SOURCE_TYPES)
def test_every_way_of_writing_the_digital_source_type_is_read(way: str) -> None:
    assert ingest(in_png(makers.xmp(SOURCE_TYPES[way]))).digital_source_type == "trainedAlgorithmicMedia"


def test_xmp_in_sixteen_bits_is_read() -> None:
    xmp = makers.xmp(SOURCE_TYPES["attribute"]).decode().encode("utf-16-be")
    assert ingest(in_jpeg(xmp)).digital_source_type == "trainedAlgorithmicMedia"


def test_a_camera_source_type_is_told_as_it_is() -> None:
    xmp = makers.xmp(SOURCE_TYPES["attribute"].replace("trainedAlgorithmicMedia", "digitalCapture"))
    assert ingest(in_jpeg(xmp)).digital_source_type == "digitalCapture"


def test_of_several_source_types_the_artificial_one_is_told() -> None:
    both = (
        SOURCE_TYPES["element"]
        .replace("trainedAlgorithmicMedia", "digitalCapture")
        .removesuffix("</rdf:Description>")
    )
    xmp = makers.xmp(both + SOURCE_TYPES["element"].removeprefix(">"))
    assert ingest(in_jpeg(xmp)).digital_source_type == "trainedAlgorithmicMedia"


def test_places_people_and_positions_in_xmp_are_found() -> None:
    xmp = makers.xmp(
        'photoshop:City="Porto" exif:GPSLatitude="41,9N" aux:SerialNumber="7" aux:OwnerName="N"/>'
    )
    assert ingest(in_jpeg(xmp)).facts == ("gps", "place_name", "serial_number", "person_name", "xmp")


def test_iptc_captions_and_the_photoshop_thumbnail_are_found() -> None:
    caption = makers.dataset(80, b"A. Person") + makers.dataset(90, b"Porto")
    resources = makers.photoshop(0x0404, caption) + makers.photoshop(0x040C, b"small picture")
    data = makers.saved(makers.drawing(), "JPEG")
    result = ingest(makers.jpeg_with(data, 0xED, b"Photoshop 3.0\x00" + resources))
    assert result.facts == ("place_name", "person_name", "thumbnail", "iptc")
    assert is_bare(result)


@pytest.mark.parametrize("kind", ["JPEG", "GIF"])
def test_comments_are_found_and_removed(kind: str) -> None:
    result = ingest(makers.saved(makers.drawing(), kind, comment=b"internal: do not publish"))
    assert result.facts == ("comment",)
    assert b"internal" not in result.data
    assert is_bare(result)


def test_text_and_a_generators_instructions_in_png_are_found() -> None:
    author = makers.chunk(b"tEXt", b"Author\x00A. Person")
    words = makers.chunk(b"tEXt", b"parameters\x00a cat, Steps: 20, Sampler: Euler")
    result = ingest(makers.png_with(makers.saved(makers.drawing(), "PNG"), author, words))
    assert result.facts == ("text", "ai_parameters")
    assert is_bare(result)


def test_a_generators_instructions_in_exif_are_found() -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[0x9286] = b"UNICODE\x00" + "a cat\nSteps: 20, Sampler: Euler".encode(
        "utf-16-be"
    )
    assert ingest(makers.saved(makers.drawing(), "JPEG", exif=exif)).facts == ("exif", "ai_parameters")


MANIFEST = b"jumb....c2pa.actions..digitalSourceType" + AI.encode()


def content_credentials() -> dict[str, bytes]:
    picture = makers.drawing()
    return {
        "JPEG": makers.jpeg_with(
            makers.saved(picture, "JPEG"), 0xEB, b"JP\x00\x01\x00\x00\x00\x01" + MANIFEST
        ),
        "PNG": makers.png_with(makers.saved(picture, "PNG"), makers.chunk(b"caBX", MANIFEST)),
        "WEBP": makers.webp_with(makers.saved(picture, "WEBP"), b"C2PA", MANIFEST),
        "GIF": makers.gif_with(
            makers.saved(picture, "GIF"), b"\x21\xff\x0bC2PA_GIF\x01\x00\x00" + makers.sub_blocks(MANIFEST)
        ),
    }


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_content_credentials_are_found_and_what_they_say_is_read(kind: str) -> None:
    result = ingest(content_credentials()[kind])
    assert set(result.facts) - {"c2pa_broken"} == {"c2pa"}
    assert result.digital_source_type == "trainedAlgorithmicMedia"
    assert is_bare(result)


def test_content_credentials_over_several_segments_are_read_as_one() -> None:
    whole = b"\x00\x00\x01\x00jumb" + MANIFEST
    cut = len(whole) - 12
    pieces = [whole[:cut], whole[:8] + whole[cut:]]
    data = makers.saved(makers.drawing(), "JPEG")
    for number, piece in reversed(list(enumerate(pieces, 1))):
        data = makers.jpeg_with(data, 0xEB, b"JP\x00\x01" + number.to_bytes(4, "big") + piece)
    assert ingest(data).digital_source_type == "trainedAlgorithmicMedia"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize(
    "tail", [b"PK\x03\x04 an archive", b"<script>alert(1)</script>", b"\x00\x00\x00\x18ftypmp42 a film"]
)
def test_files_that_are_two_kinds_at_once_lose_the_second(kind: str, tail: bytes) -> None:
    result = ingest(makers.saved(makers.drawing(), kind) + tail)
    assert result.facts == ("trailing_data",)
    assert tail not in result.data
    assert is_bare(result)


def test_padding_after_the_end_is_not_hidden_data() -> None:
    assert ingest(makers.saved(makers.drawing(), "JPEG") + b"\x00" * 512).facts == ()


def test_unknown_blocks_are_told() -> None:
    picture = makers.drawing()
    for data in (
        makers.jpeg_with(makers.saved(picture, "JPEG"), 0xE9, b"who knows"),
        makers.png_with(makers.saved(picture, "PNG"), makers.chunk(b"prVt", b"who knows")),
        makers.webp_with(makers.saved(picture, "WEBP"), b"WHAT", b"who knows"),
        makers.gif_with(makers.saved(picture, "GIF"), b"\x21\xff\x0bUNKNOWN 1.0\x02hi\x00"),
    ):
        assert ingest(data).facts == ("other_data",)


def test_an_animated_gif_loses_its_hidden_data_too() -> None:
    result = ingest(makers.gif_with(makers.moving_gif(3, duration=50), b"\x21\xfe\x06secret\x00"))
    assert result.facts == ("comment", "animated")
    assert b"secret" not in result.data
    assert is_bare(result)


def test_facts_come_in_one_order() -> None:
    result = ingest(makers.saved(makers.drawing(), "JPEG", exif=full_exif(), comment=b"x"))
    assert list(result.facts) == sorted(result.facts, key=FACTS.index)
    assert len(result.notes) == len(result.facts)
