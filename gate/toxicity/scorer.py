"""One sentence at a time through a converted model, by onnxruntime and tokenizers.

Never in batches: an int8 model scales its activations by what is in the batch, so that the same sentence would score
differently beside other ones. A sentence that is longer than the model reads at once is read in windows, and the
highest score of each label counts; detoxify would leave the rest unread.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from gate.toxicity.errors import EngineError

Scores = tuple[float, ...]


class Scorer:
    """A model and its tokenizer, for one sentence at a time."""

    def __init__(self, model: Path, tokenizer: Path, max_tokens: int, threads: int) -> None:
        """Raises EngineError."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # The conversion has optimised the model; another go would cost time, and fuse what is slower.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        # Threads that wait by spinning take a seventh less time. Between two sentences they sleep, for the web server
        # wants the processor, too.
        options.add_session_config_entry("session.force_spinning_stop", "1")
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


def _highest(scores: Sequence[float]) -> float:
    """max() that does not lose a "not a number"."""
    return next((score for score in scores if score != score), max(scores))
