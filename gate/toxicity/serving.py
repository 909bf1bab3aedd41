"""Which engine serves, in words: for `manage.py toxicity status` and the system checks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from gate import toxicity
from gate.toxicity import installed
from gate.toxicity.errors import EngineError


class Look(StrEnum):
    """How closely: that the files are there; that they are what was installed; that they load, as in the worker."""

    FILES = "files"
    DIGESTS = "digests"
    LOAD = "load"


@dataclass(frozen=True, slots=True)
class State:
    """problem: why the engine does not serve, or ""."""

    engine: str
    version: str
    problem: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem

    @property
    def words(self) -> str:
        if self.problem:
            return f"Toxicity engine {self.engine} does not serve. {self.problem}"
        if self.engine == "detoxify":
            return f"Toxicity engine in service: detoxify, {self.version}. Its files are what was installed."
        return (
            f"Toxicity engine in service: {self.engine}, {self.version}. No trained model is in service, so every "
            "post asks to be read for its tone."
        )

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ok": self.ok, "card": _card() if self.engine == "detoxify" else None}


def state(setting: str, look: Look) -> State:
    name = toxicity.chosen(setting)
    try:
        return State(name, toxicity.engine(name).version if look == Look.LOAD else _looked_at(name, look))
    except EngineError as error:
        return State(name, "", str(error))


def _looked_at(name: str, look: Look) -> str:
    if name not in toxicity.ENGINES:
        raise EngineError(f"There is no toxicity engine {name!r}; there are {', '.join(toxicity.ENGINES)}.")
    if name != "detoxify":
        return "which comes with the product"
    root = toxicity.place().folder
    manifest = installed.read(root)
    if look == Look.DIGESTS:
        installed.verified(root, manifest)
    elif missing := [each for each in manifest.files if not (root / manifest.folder / each).is_file()]:
        raise EngineError(f"{missing[0]} of the trained model is gone. Install the model again.")
    return manifest.version


def _card() -> dict[str, Any] | None:
    root = toxicity.place().folder
    try:
        return installed.card(root, installed.read(root))
    except EngineError:
        return None
