"""The exact bytes of images, kept under their SHA-256, and hashed again whenever they are read."""

import hashlib
import os
import tempfile
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage

from accounts.models import Team
from gate.models import Blob


class BlobBroken(Exception):
    """The stored bytes are missing or are not what their name says."""


def put(*, team: Team, data: bytes, content_type: str, width: int, height: int) -> Blob:
    """Stores the bytes once; the same bytes again give the same row. A file under their name that is not them, as a
    full disk or a power cut leaves it, is replaced. Raises BlobBroken where the storage does not keep them."""
    sha256 = hashlib.sha256(data).hexdigest()
    if not _holds(sha256):
        _store(sha256, data)
    blob, _ = Blob.objects.get_or_create(
        team=team,
        sha256=sha256,
        defaults={"content_type": content_type, "size": len(data), "width": width, "height": height},
    )
    return blob


def read(team_id: int, sha256: str) -> bytes:
    """The bytes of one of the team's blobs. Raises BlobBroken."""
    if not Blob.objects.filter(team_id=team_id, sha256=sha256).exists():
        raise BlobBroken(f"No image {sha256[:12]} in this team.")
    return _bytes(sha256)


def _bytes(sha256: str) -> bytes:
    try:
        with default_storage.open(_path(sha256)) as file:
            data: bytes = file.read()
    except OSError as error:
        raise BlobBroken(f"The image {sha256[:12]} cannot be read.") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise BlobBroken(f"The image {sha256[:12]} is not the one that was stored.")
    return data


def _holds(sha256: str) -> bool:
    try:
        _bytes(sha256)
    except BlobBroken:
        return False
    return True


def _path(sha256: str) -> str:
    return f"blobs/{sha256[:2]}/{sha256}"


def _store(sha256: str, data: bytes) -> None:
    if isinstance(default_storage, FileSystemStorage):
        _replace(Path(default_storage.path(_path(sha256))), data)
    else:
        _save(sha256, data)


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


def _save(sha256: str, data: bytes) -> None:
    """Through the storage's own means, which save whole objects. A name that is taken gets another one: then somebody
    else was first, and ours goes. Raises BlobBroken."""
    path = _path(sha256)
    if default_storage.exists(path):  # it is not what its name says, or it would not be stored again
        default_storage.delete(path)
    saved = default_storage.save(path, ContentFile(data))
    if saved != path:
        default_storage.delete(saved)
    if not _holds(sha256):
        raise BlobBroken(f"The storage did not keep the image {sha256[:12]}. Try again.")
