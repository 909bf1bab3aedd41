"""Engines that score how hostile a sentence is. Which one serves is a setting; every result names it."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Protocol, cast

ENGINES: dict[str, str] = {
    "screen": "gate.toxicity.screen.Screen",
    "detoxify": "gate.toxicity.detoxify.DetoxifyEngine",
}


class EngineError(Exception):
    """An engine that cannot be trusted to answer: weights missing, changed or not understood."""


class Engine(Protocol):
    """`trained`: a toxicity model whose scores a person may rely on, besides reading the post."""

    name: str
    version: str
    trained: bool

    def score(self, sentences: Sequence[str]) -> list[dict[str, float]]:
        """For each sentence, label to score (0 to 1)."""
        ...


@cache
def engine(name: str) -> Engine:
    """The engine of this name, loaded at its first use and kept. Raises EngineError: what cannot be loaded
    is never replaced by something weaker in silence."""
    if name not in ENGINES:
        raise EngineError(f"There is no toxicity engine {name!r}; there are {', '.join(ENGINES)}.")
    module, _, attribute = ENGINES[name].rpartition(".")
    try:
        return cast(Engine, getattr(import_module(module), attribute)())
    except ImportError as error:
        raise EngineError(f"The toxicity engine {name!r} is not installed: {error}") from error
