"""What kind of thing some bytes are. The bytes decide; what a server or a file name says of them only breaks ties."""

from __future__ import annotations

import codecs
import re
from email.message import Message
from typing import Final

PAGE, TEXT, PDF = "text/html", "text/plain", "application/pdf"
IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What browsers draw and cannot run."""
READABLE: Final = frozenset({PAGE, TEXT})
"""What has a text that we read."""

_MARKS: Final = (
    (re.compile(rb"%PDF-"), PDF),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
)
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_STARTS_AS_A_PAGE: Final = re.compile(r"\s*(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html)\b", re.I | re.S)
_NAMES_ITS_CHARSET: Final = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,30})""", re.I
)
_PAGES: Final = frozenset({PAGE, "application/xhtml+xml"})
_NO_TEXT: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
"""Controls that stand in no text (form feed and escape are seen in old ones)."""


def of(data: bytes, said: str = "") -> str:
    """Its content type with the charset where it is a text: "text/html; charset=utf-8". "" for what is none of the
    kinds that are kept. `said`: a Content-Type header."""
    for mark, kind in _MARKS:
        if mark.match(data):
            return kind
    claimed, charset = _header(said)
    if claimed and claimed not in _PAGES and not claimed.startswith("text/"):
        return ""
    used = _charset(data, charset)
    text = data.decode(used, errors="replace")
    if not data or _NO_TEXT.search(text):
        return ""
    page = claimed in _PAGES or (claimed in ("", TEXT) and _STARTS_AS_A_PAGE.match(text))
    return f"{PAGE if page else TEXT}; charset={used}"


def base(content_type: str) -> str:
    """ "text/html" of "text/html; charset=utf-8"."""
    return content_type.partition(";")[0].strip()


def decoded(data: bytes, content_type: str) -> str:
    """The text of a readable thing, by the charset that `of` found."""
    return data.decode(_header(content_type)[1] or "utf-8", errors="replace")


def _header(said: str) -> tuple[str, str]:
    message = Message()
    message["Content-Type"] = said or "x/x"
    kind = message.get_content_type() if said.strip() else ""
    return kind, _known(str(message.get_param("charset") or ""))


def _charset(data: bytes, said: str) -> str:
    """By the WHATWG's order: the mark at its beginning, what the server says, what the page says; else UTF-8 if it is
    that, and the old encoding of the web if not."""
    for bom, name in _BOMS:
        if data.startswith(bom):
            return name
    named = _NAMES_ITS_CHARSET.search(data[:4096])
    found = said or (_known(named[1].decode("ascii")) if named else "")
    if found:
        return found
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _known(name: str) -> str:
    """The charset's own name where Python reads it as text; "" otherwise. "latin-1" means windows-1252 on the web."""
    try:
        codec = codecs.lookup(name)
        "".encode(codec.name)  # LookupError for codecs of bytes, such as base64
    except (LookupError, ValueError, UnicodeError):
        return ""
    if codec.name in ("undefined", "idna", "punycode", "unicode_escape", "raw_unicode_escape"):
        return ""
    return "windows-1252" if codec.name in ("iso8859-1", "ascii") else codec.name
