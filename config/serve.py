"""What `script/run` starts once everything is installed: web server, dispatcher and both queue clusters.

    python -m config.serve --host 127.0.0.1 --port 8000 [--note FILE]
    python -m config.serve --only publish

Everything runs in this one supervisor's care until Ctrl-C or SIGTERM; with --only, the named parts, so that units,
containers and further hosts are looked after in the same way. Once the web server answers, the address is printed, and
after it the text of FILE (the demo team's sign-ins). Standard library only, so that `--check` can say that the port is
taken before anything is installed.
"""

from __future__ import annotations

import argparse
import fcntl
import http.client
import os
import re
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from config.paths import ROOT, var_dir
from config.supervisor import LEAVE, SILENCE, Program, Supervisor

WEB_WORKERS, WEB_THREADS = 2, 4
"""Unless the environment has WEB_WORKERS or WEB_THREADS."""
READY_SECONDS = 90
QUEUES = ("gate", "publish")
PARTS = ("web", "dispatch", *QUEUES)
ALARMING = re.compile(r"\b(WARNING|ERROR|CRITICAL)\b")
"""What the terminal shows of the programs' lines, so that the address and the sign-ins stay in sight."""
UNFINISHED_RESTORE = "restore.unfinished"
"""A file in the var folder while rows of a backup are loaded (scheduler/backups/restore.py)."""
EVERY_ADDRESS = {"0.0.0.0", "::", ""}  # noqa: S104 - compared with, not bound to


class CannotServe(Exception):
    """Why nothing was started, in words for the person at the terminal."""


def programs(host: str, port: int, parts: Sequence[str] = PARTS) -> list[Program]:
    """The programs of these parts, in the order of PARTS. Raises CannotServe for a setting that is no number."""
    manage = [sys.executable, str(ROOT / "manage.py")]
    qcluster, silence = [*manage, "qcluster"], _silence()
    known = {
        "web": Program("web", _gunicorn(host, port)),  # gunicorn watches its own workers
        "dispatch": Program("dispatch", [*manage, "dispatch"], silence=silence),
        **{queue: Program(queue, qcluster, {"Q_CLUSTER_NAME": queue}, silence) for queue in QUEUES},
    }
    return [program for name, program in known.items() if name in parts]


def _gunicorn(host: str, port: int) -> list[str]:
    workers, threads = _count("WEB_WORKERS", WEB_WORKERS), _count("WEB_THREADS", WEB_THREADS)
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", bind_address(host, port)]
    return [*command, "--workers", str(workers), "--threads", str(threads), "--no-control-socket"]


def _silence() -> int:
    """Seconds after which a program that shows no sign of life is started again."""
    return _count("SILENCE_SECONDS", SILENCE)


def _count(name: str, default: int) -> int:
    """A whole number from the environment. (config/env.py does this for settings, and needs Django.)"""
    value = os.environ.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or int(value) < 1:
        raise CannotServe(f"{name} is {value!r}: write a whole number, 1 or more.")
    return int(value)


def bind_address(host: str, port: int) -> str:
    """HOST:PORT as gunicorn and URLs write it, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def require_whole(var: Path) -> None:
    """Raise CannotServe where a restore was interrupted: what its rows say is waiting may be out already."""
    mark = var / UNFINISHED_RESTORE
    if mark.exists():
        raise CannotServe(
            "A restore did not finish, and what it loaded may have been sent already. Empty the database and run "
            f"script/restore again. (To begin with nothing instead: empty it, and remove {mark}.)"
        )


def require_free_port(host: str, port: int) -> None:
    """Raise CannotServe if something else listens there, or the address is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does: no wait after a stop
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            raise CannotServe(
                f"Cannot listen on {bind_address(host, port)}: {error.strerror}. "
                f"Stop what is using the port, or choose another: script/run --port {port + 1}"
            ) from error


@contextmanager
def only_one(var: Path, parts: Sequence[str]) -> Iterator[None]:
    """Hold the installation's lock of each part while it runs: two supervisors would write the same log files.

    Raises CannotServe, naming the other's process id, if one of them runs already from this folder. The kernel frees
    the locks when this process ends, however it ends.
    """
    with ExitStack() as stack:
        for part in parts:
            file = stack.enter_context((var / f"run.{part}.lock").open("a+", encoding="ascii"))
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                file.seek(0)
                raise CannotServe(
                    f"Countersign already runs from this folder ({part}, process {file.read().strip() or 'unknown'}). "
                    "Stop it first, with Ctrl-C in its terminal or as it was started."
                ) from error
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
        yield


def answers(host: str, port: int) -> bool:
    """Whether the web server says that it is healthy."""
    connection = http.client.HTTPConnection(local_name(host), port, timeout=5)
    with closing(connection):
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False


def local_name(host: str) -> str:
    """An address at which this machine reaches a server bound to `host`."""
    return "127.0.0.1" if host in EVERY_ADDRESS else host


def shown_address(host: str, port: int) -> str:
    """The address a person opens. On this machine it is "localhost": browsers keep passkeys for a name, not for a
    number."""
    name = local_name(host)
    return (
        f"http://{'localhost' if name == '127.0.0.1' else bind_address(name, port).rsplit(':', 1)[0]}:{port}/"
    )


def announce(host: str, port: int, note: Path | None, log_dir: Path) -> None:
    """Wait until the web server answers, then print where it is; say where to look if it does not."""
    deadline = time.monotonic() + READY_SECONDS
    while not answers(host, port):
        if time.monotonic() > deadline:
            sys.stderr.write(f"\nThe web server does not answer. {log_dir / 'web.log'} says why.\n")
            return
        time.sleep(0.3)
    text = note.read_text("utf-8").rstrip() + "\n" if note is not None and note.exists() else ""
    sys.stdout.write(
        f"\nCountersign is ready at {shown_address(host, port)}\n{text}Logs are in {log_dir}. Ctrl-C stops it.\n\n"
    )
    sys.stdout.flush()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="config.serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--note", type=Path)
    parser.add_argument(
        "--only", type=parts_of, default=PARTS, metavar="PARTS", help=f"run these only: {','.join(PARTS)}"
    )
    parser.add_argument("--verbose", action="store_true", help="show every line of the logs")
    parser.add_argument("--address", action="store_true", help="only say where a browser finds it")
    parser.add_argument("--check", action="store_true", help="only say whether it could start here")
    return parser.parse_args()


def parts_of(text: str) -> tuple[str, ...]:
    """ "web,dispatch" as parts, in their own order. ArgumentTypeError for what is none."""
    named = {word.strip() for word in text.split(",")}
    if unknown := named - set(PARTS):
        raise argparse.ArgumentTypeError(
            f"{', '.join(sorted(unknown)) or 'nothing'}: the parts are {', '.join(PARTS)}"
        )
    return tuple(part for part in PARTS if part in named)


def main() -> int:
    """Command line: 0 after a clean stop, 1 with a plain message where it cannot start."""
    options = arguments()
    if options.address:
        sys.stdout.write(shown_address(options.host, options.port).rstrip("/") + "\n")
        return 0
    var = var_dir()
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with only_one(var, options.only):
            require_whole(var)
            if "web" in options.only:
                require_free_port(options.host, options.port)
            started = programs(options.host, options.port, options.only)
            if not options.check:
                serve(options, started, var / "log")
    except CannotServe as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def serve(options: argparse.Namespace, started: list[Program], log_dir: Path) -> None:
    """Run the programs until told to stop."""
    os.chdir(ROOT)
    shown = bool if options.verbose else is_alarming
    if "web" in options.only:
        os.environ.setdefault("BASE_URL", shown_address(options.host, options.port).rstrip("/"))
        ready = (options.host, options.port, options.note, log_dir)
        threading.Thread(target=announce, args=ready, daemon=True).start()
    supervisor = Supervisor(started, log_dir=log_dir, leave=min(LEAVE, _silence() / 3), shown=shown)
    supervisor.run()


def is_alarming(line: str) -> bool:
    """Whether somebody at the terminal should see the line."""
    return ALARMING.search(line) is not None


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # before the supervisor listens for it
        sys.exit(130)
