"""The process that decodes pictures: `python -m scheduler.imaging.worker`, started by process.py.

One picture, then it ends. Standard input: one line of JSON, then the file. Standard output: one line of JSON,
then the result. It has no secrets in its environment, and limits on memory, time and what it can write.
"""

import contextlib
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

from scheduler.imaging import words
from scheduler.imaging.master import make_master
from scheduler.imaging.rendition import Room, make_rendition, make_thumbnail
from scheduler.imaging.types import ImageRefused

MEMORY_BYTES = 1 << 30
"""Measured: the largest picture that is let in (50 megapixels, with alpha and a profile) needs about 800."""
CPU_SECONDS = 20
OUTPUT_BYTES = 64_000_000


def confine() -> None:
    """Takes the limits on, for good: a process cannot raise its own hard limits again."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES, OUTPUT_BYTES))
    if sys.platform == "linux":  # elsewhere the address space is counted in ways that no limit fits
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        with contextlib.suppress(OSError):  # where the machine runs short, this process goes first
            Path("/proc/self/oom_score_adj").write_text("1000")
    os.nice(5)


def answer(request: dict[str, Any], data: bytes) -> tuple[dict[str, object], bytes]:
    """Does what the request asks. Raises ImageRefused; KeyError for a request that nobody makes."""
    operations = {
        "ingest": lambda: make_master(data),
        "render": lambda: make_rendition(
            data, Room(tuple(request["types"]), request["bytes"], request["pixels"])
        ),
        "thumbnail": lambda: make_thumbnail(data, request["side"]),
    }
    return operations[request["operation"]]()


def main() -> None:
    """Reads one request, writes one answer."""
    confine()
    request = json.loads(sys.stdin.buffer.readline())
    try:
        head, body = answer(request, sys.stdin.buffer.read())
    except ImageRefused as refused:
        head, body = {"refused": refused.message}, b""
    except MemoryError:
        head, body = {"refused": words.TOO_MUCH_MEMORY}, b""
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + body)


if __name__ == "__main__":
    main()
