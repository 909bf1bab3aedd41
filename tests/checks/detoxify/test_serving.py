"""Which engine serves: the trained model where one is installed and whole, and nothing weaker in silence."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from config.paths import ROOT
from gate import toxicity
from gate.checks.base import CheckSettings, Level
from gate.checks.toxicity import Toxicity
from gate.toxicity import ENGINES, EngineError, engine, installed
from gate.toxicity.known_sentences import FRIENDLY, HOSTILE
from tests.checks.detoxify.made import install
from tests.checks.make import ids, marked, post

pytestmark = pytest.mark.xdist_group("detoxify")


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


@pytest.mark.parametrize("name", [installed.MODEL, "int8.weights", installed.TOKENIZER, installed.CARD])
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
print(sorted({"torch", "transformers", "detoxify", "sklearn", "redis"} & set(sys.modules)))
"""


def test_neither_the_web_server_nor_the_worker_imports_torch(roots):
    """Nor the client of Redis, where the database carries the tasks."""
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
