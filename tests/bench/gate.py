"""`script/bench gate`: what the checks cost, and the toxicity model against detoxify as shipped.

    rules         all checks but the model, on a post of 280 characters with two images and 200 earlier posts
    model         a sentence of 40 words, one at a time, in the gate and by detoxify's own predict(), taking turns
    cold start    from the start of the process until it has scored a first sentence
    memory        the resident set then, and after all sentences

The model has the shape of BERT-base and random weights, made on the spot in detoxify's format and converted as
`manage.py toxicity install` does. Two processes are measured, one at a time: what a gate worker loads, Django and
all checks included, and a bare process with detoxify. docs/performance.md says how to read it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config import secrets
from tests.bench.publish import say, this_machine

WORDS = 40
BARS = {"model_speedup": 5.0, "cold_start_ratio": 0.2, "memory_ratio": 0.5, "rules_ms": 10.0}
BERT_BASE_WORDS = 30_522
PAUSE_S = 0.01
"""Before each sentence: the other process's threads spin on for some milliseconds, and are not what is measured.
After a longer pause both are slower, since the processor has gone to sleep."""


class Process:
    """One of gate_process.py; `started` is how many seconds it took to score its first sentence."""

    def __init__(self, kind: str, where: Path) -> None:
        began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.gate_process", kind, str(where)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "READY\n":
            raise SystemExit(f"The process {kind} did not start. Nothing was measured.")
        self.started = time.perf_counter() - began

    def ask(self, line: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(line, file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@contextmanager
def running(kind: str, where: Path) -> Iterator[Process]:
    process = Process(kind, where)
    try:
        yield process
    finally:
        process.close()


def make_model(folder: Path) -> tuple[Path, Path]:
    """A checkpoint in detoxify's format, and the folder in which it is installed, converted."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from gate.toxicity import conversion, installed
    from tests.checks import tiny_models

    say("making a BERT-base with random weights ...")
    checkpoint = tiny_models.write("original", folder / "model", {}, train=False, words=BERT_BASE_WORDS)
    say("converting it ...")
    root, loaded = folder / "installed", conversion.Checkpoint(checkpoint, folder / "model")
    root.mkdir()
    with installed.unfinished(root) as built:
        conversion.save_tokenizer(loaded, built / installed.TOKENIZER)
        conversion.export(loaded, built / "fp32.onnx")
        conversion.quantise(built / "fp32.onnx", built / "int8.onnx")
        (built / "int8.onnx").rename(built / installed.MODEL)
        (built / "fp32.onnx").unlink()
        conversion.weights(built / "fp32.onnx").unlink()
        manifest = installed.Manifest(
            folder="model-bench",
            model="original",
            precision="int8",
            weights=installed.sha256(checkpoint),
            labels=loaded.class_names,
            max_tokens=loaded.max_tokens,
            files=installed.digests(built),
            probes={},
            installed_at="",
        )
        installed.put_in_service(root, built, manifest)
    return checkpoint, root


def sentences(count: int) -> list[str]:
    """All different, so that none is remembered."""
    chance = random.Random(7)  # the words are those of tests/checks/tiny_models.py
    return [" ".join(f"word{chance.randrange(20_000)}" for _ in range(WORDS)) for _ in range(count)]


def measure(options: argparse.Namespace, checkpoint: Path, root: Path) -> dict[str, Any]:
    starts: dict[str, list[float]] = {"gate": [], "detoxify": []}
    fresh: dict[str, list[int]] = {"gate": [], "detoxify": []}
    places = {"gate": root, "detoxify": checkpoint}
    for number in range(options.starts):
        say(f"cold start {number + 1} of {options.starts} ...")
        for kind, where in places.items():
            with running(kind, where) as process:
                starts[kind].append(process.started)
                fresh[kind].append(process.ask("memory")["VmRSS"])
    times: dict[str, list[float]] = {"gate": [], "detoxify": []}
    with running("gate", root) as gate, running("detoxify", checkpoint) as own:
        processes = {"gate": gate, "detoxify": own}
        say(f"{options.sentences} sentences ...")
        for text in sentences(options.sentences):
            for kind, process in processes.items():
                time.sleep(PAUSE_S)
                times[kind].append(process.ask(f"score {text}"))
        memory = {kind: process.ask("memory") for kind, process in processes.items()}
        say(f"{options.rounds} rounds of the other checks ...")
        rules = gate.ask(f"rules {options.rounds}")
    return {"starts": starts, "fresh": fresh, "times": times, "memory": memory, "rules": rules}


def summary(found: dict[str, Any]) -> dict[str, float]:
    """What the JSON line says."""
    model = {kind: statistics.median(times) for kind, times in found["times"].items()}
    start = {kind: statistics.median(seconds) for kind, seconds in found["starts"].items()}
    memory = {kind: sizes["VmRSS"] for kind, sizes in found["memory"].items()}
    return {
        "model_speedup": round(model["detoxify"] / model["gate"], 2),
        "cold_start_ratio": round(start["gate"] / start["detoxify"], 3),
        "memory_ratio": round(memory["gate"] / memory["detoxify"], 3),
        "rules_ms": round(statistics.median(map(sum, zip(*found["rules"].values(), strict=True))), 2),
        "model_ms": round(model["gate"], 2),
    }


def table(found: dict[str, Any]) -> str:
    lines = [f"{'':30}{'gate worker':>14}{'detoxify':>14}"]
    for name, values in (
        ("a sentence of 40 words, ms", found["times"]),
        ("cold start, s", found["starts"]),
        ("memory at the start, MiB", {k: [x / 1024 for x in v] for k, v in found["fresh"].items()}),
        ("memory after all, MiB", {k: [v["VmRSS"] / 1024] for k, v in found["memory"].items()}),
        ("memory at its peak, MiB", {k: [v["VmHWM"] / 1024] for k, v in found["memory"].items()}),
    ):
        medians = [statistics.median(values[kind]) for kind in ("gate", "detoxify")]
        lines.append(f"{name:30}{medians[0]:14.2f}{medians[1]:14.2f}")
    lines.append("\nall other checks on one post, ms")
    for check_id, times in sorted(found["rules"].items(), key=lambda pair: -statistics.median(pair[1])):
        lines.append(f"  {check_id:28}{statistics.median(times):14.3f}")
    short = summary(found)
    lines.append("")
    lines += [
        f"{name:30}{short[name]:14.3f}   bar {'at least' if name == 'model_speedup' else 'at most'} {bar:g}"
        for name, bar in BARS.items()
    ]
    return "\n".join(lines)


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="script/bench gate", description=__doc__.partition("\n")[0])
    parser.add_argument("--sentences", type=int, default=60, help="scored by both (60)")
    parser.add_argument("--starts", type=int, default=5, help="cold starts of each (5)")
    parser.add_argument("--rounds", type=int, default=200, help="of the other checks (200)")
    parser.add_argument("--model", type=Path, help="a folder to make the model in, or with one from before")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as own:
        var = Path(own) / "var"
        secrets.ensure(var)  # a worker has keys, and here they are nobody's
        os.environ["COUNTERSIGN_VAR"] = str(var)
        folder = options.model or Path(own)
        ready = (folder / "installed" / "installed.json").exists()
        checkpoint, root = (folder / "model.ckpt", folder / "installed") if ready else make_model(folder)
        found = measure(options, checkpoint, root)
    print(f"{this_machine()}\n")
    print(table(found))
    print(json.dumps(summary(found)))
    return 0
