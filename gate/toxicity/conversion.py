"""From a checkpoint in detoxify's format to ONNX. Only `manage.py toxicity install` imports it: it needs torch,
transformers and detoxify, which nothing that serves may load (pyproject.toml has the contracts).

Detoxify unpickles checkpoints with weights_only=False. Here the file is read with weights_only=True, nothing is
fetched, and what would load in silence and answer nonsense is refused: a missing vocabulary, weights that are not all
there.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from gate.toxicity.errors import EngineError

# Must be set before transformers is imported: a path with a typing error would be looked up on the network.
os.environ["HF_HUB_OFFLINE"] = "1"

import onnx
import onnxruntime
import torch
from detoxify.detoxify import Detoxify, get_model_and_tokenizer
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.fusion_options import FusionOptions
from onnxruntime.transformers.optimizer import optimize_model

LABELS: Final = {"toxic": "toxicity", "identity_hate": "identity_attack", "severe_toxic": "severe_toxicity"}
"""Names of older checkpoints, as detoxify standardises them."""
OPSET: Final = 17
SLOWER: Final = ["SkipLayerNormFusion", "BiasGeluFusion"]
"""Optimisers of onnxruntime that cost time on a processor: see _fuse()."""
MOST_UNKNOWN: Final = 0.5
"""Share of unknown tokens in the known sentences from which the vocabulary is not the model's."""


class Checkpoint(Detoxify):  # type: ignore[misc]  # detoxify has no types
    """Detoxify with its predict(), around weights that were read safely."""

    def __init__(self, path: Path, tokenizer: Path) -> None:
        """Raises EngineError for a file that is no checkpoint or does not fit the tokenizer's folder."""
        # Not the parent's: that one unpickles whatever the file holds.
        loaded = _read(path)
        try:
            arch = dict(loaded["config"]["arch"]["args"])
            classes = loaded["config"]["dataset"]["args"]["classes"]
            self.based_on = str(arch["model_type"])
            arch["model_type"] = str(_folder(tokenizer))
            self.model, self.tokenizer = get_model_and_tokenizer(**arch, state_dict=loaded["state_dict"])
        except (KeyError, TypeError, AttributeError, ValueError, RuntimeError, OSError) as error:
            raise EngineError(f"The checkpoint cannot be loaded: {error!r}") from error
        _complete(self.model, loaded["state_dict"])
        self.class_names = [LABELS.get(name, name) for name in classes]
        self.device = "cpu"
        self.model.eval()
        self._fits()

    @property
    def max_tokens(self) -> int:
        """How many tokens the model reads at once, the special ones among them."""
        config = self.model.config
        # RoBERTa counts positions from the one behind the padding's (transformers, create_position_ids_from_input_ids).
        offset = config.pad_token_id + 1 if "roberta" in config.model_type else 0
        return int(min(self.tokenizer.model_max_length, config.max_position_embeddings - offset))

    def share_unknown(self, sentences: Sequence[str]) -> float:
        ids = [i for text in sentences for i in self.tokenizer(text, add_special_tokens=False)["input_ids"]]
        return ids.count(self.tokenizer.unk_token_id) / len(ids) if ids else 1.0

    def _fits(self) -> None:
        words, rows = len(self.tokenizer), self.model.config.vocab_size
        if words > rows:
            raise EngineError(f"The vocabulary has {words:,} tokens, and the model knows {rows:,}.")
        if self.model.config.num_labels < len(self.class_names):
            raise EngineError("The checkpoint names more labels than the model answers.")


def _read(path: Path) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises RuntimeError, UnpicklingError, EOFError, KeyError and more
        raise EngineError(f"The checkpoint is not a file of weights: {error}") from error
    return loaded


def _folder(path: Path) -> Path:
    if not (path / "config.json").is_file():
        raise EngineError(f"{str(path)!r} is not a folder with config.json and the vocabulary.")
    return path


def _complete(model: Any, weights: dict[str, Any]) -> None:
    """transformers fills what is missing with random numbers."""
    missing = sorted(set(model.state_dict()) - set(weights))
    if missing:
        raise EngineError(
            f"The checkpoint lacks {len(missing)} of the model's weights, {missing[0]} the first."
        )


class _Scores(torch.nn.Module):
    """What is exported: from tokens to the scores of the named labels. Some models answer further ones, which
    detoxify drops."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__()
        self.model, self.count = checkpoint.model, len(checkpoint.class_names)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        logits = self.model(input_ids=input_ids, attention_mask=attention_mask).logits
        return torch.sigmoid(logits)[:, : self.count]


def export(checkpoint: Checkpoint, target: Path) -> None:
    """The model at full precision. Raises EngineError."""
    checkpoint.model.set_attn_implementation("eager")
    ids = torch.tensor([checkpoint.tokenizer("A sentence to trace the model with.")["input_ids"]])
    axes = {0: "batch", 1: "tokens"}
    traced = target.with_suffix(".traced")
    with _quiet(), _first_token_only(checkpoint.model):
        torch.onnx.export(
            _Scores(checkpoint),
            (ids, torch.ones_like(ids)),
            str(traced),
            dynamo=False,
            opset_version=OPSET,
            input_names=["input_ids", "attention_mask"],
            output_names=["scores"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "scores": {0: "batch"}},
        )
        onnx.checker.check_model(str(traced))
        _fuse(traced, checkpoint.model.config)
    _optimise(traced, target)


@contextmanager
def _first_token_only(model: Any) -> Iterator[None]:
    """Every head of these models reads the first token alone: what the last layer would make of the others behind
    its attention is left out, and the scores are the same."""
    last = model.base_model.encoder.layer[-1]
    whole = last.feed_forward_chunk
    last.feed_forward_chunk = lambda attended: whole(attended[:, :1])
    try:
        yield
    finally:
        del last.feed_forward_chunk


def _fuse(path: Path, config: Any) -> None:
    """One operator for each layer's attention. Not for the sums before a normalisation: that operator takes three
    times as long as the two it would replace."""
    options = FusionOptions("bert")
    options.enable_embed_layer_norm = options.enable_skip_layer_norm = options.enable_bias_gelu = False
    fused = optimize_model(
        str(path),
        model_type="bert",  # RoBERTa's and XLM-R's layers are the same
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        opt_level=0,
        optimization_options=options,
    )
    fused.save_model_to_file(str(path))


def quantise(source: Path, target: Path) -> None:
    """Weights as int8, each column with a scale of its own; activations are scaled as they come."""
    plain = target.with_suffix(".plain")
    with _quiet():
        quantize_dynamic(
            source,
            plain,
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={
                "DefaultTensorType": onnx.TensorProto.FLOAT
            },  # behind a fused operator none is inferred
        )
    _optimise(plain, target)


def _optimise(source: Path, target: Path) -> None:
    """Rewritten for speed here, once, and not at each start. Removes the source. Weights go into a file beside the
    target, which a start maps into memory instead of copying it."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    options.add_session_config_entry(
        "session.optimized_model_external_initializers_file_name", weights(target).name
    )
    options.log_severity_level = 3
    onnxruntime.InferenceSession(
        str(source), options, providers=["CPUExecutionProvider"], disabled_optimizers=SLOWER
    )
    source.unlink()


def weights(model: Path) -> Path:
    """The file of the weights, by whose name the model finds it: it cannot be renamed."""
    return model.with_suffix(".weights")


def save_tokenizer(checkpoint: Checkpoint, target: Path) -> None:
    checkpoint.tokenizer.backend_tokenizer.save(str(target))


@contextmanager
def _quiet() -> Iterator[None]:
    """The tracer and the quantiser warn about what the comparison with torch settles."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
