"""The bytes of evidence, under their SHA-256 in the team's own folder."""

from __future__ import annotations

from gate import stored
from gate.models import Evidence
from gate.stored import BytesBroken

__all__ = ["BytesBroken", "keep", "read"]


def keep(team_id: int, sha256: str, data: bytes) -> None:
    """Raises BytesBroken where the storage does not keep them."""
    stored.keep(_path(team_id, sha256), data, what="evidence")


def read(piece: Evidence) -> bytes:
    """The bytes that the row's digest names, hashed again. Raises BytesBroken."""
    return stored.read(_path(piece.team_id, piece.sha256), what="evidence")


def _path(team_id: int, sha256: str) -> str:
    return f"evidence/{team_id}/{sha256}"
