"""`manage.py toxicity`: install, status and remove; downloads; two at once, and one that is killed."""

import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from config.paths import ROOT
from gate import toxicity
from gate.toxicity import EngineError, installed, sources
from tests.checks.detoxify.made import install, nothing_left

pytestmark = pytest.mark.xdist_group("detoxify")


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


def test_a_server_that_says_nothing_is_not_waited_for_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "SILENCE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(EngineError, match="timed out"):
        sources.checkpoint(f"http://127.0.0.1:{silent.getsockname()[1]}/toxic-00000000.ckpt", tmp_path)
    assert socket.getdefaulttimeout() is None


def test_the_releases_are_detoxifys_own():
    for model, release in sources.RELEASES.items():
        digits = sources.address(model).rpartition("-")[2].removesuffix(".ckpt")
        assert len(digits) == 8
        assert not release.sha256 or release.sha256.startswith(digits)


KILLED = """
import os, signal, sys
from pathlib import Path
from gate.toxicity import installing
from tests.checks.detoxify.made import install
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
