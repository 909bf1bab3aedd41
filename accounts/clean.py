"""What browsers send, made fit to be read: text without control characters, and numbers that a row may have.

`accounts.middleware.CleanMiddleware` does the first for every form and every query of the product, so that no view
can forget it. PostgreSQL stores no NUL, and no control character but the line ends and the tab is anything that a
person meant to publish.
"""

from __future__ import annotations

from typing import Final

from django.http import QueryDict

LARGEST: Final = 2**63 - 1
"""The largest number that both databases hold."""
_CONTROLS: Final = dict.fromkeys(code for code in range(32) if chr(code) not in "\t\n\r")


def clean(text: str) -> str:
    """The text without the control characters U+0000 to U+001F; tabs and line ends stay."""
    return text.translate(_CONTROLS)


def sentence(text: str) -> str:
    """The text with a full stop, unless it ends like a sentence already: titles that were cut end in "…"."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def clean_all(data: QueryDict) -> None:
    """Cleans every value of a form or a query where it is; one that needs nothing is left alone."""
    unclean = {name: values for name, values in data.lists() if any(v != clean(v) for v in values)}
    if not unclean:
        return
    was, data._mutable = data._mutable, True
    for name, values in unclean.items():
        data.setlist(name, [clean(value) for value in values])
    data._mutable = was


def number(text: str, *, most: int = LARGEST) -> int | None:
    """A whole number from 0 to `most` in plain digits; None for anything else, however long it is."""
    if not (text.isascii() and text.isdigit()):
        return None
    digits = text.lstrip("0") or "0"
    if len(digits) > len(str(most)):  # int() refuses thousands of digits, and takes long over hundreds
        return None
    return found if (found := int(digits)) <= most else None
