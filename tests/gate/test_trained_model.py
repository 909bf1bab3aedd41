"""A trained model in the gate, from submission to the review page: three words, installed as a real one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.checks import WARNING
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from gate import system_checks, toxicity
from gate.models import CheckRun, Submission
from gate.toxicity import installed
from tests import factories as make

LABELS = ["toxicity", "insult"]


@pytest.fixture
def model(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """ "idiot" scores high, everything else low."""
    root = tmp_path / "toxicity"
    root.mkdir()
    with installed.unfinished(root) as folder:
        _tokenizer().save(str(folder / installed.TOKENIZER))
        (folder / installed.MODEL).write_bytes(_network())
        files = {name: installed.sha256(folder / name) for name in (installed.MODEL, installed.TOKENIZER)}
        manifest = installed.Manifest(
            "model-x", "original", "int8", "a1" * 32, LABELS, 64, files, {"idiot": 0.99}, "2026-11-23"
        )
        installed.put_in_service(root, folder, manifest)
    settings.GATE_TOXICITY_ENGINE = "auto"
    before = toxicity.place()
    toxicity.configure(root, 1)
    yield root
    toxicity.configure(before.folder, before.threads)


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(WordLevel({"[UNK]": 0, "idiot": 1, "thanks": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    return tokenizer


def _network() -> bytes:
    """The highest score of any word."""
    words = np.array([[-5, -5], [5, 5], [-5, -5]], dtype=np.float32)
    nodes = [
        helper.make_node("Gather", ["words", "input_ids"], ["each"]),
        helper.make_node("ReduceMax", ["each"], ["highest"], axes=[1], keepdims=0),
        helper.make_node("Sigmoid", ["highest"], ["scores"]),
    ]
    shape = ["batch", "tokens"]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, shape)
        for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", len(LABELS)])
    graph = helper.make_graph(nodes, "words", inputs, [output], [numpy_helper.from_array(words, "words")])
    opset = [helper.make_opsetid("", 17)]
    made: bytes = helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    return made


def test_a_post_is_blocked_by_the_model_which_is_named(model: Path, desk: Any) -> None:
    submission = make.examined(desk.author, desk.channel, text="Thanks to all. You are an idiot !")
    assert submission.state == Submission.State.BLOCKED
    (finding,) = submission.findings.filter(code__startswith="toxicity.")
    assert (finding.code, finding.level) == ("toxicity.sentence", "blocks")
    assert (finding.start, finding.end) == (15, 33)
    assert "says detoxify: original, weights a1a1a1a1a1a1, int8." in finding.message
    page = desk.author_browser.get(f"/t/{desk.team.slug}/review/{submission.pk}/", follow=True)
    assert "detoxify: original, weights a1a1a1a1a1a1, int8" in page.content.decode()


def test_a_friendly_post_is_not_asked_to_be_read_for_tone(model: Path, desk: Any) -> None:
    submission = make.examined(desk.author, desk.channel, text="Thanks to all.")
    assert not submission.findings.filter(code__startswith="toxicity.").exists()
    assert submission.runs.get(check_id="toxicity").status == CheckRun.Status.PASSED


def test_a_model_that_was_changed_makes_the_check_unknown(model: Path, desk: Any) -> None:
    (model / "model-x" / installed.MODEL).write_bytes(b"something else")
    submission = make.examined(desk.author, desk.channel, text="Thanks to all.")
    run = submission.runs.get(check_id="toxicity")
    assert run.status == CheckRun.Status.UNKNOWN
    assert "model.onnx of the trained model was changed" in run.error
    assert submission.findings.get(run=run).level in ("blocks", "attest")


def test_the_system_checks_say_which_engine_serves(model: Path) -> None:
    assert system_checks.toxicity_engine_is_there() == []
    (said,) = system_checks.toxicity_engine_is_whole()
    assert (said.id, said.level < WARNING) == ("gate.I001", True)
    assert "detoxify, original, weights a1a1a1a1a1a1, int8. Its files are what was installed." in said.msg
    (model / "model-x" / installed.MODEL).write_bytes(b"something else")
    assert [m.id for m in system_checks.toxicity_engine_is_whole()] == ["gate.W003"]
    (model / "model-x" / installed.MODEL).unlink()
    (warning,) = system_checks.toxicity_engine_is_there()
    assert (warning.id, warning.level) == ("gate.W003", WARNING)
    assert "model.onnx of the trained model is gone" in warning.msg
    installed.remove(model)
    assert "No trained model is in service" in system_checks.toxicity_engine_is_whole()[0].msg


def test_an_engine_that_does_not_exist_is_said_at_start(settings: Any) -> None:
    settings.GATE_TOXICITY_ENGINE = "perspective"
    (warning,) = system_checks.toxicity_engine_is_there()
    assert "There is no toxicity engine 'perspective'" in warning.msg
