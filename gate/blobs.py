"""The exact bytes of images, kept under their SHA-256, and hashed again whenever they are read."""

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.models import Team
from gate.models import Blob


class BlobBroken(Exception):
    """The stored bytes are missing or are not what their name says."""


def put(*, team: Team, data: bytes, content_type: str, width: int, height: int) -> Blob:
    """Stores the bytes once; the same bytes again give the same row."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = _path(sha256)
    if not default_storage.exists(path):
        default_storage.save(path, ContentFile(data))
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
    try:
        with default_storage.open(_path(sha256)) as file:
            data: bytes = file.read()
    except OSError as error:
        raise BlobBroken(f"The image {sha256[:12]} cannot be read.") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise BlobBroken(f"The image {sha256[:12]} is not the one that was stored.")
    return data


def _path(sha256: str) -> str:
    return f"blobs/{sha256[:2]}/{sha256}"
