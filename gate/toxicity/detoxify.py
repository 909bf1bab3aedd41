"""Detoxify's own model class on a checkpoint of one's own, loaded without trusting the file.

Detoxify downloads weights at first use and unpickles them with weights_only=False. Here nothing is fetched:
the checkpoint is a file that an admin put there, its SHA-256 is pinned, it is read with weights_only=True,
and the configuration and vocabulary come from a local folder. A folder without its vocabulary loads in
silence with every word unknown, so known sentences are scored after loading.

    COUNTERSIGN_DETOXIFY_CHECKPOINT   the .ckpt file
    COUNTERSIGN_DETOXIFY_SHA256       its digest, hexadecimal
    COUNTERSIGN_DETOXIFY_CONFIG       the folder with config.json and the vocabulary; by default what the
                                      checkpoint names as its model_type, if that is a folder
"""

import hashlib
import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gate.toxicity import EngineError

# Must be set before transformers is imported: a path with a typing error would be looked up on the network.
os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from detoxify.detoxify import Detoxify, get_model_and_tokenizer

LABELS = {"toxic": "toxicity", "identity_hate": "identity_attack", "severe_toxic": "severe_toxicity"}
"""Names of older checkpoints, as detoxify standardises them."""

HOSTILE = ("You are a stupid idiot and I hate you.", "Shut up, you worthless piece of shit.")
FRIENDLY = ("Thank you all for a lovely evening.", "The library is open on Sunday morning.")
MARGIN = 0.2
"""How much more toxic each hostile sentence must be than each friendly one: real models have over 0.9."""
MOST_UNKNOWN = 0.5
"""Share of unknown tokens in the known sentences from which the vocabulary is not the model's."""


class DetoxifyEngine:
    name = "detoxify"
    trained = True

    def __init__(self, checkpoint: str = "", sha256: str = "", config: str = "") -> None:
        """Arguments default to the environment. Raises EngineError."""
        path = Path(checkpoint or _setting("CHECKPOINT"))
        digest = _verified(path, sha256 or _setting("SHA256"))
        self._model = _Loaded(_read(path), config or os.environ.get("COUNTERSIGN_DETOXIFY_CONFIG", ""))
        self.version = f"detoxify {version('detoxify')}, weights {digest[:12]}"
        self._test()

    def score(self, sentences: Sequence[str]) -> list[dict[str, float]]:
        # One at a time: predict() answers a bare number for a list of one, and a post has few sentences.
        return [{label: float(v) for label, v in self._model.predict(text).items()} for text in sentences]

    def _test(self) -> None:
        known = [*HOSTILE, *FRIENDLY]
        unknown = self._model.share_unknown(known)
        if unknown >= MOST_UNKNOWN:
            raise EngineError(
                f"{unknown:.0%} of known sentences are unknown tokens: is the vocabulary there?"
            )
        scores = [score.get("toxicity", -1.0) for score in self.score(known)]
        if min(scores[: len(HOSTILE)]) - max(scores[len(HOSTILE) :]) < MARGIN:
            raise EngineError(f"The model does not tell insults from thanks: toxicity {scores} for {known}.")


class _Loaded(Detoxify):  # type: ignore[misc]  # detoxify has no types
    """Detoxify with its predict(), around weights that were read safely."""

    def __init__(self, loaded: dict[str, Any], config: str) -> None:
        # Not the parent's: that one unpickles whatever the file holds.
        try:
            arch = dict(loaded["config"]["arch"]["args"])
            classes = loaded["config"]["dataset"]["args"]["classes"]
            arch["model_type"] = str(_folder(config or arch["model_type"]))
            self.model, self.tokenizer = get_model_and_tokenizer(**arch, state_dict=loaded["state_dict"])
        except (KeyError, TypeError, AttributeError, ValueError, RuntimeError, OSError) as error:
            raise EngineError(f"The checkpoint cannot be loaded: {error!r}") from error
        self.class_names = [LABELS.get(name, name) for name in classes]
        self.device = "cpu"
        self.model.to(self.device)

    def share_unknown(self, sentences: Sequence[str]) -> float:
        ids = [i for text in sentences for i in self.tokenizer(text, add_special_tokens=False)["input_ids"]]
        unknown = ids.count(self.tokenizer.unk_token_id)
        return float(unknown / max(1, len(ids)))


def _setting(name: str) -> str:
    value = os.environ.get(f"COUNTERSIGN_DETOXIFY_{name}", "")
    if not value:
        raise EngineError(f"COUNTERSIGN_DETOXIFY_{name} is not set.")
    return value


def _verified(path: Path, sha256: str) -> str:
    """The digest of the file, if it is the pinned one."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EngineError(f"The checkpoint cannot be read: {error}") from error
    if digest != sha256.strip().lower():
        raise EngineError(f"The checkpoint has the SHA-256 {digest}, and {sha256} was pinned.")
    return digest


def _read(path: Path) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises RuntimeError, UnpicklingError, EOFError, KeyError and more
        raise EngineError(f"The checkpoint is not a file of weights: {error}") from error
    return loaded


def _folder(name: str) -> Path:
    folder = Path(name)
    if not (folder / "config.json").is_file():
        raise EngineError(f"{name!r} is not a folder with config.json; weights are never fetched.")
    return folder
