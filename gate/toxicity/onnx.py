"""Detoxify's models on onnxruntime, as `manage.py toxicity install` has converted and tested them. No torch.

One sentence at a time: an int8 model scales its activations by what is in the batch, so that in a batch the same
sentence would score differently beside other ones. A sentence that is longer than the model reads at once is read
in windows, and the highest score of each label counts; detoxify would leave the rest unread.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from gate import toxicity
from gate.toxicity import installed
from gate.toxicity.errors import EngineError

MOST_NEW = 300
"""Sentences that are scored for one post; remembered ones are free. At some 20 ms each that is 6 s, and a machine
four times slower still ends within the time of a check."""
REMEMBERED = 4_000
"""Sentences. Their texts are not kept: the key is a digest."""
PROBE_DRIFT = 0.1
"""How far a probe may be from its score at installation: another processor rounds int8 products differently."""

Scores = tuple[float, ...]


class Scorer:
    """A model and its tokenizer, for one sentence at a time."""

    def __init__(self, model: Path, tokenizer: Path, max_tokens: int, threads: int) -> None:
        """Raises EngineError."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Threads that wait by spinning would take the processor from the web server.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._tokenizer = Tokenizer.from_file(str(tokenizer))
            self._tokenizer.no_padding()
            self._tokenizer.enable_truncation(max_tokens)
            self._session = onnxruntime.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both libraries raise plain Exceptions and kinds of their own
            raise EngineError(f"The trained model cannot be loaded: {error}") from error

    def score(self, sentence: str) -> Scores:
        text = sentence.encode(
            "utf-8", "replace"
        ).decode()  # half a surrogate pair is no text to the tokenizer
        encoded = self._tokenizer.encode(text)
        windows = [self._run(each.ids) for each in (encoded, *encoded.overflowing)]
        scores = tuple(_highest(each) for each in zip(*windows, strict=True))
        if not all(
            0.0 <= score <= 1.0 for score in scores
        ):  # nor "not a number", which no threshold would stop
            raise EngineError(f"The trained model answers {scores}, which are no scores.")
        return scores

    def _run(self, ids: list[int]) -> list[float]:
        tokens = np.array([ids], dtype=np.int64)
        inputs = {"input_ids": tokens, "attention_mask": np.ones_like(tokens)}
        found: Any = self._session.run(["scores"], inputs)[0]
        return [float(score) for score in found[0]]


class Detoxify:
    name: Final = "detoxify"
    trained: Final = True

    def __init__(self, folder: Path | None = None, threads: int = 0) -> None:
        """Both default to what the installation has set. Raises EngineError where a file is not what was installed."""
        place = toxicity.place()
        root = folder or place.folder
        manifest = installed.read(root)
        files = installed.verified(root, manifest)
        self._labels = manifest.labels
        self._scorer = Scorer(
            files / installed.MODEL,
            files / installed.TOKENIZER,
            manifest.max_tokens,
            threads or place.threads,
        )
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

    def _probe(self, manifest: installed.Manifest) -> None:
        for sentence, expected in manifest.probes.items():
            found = dict(zip(self._labels, self._scorer.score(sentence), strict=True)).get("toxicity", -1.0)
            if abs(found - expected) > PROBE_DRIFT:
                raise EngineError(
                    f"The trained model scores {sentence!r} {found:.2f} here, and {expected:.2f} when it was "
                    "installed. Install it again on this machine."
                )


class Unremembered(Detoxify):
    """The same model for texts of which nothing may stay, not even a digest: personal posts that members look at."""

    def _remember(self, sentence: str, scores: Scores) -> None:
        pass


def _highest(scores: Sequence[float]) -> float:
    """max() that does not lose a "not a number"."""
    return next((score for score in scores if score != score), max(scores))


def _key(sentence: str) -> bytes:
    return hashlib.sha256(sentence.encode("utf-8", "surrogatepass")).digest()
