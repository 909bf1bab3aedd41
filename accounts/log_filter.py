"""Keeps invitation links out of the log: whoever has one can come in."""

from __future__ import annotations

import logging
import re

_LINK = re.compile(r"(/invite/)[^/\s\"?]+")


class HideInvitations(logging.Filter):
    """Masks the token wherever an address is written down: refused requests, errors, access lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if "/invite/" in text:
            record.msg, record.args = _LINK.sub(r"\1•••", text), None
        return True
