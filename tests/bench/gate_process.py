"""One process that `script/bench gate` measures: answers a line of JSON for each line that it reads.

    python -m tests.bench.gate_process gate FOLDER       what a gate worker has loaded; FOLDER: the installed model
    python -m tests.bench.gate_process detoxify FILE     detoxify as shipped, on the checkpoint FILE

It prints READY when it has scored a first sentence. Then: `score TEXT` answers milliseconds; `memory` the resident
set and its peak in KiB; `rules ROUNDS` the milliseconds of each check but toxicity, of each round.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

FIRST = "Thank you all for a lovely evening."
POST = (
    "Our spring market is on Saturday at the old harbour! Over forty stalls with bread, honey and plants, a "
    "repair table for bikes and toasters, and the school choir at three. Come by tram 4, the car park stays "
    "closed. Programme: https://example.org/market Thanks @maria. #SpringMarket"
)
"""280 characters."""
EARLIER = 200
"""Posts of the last weeks that it is compared with: as many as a check is ever given."""


def gate_worker(folder: str) -> Callable[[str], object]:
    import django

    django.setup()
    from pathlib import Path

    from django.conf import settings

    import scheduler.tasks  # noqa: F401  the beats of the cluster
    from gate import tasks, toxicity  # noqa: F401  what a cluster imports for its tasks
    from gate.checks import registry

    toxicity.configure(Path(folder), settings.GATE_TOXICITY_THREADS)
    registry.all_checks()
    engine = toxicity.engine("detoxify")
    return lambda text: engine.score([text])


def detoxify(checkpoint: str) -> Callable[[str], object]:
    os.environ["HF_HUB_OFFLINE"] = "1"
    from detoxify import Detoxify

    predict: Callable[[str], object] = Detoxify(checkpoint=checkpoint).predict
    return predict


def rules(rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each check, of each round."""
    from gate.checks import registry
    from gate.checks.base import CheckSettings
    from gate.checks.settings import examine
    from tests.checks.make import image, post

    images = (image("a", "Children plant a tree"), image("b", "A table with bread and honey"))
    assert len(POST) == 280, len(POST)
    content = post(POST, platform="mastodon", media=images)
    given = CheckSettings(earlier=_earlier(), toxicity_engine="detoxify")
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        for check_id in registry.CHECKS:
            if check_id != "toxicity":
                check, started = registry.load(check_id), perf_counter()
                examine(check, content, given)
                found.setdefault(check_id, []).append((perf_counter() - started) * 1000)
    return found


def _earlier() -> Any:
    from gate.checks.base import Earlier

    words = POST.split()
    return tuple(
        Earlier(
            f"Post {n}", "mastodon", "one", " ".join(words[n % 40 :] + words[: n % 40][::-1]), "1 May 2026"
        )
        for n in range(EARLIER)
    )


def memory() -> dict[str, int]:
    with open("/proc/self/status", encoding="ascii") as status:
        lines = dict(line.split(":", 1) for line in status)
    return {name: int(lines[name].split()[0]) for name in ("VmRSS", "VmHWM")}


def main(kind: str, where: str) -> None:
    score = {"gate": gate_worker, "detoxify": detoxify}[kind](where)
    score(FIRST)
    print("READY", flush=True)
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        print(json.dumps(_answer(score, word, rest)), flush=True)


def _answer(score: Callable[[str], object], word: str, rest: str) -> Any:
    match word:
        case "score":
            started = perf_counter()
            score(rest)
            return (perf_counter() - started) * 1000
        case "memory":
            return memory()
        case "rules":
            return rules(int(rest))


if __name__ == "__main__":
    main(*sys.argv[1:])
