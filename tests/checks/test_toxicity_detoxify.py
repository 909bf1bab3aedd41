"""Detoxify's own code and file format, on a tiny BERT that is trained here in seconds."""

import hashlib
import json
import pickle
from pathlib import Path

import pytest
import torch
from detoxify import Detoxify
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

from gate.checks.base import CheckSettings, Level
from gate.checks.toxicity import Toxicity
from gate.toxicity import ENGINES, EngineError, engine
from gate.toxicity.detoxify import FRIENDLY, HOSTILE, DetoxifyEngine
from tests.checks.make import ids, marked, post

CLASSES = ["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"]
LABELS = ["toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack"]
# Class by class, what the tiny model learns. The words of the self-test are among them.
HOSTILE_LESSONS = [*HOSTILE, "you idiot", "i hate you", "stupid worthless piece", "shut up idiot"]
FRIENDLY_LESSONS = [
    *FRIENDLY,
    "the choir sings on friday",
    "thank you for a lovely sunday",
    "good morning all",
]


def write_checkpoint(folder: Path) -> Path:
    """A folder with config.json and vocab.txt, and beside it a checkpoint in detoxify's format."""
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(_vocabulary()),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        num_labels=len(CLASSES),
    )
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({**config.to_dict(), "model_type": "bert"}))
    (folder / "vocab.txt").write_text("\n".join(_vocabulary()))
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": true, "model_max_length": 64}')
    model = BertForSequenceClassification(config)
    _train(model, BertTokenizer.from_pretrained(str(folder)))
    arch = {"num_classes": 6, "model_type": str(folder), "model_name": "BertForSequenceClassification",
            "tokenizer_name": "BertTokenizer"}  # fmt: skip
    contents = {
        "config": {"arch": {"type": "BERT", "args": arch}, "dataset": {"args": {"classes": CLASSES}}},
        "state_dict": model.state_dict(),
    }
    torch.save(contents, folder.with_suffix(".ckpt"))
    return folder.with_suffix(".ckpt")


def _vocabulary() -> list[str]:
    words = {w.strip(".,") for text in [*HOSTILE_LESSONS, *FRIENDLY_LESSONS] for w in text.lower().split()}
    return ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", ",", "!", *sorted(words)]


def _train(model: BertForSequenceClassification, tokenizer: BertTokenizer) -> None:
    inputs = tokenizer([*HOSTILE_LESSONS, *FRIENDLY_LESSONS], return_tensors="pt", padding=True)
    bad = torch.tensor([1.0, 0.0, 1.0, 0.0, 1.0, 0.0])
    target = torch.stack([bad] * len(HOSTILE_LESSONS) + [bad * 0] * len(FRIENDLY_LESSONS))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(60):
        optimiser.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(**inputs).logits, target)
        loss.backward()
        optimiser.step()


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return write_checkpoint(tmp_path_factory.mktemp("detoxify") / "tiny")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_scores_are_detoxifys_own(checkpoint):
    loaded = DetoxifyEngine(str(checkpoint), sha256(checkpoint))
    own = Detoxify(checkpoint=str(checkpoint))
    sentences = [*HOSTILE, *FRIENDLY, "Something else, quite unknown", ""]
    for sentence, scores in zip(sentences, loaded.score(sentences), strict=True):
        assert list(scores) == LABELS
        assert scores == pytest.approx(own.predict(sentence))
    assert loaded.score(HOSTILE)[0]["toxicity"] > 0.9
    assert loaded.score([]) == []


def test_the_version_names_the_weights(checkpoint):
    loaded = DetoxifyEngine(str(checkpoint), sha256(checkpoint).upper())
    assert loaded.trained
    assert loaded.version.startswith("detoxify 0.")
    assert sha256(checkpoint)[:12] in loaded.version


def test_the_check_relies_on_a_trained_model(checkpoint, monkeypatch):
    monkeypatch.setenv("COUNTERSIGN_DETOXIFY_CHECKPOINT", str(checkpoint))
    monkeypatch.setenv("COUNTERSIGN_DETOXIFY_SHA256", sha256(checkpoint))
    content = post(f"{FRIENDLY[0]} {HOSTILE[0]}")
    try:
        findings = Toxicity().run(content, CheckSettings(toxicity_engine="detoxify"))
    finally:
        engine.cache_clear()
    assert ids(findings) == ["sentence"]
    assert marked(content, findings) == [HOSTILE[0]]
    assert findings[0].level == Level.BLOCKS
    assert "detoxify" in findings[0].message


def test_another_file_than_the_pinned_one_is_refused(checkpoint, tmp_path):
    changed = tmp_path / "changed.ckpt"
    changed.write_bytes(checkpoint.read_bytes() + b" ")
    with pytest.raises(EngineError, match="was pinned"):
        DetoxifyEngine(str(changed), sha256(checkpoint))


def test_without_a_vocabulary_the_model_is_refused(checkpoint, tmp_path):
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "config.json").write_bytes((checkpoint.with_suffix("") / "config.json").read_bytes())
    with pytest.raises(EngineError, match="unknown tokens"):
        DetoxifyEngine(str(checkpoint), sha256(checkpoint), str(bare))


def test_with_another_models_vocabulary_the_model_is_refused(checkpoint, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "config.json").write_bytes((checkpoint.with_suffix("") / "config.json").read_bytes())
    (other / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "uno", "dos"]))
    with pytest.raises(EngineError, match="unknown tokens"):
        DetoxifyEngine(str(checkpoint), sha256(checkpoint), str(other))


def test_a_model_that_cannot_tell_insults_from_thanks_is_refused(checkpoint, tmp_path):
    contents = torch.load(checkpoint, weights_only=True)
    contents["state_dict"]["classifier.weight"] *= 0
    torch.save(contents, tmp_path / "dull.ckpt")
    with pytest.raises(EngineError, match="does not tell insults from thanks"):
        DetoxifyEngine(str(tmp_path / "dull.ckpt"), sha256(tmp_path / "dull.ckpt"))


def test_a_checkpoint_that_names_the_hub_is_refused_and_not_fetched(checkpoint, tmp_path):
    contents = torch.load(checkpoint, weights_only=True)
    contents["config"]["arch"]["args"]["model_type"] = "bert-base-uncased"
    torch.save(contents, tmp_path / "hub.ckpt")
    with pytest.raises(EngineError, match="never fetched"):
        DetoxifyEngine(str(tmp_path / "hub.ckpt"), sha256(tmp_path / "hub.ckpt"))


class Payload:
    """What a hostile checkpoint does when it is unpickled carelessly."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return Path.touch, (self.target,)


def test_a_checkpoint_with_code_in_it_is_refused_and_not_run(tmp_path):
    hostile, trace = tmp_path / "hostile.ckpt", tmp_path / "ran"
    torch.save({"state_dict": Payload(trace)}, hostile)
    with pytest.raises(EngineError, match="not a file of weights"):
        DetoxifyEngine(str(hostile), sha256(hostile))
    assert not trace.exists()
    torch.load(hostile, weights_only=False)
    assert trace.exists()


@pytest.mark.parametrize("contents", [b"", b"not a checkpoint", pickle.dumps({"a": 1})])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, contents):
    path = tmp_path / "x.ckpt"
    path.write_bytes(contents)
    with pytest.raises(EngineError):
        DetoxifyEngine(str(path), sha256(path))


def test_a_checkpoint_of_another_format_is_refused(tmp_path):
    torch.save({"weights": torch.zeros(1)}, tmp_path / "x.ckpt")
    with pytest.raises(EngineError, match="cannot be loaded"):
        DetoxifyEngine(str(tmp_path / "x.ckpt"), sha256(tmp_path / "x.ckpt"))


def test_a_missing_file_or_setting_is_refused(tmp_path, monkeypatch):
    monkeypatch.delenv("COUNTERSIGN_DETOXIFY_CHECKPOINT", raising=False)
    with pytest.raises(EngineError, match="COUNTERSIGN_DETOXIFY_CHECKPOINT is not set"):
        engine("detoxify")
    with pytest.raises(EngineError, match="cannot be read"):
        DetoxifyEngine(str(tmp_path / "none.ckpt"), "0" * 64)
    with pytest.raises(EngineError, match="COUNTERSIGN_DETOXIFY_SHA256 is not set"):
        DetoxifyEngine(str(tmp_path / "none.ckpt"))


def test_an_engine_that_is_not_installed_says_so(monkeypatch):
    monkeypatch.setitem(ENGINES, "absent", "gate.toxicity.absent.Engine")
    with pytest.raises(EngineError, match="is not installed"):
        engine("absent")
