"""A check that cannot run."""

from gate.checks.base import CheckSettings, Finding
from gate.content import Content


class Broken:
    id = "word-list"
    version = "1.0"
    clause = "6.1"
    title = "A check that breaks"

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        raise RuntimeError("no engine")
