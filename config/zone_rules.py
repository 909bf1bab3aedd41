"""Which rules of time zones are used: the newest that are here.

Python takes the operating system's where there are any, however old they are. The product brings its own with it (the
package tzdata, pinned in requirements-base.txt). In 2026 the two differed by an hour for Morocco in 2027: the release
2025b, of many a system, still moves its clocks around Ramadan, and 2026f does not any more.
"""

from __future__ import annotations

import os
import zoneinfo
from pathlib import Path

import tzdata

VERSION_FILES = ("tzdata.zi", "+VERSION")
"""Debian and most others have the source, which says "# version 2025b" in its first line; macOS and BSD have a file
that holds the release alone."""


def use_newest(folders: tuple[str, ...] = zoneinfo.TZPATH) -> str:
    """Chooses for this process, before the first zone is read. Returns the release used, "" where it isn't known.
    PYTHONTZPATH, where an operator has set it, stands."""
    system = next(filter(None, map(release_in, folders)), "")
    own: str = tzdata.IANA_VERSION
    if os.environ.get("PYTHONTZPATH") is not None or system >= own:
        return system
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
    return own


def release_in(folder: str) -> str:
    """The release of the rules in a folder, such as "2026f"; "" where there are none, or none that says so."""
    for name in VERSION_FILES:
        try:
            first = Path(folder, name).read_text("ascii").split("\n", 1)[0]
        except (OSError, ValueError):
            continue
        return first.removeprefix("# version ").strip()
    return ""
