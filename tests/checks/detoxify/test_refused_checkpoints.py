"""What is not installed: another file, another vocabulary, half a checkpoint, code in place of weights."""

import pickle
from pathlib import Path

import pytest

from gate.toxicity import EngineError, drift, engine, installed
from tests.checks.detoxify.made import change, install, nothing_left

pytestmark = pytest.mark.xdist_group("detoxify")


def test_another_file_than_the_pinned_one_is_refused(root, checkpoint, tmp_path):
    digest = installed.sha256(checkpoint)
    changed = tmp_path / "changed.ckpt"
    changed.write_bytes(checkpoint.read_bytes() + b" ")
    with pytest.raises(EngineError, match="was pinned"):
        install(root, changed, sha256=digest, tokenizer=checkpoint.with_suffix(""))
    nothing_left(root)
    assert install(root, checkpoint, sha256=digest.upper()).weights == digest


def vocabulary(folder, checkpoint, words):
    folder.mkdir()
    (folder / "config.json").write_bytes((checkpoint.with_suffix("") / "config.json").read_bytes())
    if words:
        (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]))
    return folder


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "known sentences are unknown tokens"),
        (["uno", "dos"], "known sentences are unknown tokens"),
        ([f"word{number}" for number in range(500)], "The vocabulary has 505 tokens, and the model knows"),
    ],
)
def test_a_vocabulary_that_is_not_the_models_is_refused(root, checkpoint, tmp_path, words, why):
    with pytest.raises(EngineError, match=why):
        install(root, checkpoint, tokenizer=vocabulary(tmp_path / "other", checkpoint, words))
    nothing_left(root)


def test_a_folder_that_is_not_there_is_refused_and_nothing_fetched(root, checkpoint):
    with pytest.raises(EngineError, match=r"not a folder with config\.json"):
        install(root, checkpoint, tokenizer=Path("bert-base-uncased"))


@pytest.mark.parametrize(
    ("work", "why"),
    [
        (lambda c: c["state_dict"]["classifier.weight"].mul_(0), "does not tell insults from thanks"),
        (lambda c: c["state_dict"].pop("classifier.weight"), "lacks 1 of the model's weights"),
        (lambda c: c["state_dict"]["classifier.weight"].resize_(2, 2), "cannot be loaded"),
        (
            lambda c: c["state_dict"]["classifier.bias"].fill_(float("nan")),
            "does not tell insults from thanks",
        ),
        (lambda c: c["config"]["dataset"]["args"]["classes"].append("more"), "more labels than"),
        (lambda c: c.pop("config"), "cannot be loaded"),
        (lambda c: c["config"]["arch"]["args"].update(model_name="Nothing"), "cannot be loaded"),
    ],
)
def test_a_checkpoint_that_is_not_whole_is_refused(root, checkpoint, tmp_path, work, why):
    changed = change(checkpoint, tmp_path / "changed.ckpt", work)
    with pytest.raises(EngineError, match=why):
        install(root, changed, tokenizer=checkpoint.with_suffix(""))
    nothing_left(root)


class Payload:
    """What a hostile checkpoint does when it is unpickled carelessly."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return Path.touch, (self.target,)


def test_a_checkpoint_with_code_in_it_is_refused_and_not_run(root, checkpoint, tmp_path):
    import torch

    hostile, trace = tmp_path / "hostile.ckpt", tmp_path / "ran"
    torch.save({"state_dict": Payload(trace)}, hostile)
    with pytest.raises(EngineError, match="not a file of weights"):
        install(root, hostile, tokenizer=checkpoint.with_suffix(""))
    assert not trace.exists()
    torch.load(hostile, weights_only=False)
    assert trace.exists()


@pytest.mark.parametrize("contents", [b"", b"not a checkpoint", pickle.dumps({"a": 1}), "cut"])
def test_a_file_that_is_no_checkpoint_is_refused(root, checkpoint, tmp_path, contents):
    path = tmp_path / "x.ckpt"
    whole = checkpoint.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if contents == "cut" else contents)
    with pytest.raises(EngineError, match="not a file of weights"):
        install(root, path, tokenizer=checkpoint.with_suffix(""))
    with pytest.raises(EngineError, match="cannot be read"):
        install(root, tmp_path / "none.ckpt", tokenizer=checkpoint.with_suffix(""))


def test_too_much_drift_is_refused_and_what_served_goes_on_serving(root, checkpoint, monkeypatch):
    before = install(root, checkpoint, precision="fp32")
    monkeypatch.setitem(drift.LIMITS, "int8", drift.Limits(mean=1e-7, most=0.5, flips=0.05))
    with pytest.raises(EngineError, match=r"too far from the original: the mean .*--precision fp32"):
        install(root, checkpoint)
    assert engine("detoxify").version == before.version
    assert [each.name for each in root.iterdir() if each.is_dir()] == [before.folder]
