"""What a snapshot says: its kind, its text, and whether the passage stands in it."""

from __future__ import annotations

import string

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.evidence import kinds, markup, reading
from tests import factories as make
from tests.evidence.conftest import TIDES

PAGE = "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("data", "said", "kind"),
    [
        (b"%PDF-1.7 ...", "text/html", "application/pdf"),
        (make.picture(), "application/octet-stream", "image/png"),
        (make.picture(kind="JPEG"), "", "image/jpeg"),
        (make.picture(kind="WEBP"), "", "image/webp"),
        (make.picture(kind="GIF"), "", "image/gif"),
        (b"<p>a</p>", "text/html", "text/html; charset=utf-8"),
        ("é".encode("latin-1"), "text/plain; charset=ISO-8859-1", "text/plain; charset=windows-1252"),
        ("é".encode("latin-1"), "text/plain", "text/plain; charset=windows-1252"),
        (b"<!-- x --> <!DOCTYPE html><p>", "", "text/html; charset=utf-8"),
        (b"just words", "", "text/plain; charset=utf-8"),
        ("\ufeffwords".encode("utf-16-le"), "", "text/plain; charset=utf-16"),
        (b'<meta charset="shift_jis"><p>', "text/html", "text/html; charset=shift_jis"),
        (b"words", "text/plain; charset=base64", "text/plain; charset=utf-8"),
        (b"words", "text/plain; charset=idna", "text/plain; charset=utf-8"),
        (b"MZ\x90\x00\x03", "", ""),
        (b"words", "application/msword", ""),
        (b"", "text/plain", ""),
    ],
)
def test_the_bytes_say_what_they_are(data, said, kind):
    assert kinds.of(data, said) == kind


def test_a_page_is_read_as_somebody_reads_it():
    page = markup.read(TIDES)
    assert page.title == "Tide tables & more"
    assert page.text == "Home\nHigh water at the harbour wall is at noon – see below.\nLow water is at six."


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a<br>b", "a\nb"),
        ("<p title='a > b'>c", "c"),
        ("1 < 2 and <3", "1 < 2 and <3"),
        ("a<!-- b -->c<!-- d", "ac"),
        ("<script>if (a < b) '</p>'</script>x", "x"),
        ("<SCRIPT>a</ScRiPt>b", "b"),
        ("<svg><title>t</title><text>u</text></svg>v", "v"),
        ("<head><meta charset=x><p>shown", "shown"),
        ("&lt;script&gt; &amp;amp; &#x41; &#99999999999;", "<script> &amp; A \ufffd"),
        ("<textarea><b>x</b></textarea>", "<b>x</b>"),
        ("<p>a</p><template><p>b</p></template><noscript>c</noscript>", "a"),
        ("İ<script>x</script>ab", "İab"),
        ("<a href=x", ""),
        ("<!doctype html><?xml ?>a</>b", "ab"),
    ],
)
def test_markup(source, text):
    assert markup.read(source).text == text


@given(
    st.lists(
        st.sampled_from(["<p>", "</p>", "<b>", "</b>", "<br>", "word", " ", "&amp;", "<i class='>'>", "é"])
    )
)
def test_plain_markup_reads_as_a_browser_s_parser_reads_it(pieces):
    source = "".join(pieces)
    cleaned = nh3.clean(source, tags={"p", "br"}, attributes={})
    expected = cleaned.replace("<p>", "\n").replace("</p>", "\n").replace("<br>", "\n").replace("&amp;", "&")
    assert markup.read(source).text.split() == expected.split()


@given(st.text(alphabet=string.printable + "éİ\ufeff\u202e"))
def test_any_text_is_read_without_an_error(source):
    assert "\r" not in markup.read(source).text


@pytest.mark.parametrize(
    "piece", ["<div>", "<!--", "<", "<a ", "<!", "</", "<title>", "<script>", "<a x='", "&#1", "<svg>"]
)
def test_hostile_markup_takes_no_longer_than_its_size(piece):
    """With a parser that looks back each of these takes minutes."""
    assert len(markup.read(piece * (200_000 // len(piece))).text) <= 200_000


@pytest.mark.parametrize(
    "quote",
    [
        "High water at the harbour wall is at noon",
        "high  water\nat the harbour wall",
        "is at noon - see below. Low water",
        "har\u00adbour",
    ],
)
def test_a_passage_is_found_however_it_was_typed(quote):
    read = reading.read(TIDES.encode(), PAGE)
    start, end = read.find(quote)
    assert read.says(quote) == "found"
    assert read.text[start:end].split()[0].casefold() == quote.split()[0].replace("\u00ad", "").casefold()


@pytest.mark.parametrize("quote", ["High water at six", "steal", "color", "xx", " "])
def test_what_the_page_does_not_say_is_missing(quote):
    assert reading.read(TIDES.encode(), PAGE).says(quote) == "missing"


def test_nothing_is_looked_up_in_a_pdf_or_a_picture():
    assert reading.read(b"%PDF-1.7 High water", "application/pdf").says("High water") == "unread"
    assert reading.read(make.picture(), "image/png").says("High water") == "unread"


@given(st.text(), st.text(min_size=1))
def test_the_place_of_a_passage_lies_inside_the_text(before, quote):
    read = reading.read(f"{before} {quote}".encode("utf-8", "replace"), "text/plain; charset=utf-8")
    place = read.find(quote.encode("utf-8", "replace").decode())
    assert place is None or 0 <= place[0] < place[1] <= len(read.text)
