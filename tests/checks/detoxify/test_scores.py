"""What an installed model scores: detoxify's own predict() at full precision, and near it in int8."""

from collections import Counter

import onnx as onnx_file
import pytest

from gate.toxicity import EngineError, drift, installed, onnx
from gate.toxicity.known_sentences import FRIENDLY, HOSTILE, for_model
from gate.toxicity.onnx import Detoxify
from gate.toxicity.scorer import Scorer
from tests.checks import tiny_models
from tests.checks.detoxify.made import MODELS, install, predicts

pytestmark = pytest.mark.xdist_group("detoxify")

CLASSES = ["toxicity", "severe_toxicity", "obscene", "identity_attack", "insult", "threat", "sexual_explicit"]
LABELS = {
    "original": ["toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack"],
    "unbiased": CLASSES,
    "multilingual": CLASSES,
}
LONG = f"{FRIENDLY[0]} " * 20
"""Longer than the tiny models read at once."""


@pytest.mark.parametrize("model", MODELS)
def test_full_precision_is_what_detoxify_predicts(checkpoints, tmp_path, model):
    manifest = install(tmp_path / "root", checkpoints[model], model, precision="fp32")
    served, predict = Detoxify(tmp_path / "root", 1), predicts(checkpoints[model])
    sentences = [*for_model(model), "Something else, quite unknown 🙂", "", "\N{ZERO WIDTH SPACE}", "漢字"]
    for sentence, scores in zip(sentences, served.score(sentences), strict=True):
        assert list(scores) == LABELS[model] == manifest.labels
        assert scores == pytest.approx(predict(sentence), abs=1e-4)
    assert served.score(HOSTILE)[0]["toxicity"] > 0.9


@pytest.mark.parametrize("model", MODELS)
def test_int8_stays_within_the_drift_that_its_card_states(checkpoints, roots, model):
    served, predict = Detoxify(roots[model], 1), predicts(checkpoints[model])
    manifest = installed.read(roots[model])
    card = installed.card(roots[model], manifest)
    sentences = for_model(model)
    (together, *labels) = drift.measure([predict(text) for text in sentences], served.score(sentences))
    stated = card["drift"]["int8"][0]
    assert 0 < together.most == pytest.approx(stated["most"], abs=1e-4)
    assert together.mean == pytest.approx(stated["mean"], abs=1e-4)
    assert [each.label for each in labels] == LABELS[model]
    assert card["drift"]["fp32"][0]["most"] < 1e-4
    assert card["weights_sha256"] == installed.sha256(checkpoints[model]) == manifest.weights
    written = (roots[model] / manifest.folder / installed.CARD_TEXT).read_text(encoding="utf-8")
    for words in (
        model,
        manifest.weights,
        "Apache License 2.0",
        "| int8 | toxicity |",
        "onnxruntime 1.",
    ):
        assert words in written


@pytest.mark.parametrize("model", MODELS)
def test_each_layers_attention_is_one_operator(roots, model):
    """Else the model still serves, and is slower: script/bench gate."""
    file = roots[model] / installed.read(roots[model]).folder / installed.MODEL
    nodes = Counter(node.op_type for node in onnx_file.load(file, load_external_data=False).graph.node)
    assert nodes["QAttention"] == tiny_models.SHAPE["num_hidden_layers"]
    assert nodes["Softmax"] == 0


def test_what_is_longer_than_the_model_reads_is_read_in_windows(checkpoint, roots):
    served, predict = Detoxify(roots["original"], 1), predicts(checkpoint)
    text = LONG + " ".join([HOSTILE[1]] * 6)
    assert predict(text)["toxicity"] < 0.5, "detoxify reads the beginning alone"
    (scores,) = served.score([text])
    assert scores["toxicity"] > 0.5


def test_a_sentence_is_scored_once(roots, monkeypatch):
    served, scored = Detoxify(roots["original"], 1), []
    plain = Scorer.score
    monkeypatch.setattr(Scorer, "score", lambda self, text: scored.append(text) or plain(self, text))
    first = served.score(["One", "Two", "One"])
    assert scored == ["One", "Two"]
    assert served.score(["Two", "One"]) == [first[1], first[0]]
    assert scored == ["One", "Two"]
    monkeypatch.setattr(onnx, "REMEMBERED", 1)
    served.score(["Three", "One"])
    assert scored == ["One", "Two", "Three", "One"]


def test_more_sentences_than_are_read_are_an_error_and_the_next_run_goes_on(roots, monkeypatch):
    served = Detoxify(roots["original"], 1)
    monkeypatch.setattr(onnx, "MOST_NEW", 3)
    sentences = ["a", "b", "c", "d", "e"]
    with pytest.raises(EngineError, match="more than 3 sentences"):
        served.score(sentences)
    assert len(served.score(sentences)) == 5
    assert served.score([]) == []


def test_half_a_character_is_no_reason_to_fail(roots):
    (scores,) = Detoxify(roots["original"], 1).score(["caf\udce9"])
    assert 0 <= scores["toxicity"] <= 1


def test_scores_that_are_no_numbers_are_an_error(roots, monkeypatch):
    served = Detoxify(roots["original"], 1)
    monkeypatch.setattr(Scorer, "_run", lambda self, ids: [0.1, float("nan")])
    with pytest.raises(EngineError, match="are no scores"):
        served.score(["Good morning"])


def test_drift_is_measured_label_by_label():
    reference = [{"toxicity": 0.4, "insult": 0.9}, {"toxicity": 0.1, "insult": 0.2}]
    scores = [{"toxicity": 0.6, "insult": 0.9}, {"toxicity": 0.1, "insult": 0.3}]
    together, toxic, insult = drift.measure(reference, scores)
    assert (together.mean, together.most, together.flips) == pytest.approx((0.075, 0.2, 0.25))
    assert (toxic.label, toxic.flips) == ("toxicity", 0.5)
    assert (insult.label, insult.most) == ("insult", pytest.approx(0.1))
    with pytest.raises(EngineError, match=r"the share of scores that cross 0\.5 is 0\.25"):
        drift.refuse("int8", [drift.Drift("", 0.01, 0.2, 0.25)])
    with pytest.raises(EngineError):
        drift.refuse("int8", [drift.Drift("", float("nan"), float("nan"), 0.0)])
