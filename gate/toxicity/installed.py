"""The trained model that is installed: one folder, and a manifest that names it and the digest of each file.

The manifest is replaced in one step when everything else is there, so a model is either installed or not, however
an installation ended. Nothing here loads a model: the web server and `manage.py check` may ask.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import mmap
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from gate.toxicity.errors import EngineError

MANIFEST: Final = "installed.json"
FORMAT: Final = 1
MODEL: Final = "model.onnx"
TOKENIZER: Final = "tokenizer.json"
CARD: Final = "card.json"
CARD_TEXT: Final = "MODEL_CARD.md"
MODELS: Final = "model-"
UNFINISHED: Final = ".new-"
DOWNLOADS: Final = ".download-"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is installed. model: detoxify's name of it. weights: SHA-256 of the checkpoint that it was made from.
    files: name to SHA-256. probes: sentence to the toxicity that it had when it was installed."""

    folder: str
    model: str
    precision: str
    weights: str
    labels: list[str]
    max_tokens: int
    files: dict[str, str]
    probes: dict[str, float]
    installed_at: str
    format: int = FORMAT

    @property
    def version(self) -> str:
        return f"{self.model}, weights {self.weights[:12]}, {self.precision}"


def exists(root: Path) -> bool:
    return (root / MANIFEST).exists()


def mark(root: Path) -> object:
    """Another one for every model that is installed there."""
    try:
        found = (root / MANIFEST).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def read(root: Path) -> Manifest:
    """Raises EngineError where there is none, or none that is understood."""
    try:
        found = json.loads((root / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise EngineError("No trained model is installed: see manage.py toxicity install.") from error
    except (OSError, ValueError) as error:
        raise EngineError(f"What is installed in {root} cannot be read: {error}") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise EngineError(f"What is installed in {root} is of another format. Install the model again.")
    try:
        return Manifest(**found)
    except TypeError as error:
        raise EngineError(f"What is installed in {root} is not understood: {error}") from error


def verified(root: Path, manifest: Manifest) -> Path:
    """The folder of the model, every file of which is what was installed. Raises EngineError."""
    folder = root / manifest.folder
    for name, expected in manifest.files.items():
        try:
            found = sha256(folder / name)
        except OSError as error:
            raise EngineError(f"{name} of the trained model cannot be read: {error}") from error
        if found != expected:
            raise EngineError(
                f"{name} of the trained model was changed: its SHA-256 is {found}, and {expected} was installed."
            )
    return folder


def digests(folder: Path) -> dict[str, str]:
    """Of every file that is there, by its name."""
    return {path.name: sha256(path) for path in sorted(folder.iterdir())}


def sha256(path: Path) -> str:
    """In one call, during which other threads run: hashlib.file_digest() asks for its turn again every 256 KiB."""
    with path.open("rb") as file:
        if not path.stat().st_size:  # which cannot be mapped
            return hashlib.sha256().hexdigest()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return hashlib.sha256(content).hexdigest()


@contextlib.contextmanager
def only_one(root: Path) -> Iterator[None]:
    """Keeps a second installation out. Raises EngineError where one is running. The system lets go of the lock when
    the process ends, however it ends."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise EngineError("Another installation of a toxicity model is running.") from error
        yield


@contextlib.contextmanager
def unfinished(root: Path) -> Iterator[Path]:
    """A folder to build in, gone at the end unless it was put in service. Clears what killed builds left behind."""
    for left in root.glob(f"{UNFINISHED}*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=root))
    folder.chmod(0o755)  # whoever installs need not be whom the workers run as
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put_in_service(root: Path, built: Path, manifest: Manifest) -> None:
    """From here on this model serves; the one before is deleted."""
    built.rename(root / manifest.folder)
    new = root / f"{MANIFEST}.new"
    with new.open("w", encoding="utf-8") as file:
        json.dump(asdict(manifest), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    new.replace(root / MANIFEST)
    _delete_others(root, keep=manifest.folder)


def remove(root: Path) -> bool:
    """Whether there was one."""
    there = exists(root)
    (root / MANIFEST).unlink(missing_ok=True)
    if root.is_dir():
        _delete_others(root, keep="")
    return there


def _delete_others(root: Path, *, keep: str) -> None:
    """Only what was made here: somebody may have named a folder that holds other things too."""
    for each in root.iterdir():
        if each.is_dir() and each.name != keep and each.name.startswith((MODELS, UNFINISHED, DOWNLOADS)):
            shutil.rmtree(each, ignore_errors=True)


def card(root: Path, manifest: Manifest) -> dict[str, Any]:
    """The model card. Raises EngineError."""
    try:
        found: dict[str, Any] = json.loads((root / manifest.folder / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EngineError(f"The model card cannot be read: {error}") from error
    return found
