"""Long regular expressions, compiled when a text is first held against them.

The expressions of several languages take the `regex` module some 0.2 s together, which every command and every process
of the web server would spend at its start, whether it examines posts or not.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, cast

import regex


class _Later:
    def __init__(self, expression: str, flags: int) -> None:
        self._expression, self._flags = expression, flags

    @cached_property
    def _pattern(self) -> regex.Pattern[str]:
        return regex.compile(self._expression, self._flags)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pattern, name)


def compiled(expression: str, flags: int = 0) -> regex.Pattern[str]:
    """In everything but the time it takes a compiled pattern. A mistake in it shows at its first use."""
    return cast("regex.Pattern[str]", _Later(expression, flags))
