"""`manage.py toxicity install`: from a checkpoint to a model that serves. Imported by the command only, since the
conversion needs torch. Whatever fails, what served before goes on serving."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gate.toxicity import card, conversion, drift, installed
from gate.toxicity.conversion import Checkpoint
from gate.toxicity.errors import EngineError
from gate.toxicity.installed import Manifest
from gate.toxicity.known_sentences import FRIENDLY, HOSTILE, for_model
from gate.toxicity.scorer import Scorer
from gate.toxicity.sources import Source

THREADS: Final = 2
PROBES: Final = (HOSTILE[0], FRIENDLY[0])


@dataclass(frozen=True, slots=True)
class Progress:
    """say: one line for each step. each: goes through things with a bar."""

    say: Callable[[str], object]
    each: Callable[[Sequence[str]], Iterable[str]] = iter


@dataclass(frozen=True, slots=True)
class _Known:
    """What the checkpoint answers under torch: one of `reference` for each sentence."""

    checkpoint: Checkpoint
    sentences: Sequence[str]
    reference: drift.Scores


def install(root: Path, model: str, source: Source, precision: str, progress: Progress) -> Manifest:
    """Puts the model in service. Raises EngineError, and nothing has changed."""
    try:
        with installed.only_one(root), installed.unfinished(root) as folder:
            return _install(root, folder, model, source, precision, progress)
    except OSError as error:
        raise EngineError(f"A file cannot be read or written: {error}") from error


def _install(
    root: Path, folder: Path, model: str, source: Source, precision: str, progress: Progress
) -> Manifest:
    progress.say("1/5 Reading the checkpoint ...")
    digest = pinned(source.checkpoint, source.sha256)
    progress.say(f"    SHA-256 {digest}")
    checkpoint = Checkpoint(source.checkpoint, source.tokenizer)
    sentences = for_model(model)
    _vocabulary(checkpoint, sentences)
    progress.say("2/5 Scoring known sentences with torch ...")
    reference = [checkpoint.predict(text) for text in progress.each(sentences)]
    drift.self_test(sentences, reference)
    files = _convert(checkpoint, folder, precision, progress)
    progress.say("5/5 Comparing with torch ...")
    known = _Known(checkpoint, sentences, reference)
    compared = {name: _compare(name, path, known, progress) for name, path in files.items()}
    scores = dict(zip(sentences, compared[precision][1], strict=True))
    files[precision].rename(folder / installed.MODEL)
    for path in (path for name, path in files.items() if name != precision):
        path.unlink()
        conversion.weights(path).unlink()
    manifest = Manifest(
        folder=f"{installed.MODELS}{folder.name.removeprefix(installed.UNFINISHED)}",
        model=model,
        precision=precision,
        weights=digest,
        labels=list(checkpoint.class_names),
        max_tokens=checkpoint.max_tokens,
        files=installed.digests(folder),
        probes={text: scores[text]["toxicity"] for text in PROBES},
        installed_at=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    )
    manifest = _with_card(folder, manifest, source, {name: found for name, (found, _) in compared.items()})
    installed.put_in_service(root, folder, manifest)
    return manifest


def _convert(checkpoint: Checkpoint, folder: Path, precision: str, progress: Progress) -> dict[str, Path]:
    """Precision to file: the full one always, to compare with."""
    progress.say("3/5 Exporting to ONNX ...")
    conversion.save_tokenizer(checkpoint, folder / installed.TOKENIZER)
    files = {"fp32": folder / "fp32.onnx"}
    conversion.export(checkpoint, files["fp32"])
    if precision == "int8":
        progress.say("4/5 Quantising to int8 ...")
        files["int8"] = folder / "int8.onnx"
        conversion.quantise(files["fp32"], files["int8"])
    return files


def pinned(path: Path, expected: str) -> str:
    """The digest of the file. Raises EngineError where another was expected."""
    try:
        digest = installed.sha256(path)
    except OSError as error:
        raise EngineError(f"The checkpoint cannot be read: {error}") from error
    if expected and digest != expected.strip().lower():
        raise EngineError(f"The checkpoint has the SHA-256 {digest}, and {expected} was pinned.")
    return digest


def _vocabulary(checkpoint: Checkpoint, sentences: Sequence[str]) -> None:
    unknown = checkpoint.share_unknown(sentences)
    if unknown >= conversion.MOST_UNKNOWN:
        raise EngineError(f"{unknown:.0%} of known sentences are unknown tokens: is the vocabulary there?")


def _compare(
    precision: str, model: Path, known: _Known, progress: Progress
) -> tuple[list[drift.Drift], list[dict[str, float]]]:
    """How far the file is from torch, by the code that will serve. Raises EngineError where it is too far."""
    labels = known.checkpoint.class_names
    tokenizer = model.parent / installed.TOKENIZER
    scorer = Scorer(model, tokenizer, known.checkpoint.max_tokens, THREADS)
    scores = [dict(zip(labels, scorer.score(text), strict=True)) for text in progress.each(known.sentences)]
    found = drift.measure(known.reference, scores)
    together = found[0]
    progress.say(
        f"    {precision}: mean difference {together.mean:.2g}, largest {together.most:.2g}, "
        f"{together.flips:.1%} cross 0.5"
    )
    drift.refuse(precision, found)
    drift.self_test(known.sentences, scores)
    return found, scores


def _with_card(
    folder: Path, manifest: Manifest, source: Source, drifts: dict[str, list[drift.Drift]]
) -> Manifest:
    """Writes the model card, and adds its files' digests."""
    made = card.make(manifest, source.said, dict(drifts))
    (folder / installed.CARD).write_text(json.dumps(made, indent=2, ensure_ascii=False), encoding="utf-8")
    (folder / installed.CARD_TEXT).write_text(card.text(made), encoding="utf-8")
    more = {name: installed.sha256(folder / name) for name in (installed.CARD, installed.CARD_TEXT)}
    return replace(manifest, files={**manifest.files, **more})
