"""The model card: what is installed, where it comes from, how far it is from the original, and what it cannot do."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any, Final

from gate.toxicity.drift import LIMITS, Drift
from gate.toxicity.installed import Manifest

PACKAGES: Final = ("detoxify", "torch", "transformers", "tokenizers", "onnx", "onnxruntime")
LICENCE: Final = (
    "Detoxify and its published weights: Apache License 2.0 (Unitary; github.com/unitaryai/detoxify). They were "
    "trained on the Jigsaw challenges' data, whose terms stand on the challenges' pages at Kaggle. For weights of "
    "your own, the licence is yours to know."
)
LIMITS_OF_USE: Final = (
    "Scores follow words more than meaning: swearing scores high whatever is meant by it, a quiet insult may score "
    "low, and sentences that name a group may score higher than others. No post passes or fails by a score alone: a "
    "person reads every post."
)


def make(manifest: Manifest, source: dict[str, str], drifts: dict[str, Sequence[Drift]]) -> dict[str, Any]:
    """As JSON. drifts: precision to the differences from the checkpoint under torch."""
    return {
        "model": manifest.model,
        "precision": manifest.precision,
        "source": source,
        "weights_sha256": manifest.weights,
        "files": manifest.files,
        "labels": manifest.labels,
        "max_tokens": manifest.max_tokens,
        "installed_at": manifest.installed_at,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "processor": platform.machine(),
        "drift": {precision: [asdict(each) for each in found] for precision, found in drifts.items()},
        "drift_limits": {name: asdict(limits) for name, limits in LIMITS.items()},
        "probes": manifest.probes,
        "licence": LICENCE,
        "limits": LIMITS_OF_USE,
    }


def text(card: dict[str, Any]) -> str:
    """The same for people, in Markdown."""
    source = "\n".join(f"- {what}: {value}" for what, value in card["source"].items())
    files = "\n".join(f"- `{name}`: SHA-256 `{digest}`" for name, digest in card["files"].items())
    versions = ", ".join(f"{name} {number}" for name, number in card["versions"].items())
    probes = "\n".join(f"- {value:.3f}: {sentence}" for sentence, value in card["probes"].items())
    return f"""# Toxicity model: {card["model"]}, {card["precision"]}

Installed {card["installed_at"]}. Labels: {", ".join(card["labels"])}. Reads {card["max_tokens"]} tokens at once.

## Where it comes from

{source}
- checkpoint: SHA-256 `{card["weights_sha256"]}`

Converted with {versions} on {card["processor"]}.

{files}

## How far it is from the original

Differences from the checkpoint under torch, on the fixed sentences of `gate/toxicity/known_sentences.py`:

{_table(card)}

Limits for all labels together: {_limits(card)}. A model beyond them is not installed.

## Known sentences

Their toxicity when it was installed. A worker whose scores are further away than 0.1 refuses to serve.

{probes}

## What it cannot do

{card["limits"]}

## Licence

{card["licence"]}
"""


def _table(card: dict[str, Any]) -> str:
    rows = [
        f"| {precision} | {each['label'] or 'all'} | {each['mean']:.2g} | {each['most']:.2g} | {each['flips']:.1%} |"
        for precision, found in card["drift"].items()
        for each in found
    ]
    head = "| precision | label | mean | largest | cross 0.5 |\n|---|---|---|---|---|"
    return "\n".join([head, *rows])


def _limits(card: dict[str, Any]) -> str:
    return "; ".join(
        f"{name}: mean {each['mean']:g}, largest {each['most']:g}, crossing 0.5 {each['flips']:.0%}"
        for name, each in card["drift_limits"].items()
    )
