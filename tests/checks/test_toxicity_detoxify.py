"""Detoxify's three models from checkpoint to service: converted, compared with detoxify's own predict(), verified."""

import hashlib
import io
import json
import os
import pickle
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from detoxify import Detoxify as Own
from django.core.management import call_command
from django.core.management.base import CommandError

from gate import toxicity
from gate.checks.base import CheckSettings, Level
from gate.checks.toxicity import Toxicity
from gate.toxicity import ENGINES, EngineError, drift, engine, installed, installing, onnx, sources
from gate.toxicity.known_sentences import FRIENDLY, HOSTILE, for_model
from gate.toxicity.onnx import Detoxify
from gate.toxicity.scorer import Scorer
from gate.toxicity.sources import Source
from tests.checks import tiny_models
from tests.checks.make import ids, marked, post

ROOT = Path(__file__).parents[2]
MODELS = ["original", "unbiased", "multilingual"]
QUIET = installing.Progress(lambda _: None)


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    return {model: tiny_models.write(model, folder / model) for model in MODELS}


@pytest.fixture(scope="module")
def checkpoint(checkpoints):
    return checkpoints["original"]


def install(root, checkpoint, model="original", precision="int8", sha256="", tokenizer=None):
    source = Source(checkpoint, sha256, tokenizer or checkpoint.with_suffix(""), {"checkpoint": "tiny"})
    return installing.install(root, model, source, precision, QUIET)


@pytest.fixture(scope="module")
def roots(checkpoints, tmp_path_factory):
    """Each model, installed by itself."""
    folder = tmp_path_factory.mktemp("installed")
    for model, path in checkpoints.items():
        install(folder / model, path, model)
    return {model: folder / model for model in MODELS}


@pytest.fixture
def root(tmp_path):
    """An installation that has no model yet."""
    before = toxicity.place()
    toxicity.configure(tmp_path / "toxicity", 1)
    yield tmp_path / "toxicity"
    toxicity.configure(before.folder, before.threads)


@pytest.fixture
def serving(roots):
    """An installation in which the original model serves."""
    before = toxicity.place()
    toxicity.configure(roots["original"], 1)
    yield roots["original"]
    toxicity.configure(before.folder, before.threads)


def nothing_left(root):
    """Neither a model nor a half of one."""
    assert not installed.exists(root)
    assert [each.name for each in root.iterdir() if each.is_dir()] == []


LONG = f"{FRIENDLY[0]} " * 20
"""Longer than the tiny models read at once."""


@pytest.mark.parametrize("model", MODELS)
def test_full_precision_is_what_detoxify_predicts(checkpoints, tmp_path, model):
    manifest = install(tmp_path / "root", checkpoints[model], model, precision="fp32")
    served, own = Detoxify(tmp_path / "root", 1), Own(checkpoint=str(checkpoints[model]))
    sentences = [*for_model(model), "Something else, quite unknown 🙂", "", "\N{ZERO WIDTH SPACE}", "漢字"]
    for sentence, scores in zip(sentences, served.score(sentences), strict=True):
        assert list(scores) == tiny_models.LABELS[model] == manifest.labels
        assert scores == pytest.approx(own.predict(sentence), abs=1e-4)
    assert served.score(HOSTILE)[0]["toxicity"] > 0.9


@pytest.mark.parametrize("model", MODELS)
def test_int8_stays_within_the_drift_that_its_card_states(checkpoints, roots, model):
    served, own = Detoxify(roots[model], 1), Own(checkpoint=str(checkpoints[model]))
    manifest = installed.read(roots[model])
    card = installed.card(roots[model], manifest)
    sentences = for_model(model)
    (together, *labels) = drift.measure([own.predict(text) for text in sentences], served.score(sentences))
    stated = card["drift"]["int8"][0]
    assert 0 < together.most == pytest.approx(stated["most"], abs=1e-4)
    assert together.mean == pytest.approx(stated["mean"], abs=1e-4)
    assert [each.label for each in labels] == tiny_models.LABELS[model]
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


def test_what_is_longer_than_the_model_reads_is_read_in_windows(checkpoint, roots):
    served, own = Detoxify(roots["original"], 1), Own(checkpoint=str(checkpoint))
    text = LONG + " ".join([HOSTILE[1]] * 6)
    assert own.predict(text)["toxicity"] < 0.5, "detoxify reads the beginning alone"
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


def test_the_check_relies_on_a_trained_model(serving):
    content = post(f"{FRIENDLY[0]} {HOSTILE[0]}")
    findings = Toxicity().run(content, CheckSettings(toxicity_engine=toxicity.chosen("auto")))
    assert ids(findings) == ["sentence"]
    assert marked(content, findings) == [HOSTILE[0]]
    assert findings[0].level == Level.BLOCKS
    weights = installed.read(serving).weights
    assert f"says detoxify: original, weights {weights[:12]}, int8." in findings[0].message


def test_the_model_serves_where_it_is_installed_and_the_setting_decides_otherwise(root, roots):
    assert toxicity.chosen("auto") == "screen"
    assert toxicity.chosen("detoxify") == "detoxify"
    with pytest.raises(EngineError, match="No trained model is installed"):
        engine("detoxify")
    toxicity.configure(roots["original"], 1)
    assert toxicity.chosen("auto") == "detoxify"
    assert toxicity.chosen("screen") == "screen"


def test_another_model_serves_as_soon_as_it_is_installed(root, checkpoints):
    install(root, checkpoints["original"], precision="fp32")
    first = engine("detoxify")
    assert engine("detoxify") is first
    install(root, checkpoints["unbiased"], "unbiased", precision="fp32")
    assert engine("detoxify").version.startswith("unbiased, ")
    assert len([each for each in root.iterdir() if each.is_dir()]) == 1


@pytest.mark.parametrize("name", [installed.MODEL, installed.TOKENIZER, installed.CARD])
def test_a_file_that_was_changed_is_not_served(root, roots, name):
    shutil.copytree(roots["original"], root)
    manifest = installed.read(root)
    file = root / manifest.folder / name
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(EngineError, match=f"{name} of the trained model was changed"):
        engine("detoxify")
    file.unlink()
    with pytest.raises(EngineError, match=f"{name} of the trained model cannot be read"):
        engine("detoxify")
    assert toxicity.chosen("auto") == "detoxify", "never the weaker one in silence"


@pytest.mark.parametrize("written", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "folder": "x"}'])
def test_a_manifest_that_is_not_understood_is_not_served(root, written):
    root.mkdir()
    (root / installed.MANIFEST).write_text(written)
    with pytest.raises(EngineError, match="What is installed"):
        engine("detoxify")


def test_a_machine_on_which_the_model_answers_otherwise_does_not_serve(root, roots):
    shutil.copytree(roots["original"], root)
    written = json.loads((root / installed.MANIFEST).read_text())
    written["probes"][HOSTILE[0]] -= 0.2
    (root / installed.MANIFEST).write_text(json.dumps(written))
    with pytest.raises(EngineError, match="Install it again on this machine"):
        engine("detoxify")


def test_scores_that_are_no_numbers_are_an_error(roots, monkeypatch):
    served = Detoxify(roots["original"], 1)
    monkeypatch.setattr(Scorer, "_run", lambda self, ids: [0.1, float("nan")])
    with pytest.raises(EngineError, match="are no scores"):
        served.score(["Good morning"])


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


def change(checkpoint, target, work):
    contents = torch.load(checkpoint, weights_only=True)
    work(contents)
    torch.save(contents, target)
    return target


@pytest.mark.parametrize(
    ("work", "why"),
    [
        (lambda c: c["state_dict"]["classifier.weight"].mul_(0), "does not tell insults from thanks"),
        (lambda c: c["state_dict"].pop("classifier.weight"), "lacks 1 of the model's weights"),
        (lambda c: c["state_dict"].update({"classifier.weight": torch.zeros(2, 2)}), "cannot be loaded"),
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


def command(*words):
    out = io.StringIO()
    call_command("toxicity", *words, stdout=out)
    return out.getvalue()


def test_the_command_installs_says_what_serves_and_removes(root, checkpoint, settings, monkeypatch):
    settings.GATE_TOXICITY_ENGINE = "auto"
    monkeypatch.setenv("COUNTERSIGN_DETOXIFY_SHA256", "")
    said = command("install", "--checkpoint", str(checkpoint), "--tokenizer", str(checkpoint.with_suffix("")))
    digest = installed.sha256(checkpoint)
    assert f"SHA-256 {digest}" in said
    assert "Toxicity engine in service: detoxify, original, weights" in said
    assert command("install", "--unless-installed").startswith("Toxicity engine in service: detoxify")
    card = json.loads(command("status", "--json"))["card"]
    assert card["source"]["checkpoint"] == str(checkpoint)
    (root / installed.read(root).folder / installed.MODEL).write_bytes(b"")
    toxicity.configure(root, 1)
    with pytest.raises(CommandError, match="no post passes it"):
        command("status")
    assert "No trained model is in service" in command("remove")
    nothing_left(root)


def test_the_command_wants_the_vocabulary_beside_a_checkpoint(root, checkpoint):
    with pytest.raises(CommandError, match="needs --tokenizer"):
        command("install", "--checkpoint", str(checkpoint), "--tokenizer", "")


@pytest.fixture
def release(tmp_path):
    """A loopback server with one release of detoxify's form."""
    served = tmp_path / "served"
    served.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=served)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield served, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_download_must_begin_as_its_name_says(release, tmp_path):
    served, address = release
    contents = b"weights" * 1000
    digits = hashlib.sha256(contents).hexdigest()[:8]
    (served / f"toxic-{digits}.ckpt").write_bytes(contents)
    (served / "toxic-00000000.ckpt").write_bytes(contents)
    got = sources.checkpoint(f"{address}/toxic-{digits}.ckpt", tmp_path)
    assert got.read_bytes() == contents
    with pytest.raises(
        EngineError, match=r"could not be downloaded: invalid hash.*give it with --checkpoint"
    ):
        sources.checkpoint(f"{address}/toxic-00000000.ckpt", tmp_path)
    with pytest.raises(EngineError, match="could not be downloaded: HTTP Error 404"):
        sources.checkpoint(f"{address}/gone-00000000.ckpt", tmp_path)
    assert sorted(each.name for each in tmp_path.glob("*.ckpt")) == [f"toxic-{digits}.ckpt"]


def test_the_releases_are_detoxifys_own():
    for model, release in sources.RELEASES.items():
        digits = sources.address(model).rpartition("-")[2].removesuffix(".ckpt")
        assert len(digits) == 8
        assert not release.sha256 or release.sha256.startswith(digits)


KILLED = """
import os, signal, sys
from gate.toxicity import installing
from tests.checks.test_toxicity_detoxify import Path, install
installing.drift.refuse = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
install(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_killed_in_the_middle_nothing_is_installed_and_the_next_try_clears_up(root, checkpoint):
    done = subprocess.run(
        [sys.executable, "-c", KILLED, root, checkpoint],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -9, done.stderr.decode()
    (left,) = root.glob(f"{installed.UNFINISHED}*")
    assert (left / installed.TOKENIZER).exists()
    assert toxicity.chosen("auto") == "screen"
    manifest = install(root, checkpoint, precision="fp32")
    assert [each.name for each in root.iterdir() if each.is_dir()] == [manifest.folder]


def test_two_installations_at_once_are_refused(root, checkpoint):
    with installed.only_one(root), pytest.raises(EngineError, match="Another installation"):
        install(root, checkpoint)


SERVING = """
import sys, django
django.setup()
from django.urls import get_resolver
import config.wsgi, gate.tasks, scheduler.tasks
from pathlib import Path
from gate import toxicity
from gate.checks import registry
from gate.checks.base import CheckSettings
from tests.checks.make import post
get_resolver().url_patterns
assert registry.all_checks()
print(sorted({"torch", "transformers", "detoxify", "onnxruntime"} & set(sys.modules)))
toxicity.configure(Path(sys.argv[1]), 1)
from scheduler import beats
print(beats.model_note())
settings = CheckSettings(toxicity_engine=toxicity.chosen("auto"))
print(len(registry.load("toxicity").run(post("You are a stupid idiot and I hate you."), settings)))
print(sorted({"torch", "transformers", "detoxify", "sklearn"} & set(sys.modules)))
"""


def test_neither_the_web_server_nor_the_worker_imports_torch(roots):
    done = subprocess.run(
        [sys.executable, "-c", SERVING, roots["original"]],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "GATE_TOXICITY_ENGINE": "auto"},
        capture_output=True,
        text=True,
        check=True,
    )
    web, note, findings, worker = done.stdout.splitlines()
    assert note.startswith("loaded: detoxify, original, weights")
    assert (web, findings, worker) == ("[]", "1", "[]")


def test_an_engine_that_is_not_installed_says_so(monkeypatch):
    monkeypatch.setitem(ENGINES, "absent", "gate.toxicity.absent.Engine")
    with pytest.raises(EngineError, match="is not installed"):
        engine("absent")
