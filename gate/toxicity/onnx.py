"""Detoxify's models on onnxruntime, as `manage.py toxicity install` has converted and tested them. No torch."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from gate import toxicity
from gate.toxicity import installed
from gate.toxicity.errors import EngineError
from gate.toxicity.installed import Manifest

if TYPE_CHECKING:
    from gate.toxicity.scorer import Scorer, Scores

MOST_NEW = 300
"""Sentences that are scored for one post; remembered ones are free. At some 20 ms each that is 6 s, and a machine
four times slower still ends within the time of a check."""
REMEMBERED = 4_000
"""Sentences. Their texts are not kept: the key is a digest."""
PROBE_DRIFT = 0.1
"""How far a probe may be from its score at installation: another processor rounds int8 products differently."""


class Detoxify:
    name: Final = "detoxify"
    trained: Final = True

    def __init__(self, folder: Path | None = None, threads: int = 0) -> None:
        """Both default to what the installation has set. Raises EngineError where a file is not what was installed."""
        place = toxicity.place()
        root = folder or place.folder
        manifest = installed.read(root)
        self._labels = manifest.labels
        self._scorer = _scorer(root, manifest, threads or place.threads)
        self._remembered: OrderedDict[bytes, Scores] = OrderedDict()
        self._lock = Lock()
        self.version = manifest.version
        self._probe(manifest)

    def score(self, sentences: Sequence[str]) -> list[dict[str, float]]:
        """Raises EngineError for more sentences than are read in one post. What was scored by then is remembered,
        so that another run goes on from there."""
        found, new = [], 0
        for sentence in sentences:
            scores = self._recall(sentence)
            if scores is None:
                new += 1
                if new > MOST_NEW:
                    raise EngineError(f"The post has more than {MOST_NEW} sentences; {MOST_NEW} were read.")
                scores = self._scorer.score(sentence)
                self._remember(sentence, scores)
            found.append(dict(zip(self._labels, scores, strict=True)))
        return found

    def _recall(self, sentence: str) -> Scores | None:
        with self._lock:
            scores = self._remembered.get(_key(sentence))
            if scores is not None:
                self._remembered.move_to_end(_key(sentence))
        return scores

    def _remember(self, sentence: str, scores: Scores) -> None:
        with self._lock:
            self._remembered[_key(sentence)] = scores
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)

    def _probe(self, manifest: Manifest) -> None:
        for sentence, expected in manifest.probes.items():
            found = dict(zip(self._labels, self._scorer.score(sentence), strict=True)).get("toxicity", -1.0)
            if abs(found - expected) > PROBE_DRIFT:
                raise EngineError(
                    f"The trained model scores {sentence!r} {found:.2f} here, and {expected:.2f} when it was "
                    "installed. Install it again on this machine."
                )


def _scorer(root: Path, manifest: Manifest, threads: int) -> Scorer:
    """The model, when every file of it is what was installed. The files are read while the libraries are imported,
    which takes about as long."""
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(installed.verified, root, manifest)
        from gate.toxicity.scorer import Scorer

        files = reading.result()
    return Scorer(files / installed.MODEL, files / installed.TOKENIZER, manifest.max_tokens, threads)


def _key(sentence: str) -> bytes:
    return hashlib.sha256(sentence.encode("utf-8", "surrogatepass")).digest()
