"""Bytes in the default storage, under paths that end in their SHA-256: hashed again whenever they are read."""

import hashlib
import os
import tempfile
from pathlib import Path, PurePosixPath

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage


class BytesBroken(Exception):
    """The stored bytes are missing or are not what their name says."""


def keep(path: str, data: bytes, *, what: str) -> None:
    """Stores the bytes, which the last part of `path` names. A file in that place that is not them, as a full disk or a
    power cut leaves it, is replaced. `what` they are, in words. Raises BytesBroken where the storage does not keep
    them."""
    if _holds(path):
        return
    if isinstance(default_storage, FileSystemStorage):
        _replace(Path(default_storage.path(path)), data)
    else:
        _save(path, data, what)


def read(path: str, *, what: str) -> bytes:
    """The bytes that the last part of `path` names. Raises BytesBroken."""
    sha256 = PurePosixPath(path).name
    try:
        with default_storage.open(path) as file:
            data: bytes = file.read()
    except OSError as error:
        raise BytesBroken(f"The {what} {sha256[:12]} cannot be read.") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise BytesBroken(f"The {what} {sha256[:12]} is not the one that was stored.")
    return data


def _holds(path: str) -> bool:
    try:
        read(path, what="file")
    except BytesBroken:
        return False
    return True


def _replace(place: Path, data: bytes) -> None:
    """The file appears whole or not at all, and stays after a power cut: written under another name, synchronised,
    moved into its place, and the folder synchronised. Of several at once the last stays, with the same bytes."""
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)  # mkstemp keeps it from a backup that runs as somebody else
        os.replace(name, place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _save(path: str, data: bytes, what: str) -> None:
    """Through the storage's own means, which save whole objects. A name that is taken gets another one: then somebody
    else was first, and ours goes. Raises BytesBroken."""
    if default_storage.exists(path):  # it is not what its name says, or it would not be stored again
        default_storage.delete(path)
    saved = default_storage.save(path, ContentFile(data))
    if saved != path:
        default_storage.delete(saved)
    if not _holds(path):
        raise BytesBroken(f"The storage did not keep the {what} {PurePosixPath(path).name[:12]}. Try again.")
