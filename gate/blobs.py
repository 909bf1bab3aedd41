"""The exact bytes of images, kept under their SHA-256, and hashed again whenever they are read."""

import hashlib

from accounts.models import Team
from gate import stored
from gate.models import Blob
from gate.stored import BytesBroken as BlobBroken

__all__ = ["BlobBroken", "put", "read"]


def put(*, team: Team, data: bytes, content_type: str, width: int, height: int) -> Blob:
    """Stores the bytes once; the same bytes again give the same row. Raises BlobBroken where the storage does not keep
    them."""
    sha256 = hashlib.sha256(data).hexdigest()
    stored.keep(_path(sha256), data, what="image")
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
    return stored.read(_path(sha256), what="image")


def _path(sha256: str) -> str:
    return f"blobs/{sha256[:2]}/{sha256}"
