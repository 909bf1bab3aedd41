"""The bytes of a team's images, for pages of the team."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404

from accounts.access import TeamRequest, team_page
from gate import blobs
from gate.models import Blob

SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
"""What browsers draw and cannot run. Anything else is handed over as a file to keep."""
YEAR = 31_536_000


@team_page()
def blob(request: TeamRequest, sha256: str) -> HttpResponse:
    """The image with this SHA-256, hashed again as it is read; another team's is not there (404).

    The address names the bytes, so a browser may keep them for ever, for this person alone."""
    row = get_object_or_404(Blob, team=request.team, sha256=sha256)
    try:
        data = blobs.read(request.team.pk, sha256)
    except blobs.BlobBroken as error:
        raise Http404(str(error)) from error
    shown = row.content_type in SHOWN
    response = HttpResponse(data, content_type=row.content_type if shown else "application/octet-stream")
    response["Content-Disposition"] = "inline" if shown else "attachment"
    response["Cache-Control"] = f"private, max-age={YEAR}, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
