"""Models that are installed here, and what is left of those that are not.

Torch takes seconds to import, and so do transformers and detoxify: where they are needed they are imported in the
function, so that a run of other tests, which collects these, goes without them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from gate.toxicity import installed
from gate.toxicity.installed import Manifest
from gate.toxicity.sources import Source

MODELS = ["original", "unbiased", "multilingual"]


def install(
    root: Path,
    checkpoint: Path,
    model: str = "original",
    precision: str = "int8",
    sha256: str = "",
    tokenizer: Path | None = None,
) -> Manifest:
    """As the command does, in silence."""
    from gate.toxicity import installing

    source = Source(checkpoint, sha256, tokenizer or checkpoint.with_suffix(""), {"checkpoint": "tiny"})
    return installing.install(root, model, source, precision, installing.Progress(lambda _: None))


def nothing_left(root: Path) -> None:
    """Neither a model nor a half of one."""
    assert not installed.exists(root)
    assert [each.name for each in root.iterdir() if each.is_dir()] == []


def predicts(checkpoint: Path) -> Callable[[str], dict[str, float]]:
    """Detoxify's own predict(), with its own way to load a checkpoint."""
    from detoxify import Detoxify

    predict: Callable[[str], dict[str, float]] = Detoxify(checkpoint=str(checkpoint)).predict
    return predict


def change(checkpoint: Path, target: Path, work: Callable[[dict[str, Any]], object]) -> Path:
    """Another checkpoint, made of this one."""
    import torch

    contents = torch.load(checkpoint, weights_only=True)
    work(contents)
    torch.save(contents, target)
    return target
