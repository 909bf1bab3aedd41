"""The browser of the tests: the system's Chromium, so that nothing is downloaded."""

from __future__ import annotations

import os
import shutil

LAUNCH = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO_INSTALL = "Chromium is not installed. Debian, Ubuntu: apt-get install chromium"


def find() -> str | None:
    """The path of the one that script/test found, or of one on the search path."""
    names = (os.environ.get("COUNTERSIGN_CHROMIUM", ""), *NAMES)
    return next((found for name in names if name and (found := shutil.which(name))), None)
