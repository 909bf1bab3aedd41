"""Engines that score how hostile a sentence is. Which one serves is a setting; every result names it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Final, Protocol, cast

from gate.toxicity import installed
from gate.toxicity.errors import EngineError

__all__ = [
    "ENGINES",
    "Engine",
    "EngineError",
    "Place",
    "chosen",
    "configure",
    "engine",
    "mark",
    "place",
]

ENGINES: dict[str, str] = {
    "screen": "gate.toxicity.screen.Screen",
    "screen-unremembered": "gate.toxicity.screen.Unremembered",
    "detoxify": "gate.toxicity.onnx.Detoxify",
}
AUTO: Final = "auto"


class Engine(Protocol):
    """`trained`: a toxicity model whose scores a person may rely on, besides reading the post."""

    name: str
    version: str
    trained: bool

    def score(self, sentences: Sequence[str]) -> list[dict[str, float]]:
        """For each sentence, label to score (0 to 1)."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where `manage.py toxicity install` puts the model, and how many processor threads it may use."""

    folder: Path = Path("var/toxicity")
    threads: int = 2


_place = Place()
_loaded: dict[str, tuple[object, Engine]] = {}
_loading = Lock()


def configure(folder: Path, threads: int) -> None:
    """Called once at start, since checks know no settings of the installation. Forgets what was loaded."""
    global _place
    _place = Place(folder, threads)
    _loaded.clear()


def place() -> Place:
    return _place


def chosen(name: str) -> str:
    """The engine that serves where `name` is set: for "auto" the trained model where one is installed, in whatever
    state, and the embedded screen otherwise."""
    if name != AUTO:
        return name
    return "detoxify" if installed.exists(_place.folder) else "screen"


def engine(name: str) -> Engine:
    """The engine of this name, loaded at its first use and again when another model was installed. Raises
    EngineError: what cannot be loaded is never replaced by something weaker in silence."""
    if name not in ENGINES:
        raise EngineError(f"There is no toxicity engine {name!r}; there are {', '.join(ENGINES)}.")
    with _loading:
        now = mark(name)
        if name not in _loaded or _loaded[name][0] != now:
            _loaded.pop(name, None)
            _loaded[name] = now, _load(name)
        return _loaded[name][1]


def mark(name: str) -> object:
    """Another one when another model was installed."""
    return installed.mark(_place.folder) if name == "detoxify" else None


def _load(name: str) -> Engine:
    module, _, attribute = ENGINES[name].rpartition(".")
    try:
        return cast(Engine, getattr(import_module(module), attribute)())
    except ImportError as error:
        raise EngineError(f"The toxicity engine {name!r} is not installed: {error}") from error
