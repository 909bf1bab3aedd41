"""Checks that go wrong in every way a check can, for the tests of the runner."""

import time
from collections.abc import Callable

from gate.checks.base import CheckSettings, Finding
from gate.checks.settings import Setting, override
from gate.content import Content


class Raises:
    id, version, clause, title = "raises", "1.0", "4.1", "A check that raises"
    settings: tuple[Setting, ...] = (override(),)

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        raise RuntimeError("no engine")


class TakesTooLong(Raises):
    id, title = "takes-too-long", "A check that takes too long"

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        time.sleep(5)
        return []


class SaysNothing(Raises):
    id, title = "says-nothing", "A check that returns no list"

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        return None  # type: ignore[return-value]


class Passes(Raises):
    id, title = "passes", "A check that finds nothing"

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        return []


class ClockSteps(Passes):
    """While it runs, the machine's clock is set: the test says how."""

    id, title = "clock-steps", "A check during which the clock is set"
    set_the_clock: Callable[[], None]

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        type(self).set_the_clock()
        return []
