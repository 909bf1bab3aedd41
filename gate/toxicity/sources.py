"""Where weights come from: a file on this disk, or detoxify's releases and the vocabulary that each goes with.

The downloads ask GitHub and the Hugging Face hub, as detoxify does, and fetch nothing else.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.error import URLError

from gate.toxicity.errors import EngineError

SILENCE_SECONDS: Final = 60
"""How long a server may say nothing. Torch itself would wait for ever."""


@dataclass(frozen=True, slots=True)
class Source:
    """checkpoint: the file; sha256: the digest that it must have, "" for any; tokenizer: the folder with config.json
    and the vocabulary; said: for the model card, where they come from."""

    checkpoint: Path
    sha256: str
    tokenizer: Path
    said: dict[str, str]


@dataclass(frozen=True, slots=True)
class Release:
    """vocabulary: the repository on the hub that detoxify's checkpoint names. sha256: of the checkpoint, where it is
    publicly known; the eight digits in a release's file name begin it (torch.hub's convention), and are checked too."""

    vocabulary: str
    sha256: str = ""


RELEASES: Final = {
    # github.com/unitaryai/detoxify, release v0.1-alpha: 438,021,897 bytes. Several public repositories that pin the
    # file name this digest, and it begins as the file name says.
    "original": Release(
        "bert-base-uncased", "c1212f89ac23307ab33932ce29dc446a6e030fb3f384a500890bbe662b7b544a"
    ),
    "unbiased": Release("roberta-base"),
    "multilingual": Release("xlm-roberta-base"),
}
VOCABULARY_FILES: Final = (
    "config.json",
    "tokenizer*.json",
    "vocab.*",
    "merges.txt",
    "sentencepiece.bpe.model",
)


def address(model: str) -> str:
    """Of the release, as detoxify itself knows it. Raises EngineError."""
    try:
        from detoxify.detoxify import MODEL_URLS  # here, so that listing the models needs no torch
    except ImportError as error:
        raise EngineError(f"{error}. Downloading needs what requirements.txt lists.") from error
    return str(MODEL_URLS[model])


def checkpoint(url: str, folder: Path) -> Path:
    """The file behind the address, with a progress bar. Raises EngineError: also where its digest does not begin with
    what its name says."""
    import torch.hub

    target = folder / url.rpartition("/")[2]
    digits = re.search(r"-([0-9a-f]{8,})\.", target.name)
    try:
        with _patience(SILENCE_SECONDS):
            torch.hub.download_url_to_file(url, str(target), hash_prefix=digits[1] if digits else None)
    except (URLError, OSError, RuntimeError) as error:
        raise EngineError(
            f"{url} could not be downloaded: {error}. Fetch the file elsewhere and give it with --checkpoint."
        ) from error
    return target


@contextmanager
def _patience(seconds: float) -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def vocabulary(repository: str, folder: Path) -> Path:
    """The model's configuration and vocabulary. Raises EngineError."""
    from huggingface_hub import snapshot_download

    try:
        snapshot_download(repository, allow_patterns=list(VOCABULARY_FILES), local_dir=folder)
    except Exception as error:  # requests', httpx' and the hub's own kinds
        raise EngineError(
            f"The vocabulary {repository} could not be downloaded: {error}. "
            "Fetch the folder elsewhere and give it with --tokenizer."
        ) from error
    return folder
