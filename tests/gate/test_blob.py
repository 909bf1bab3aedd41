"""The bytes of images: the team's own, exactly those that were stored, and nothing that could run."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from django.conf import settings

from gate import blobs
from tests import factories as make


@pytest.fixture
def picture(desk):
    return blobs.put(team=desk.team, data=make.picture(), content_type="image/png", width=320, height=200)


def test_members_get_the_bytes_that_the_address_names(desk, url, picture):
    answer = desk.auditor_browser.get(url(f"blob/{picture.sha256}/"))
    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).hexdigest() == picture.sha256
    assert answer["Content-Type"] == "image/png"


def test_a_browser_may_keep_them_and_run_nothing(desk, url, picture):
    answer = desk.author_browser.get(url(f"blob/{picture.sha256}/"))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "private" in answer["Cache-Control"]
    assert "immutable" in answer["Cache-Control"]


def test_others_find_nothing(desk, url, picture, client):
    assert desk.stranger_browser.get(url(f"blob/{picture.sha256}/")).status_code == 404
    theirs = f"/t/{desk.stranger.team.slug}/blob/{picture.sha256}/"
    assert desk.stranger_browser.get(theirs).status_code == 404
    assert client.get(url(f"blob/{picture.sha256}/")).status_code == 302
    assert desk.author_browser.get(url(f"blob/{'0' * 64}/")).status_code == 404


def test_bytes_that_were_tampered_with_are_not_shown(desk, url, picture):
    file = Path(settings.MEDIA_ROOT) / "blobs" / picture.sha256[:2] / picture.sha256
    file.write_bytes(make.picture(colour="#ff0000"))
    assert desk.author_browser.get(url(f"blob/{picture.sha256}/")).status_code == 404
    file.unlink()
    assert desk.author_browser.get(url(f"blob/{picture.sha256}/")).status_code == 404


def test_what_is_no_picture_is_handed_over_as_a_file(desk, url):
    row = blobs.put(team=desk.team, data=b"<script>", content_type="text/html", width=1, height=1)
    answer = desk.author_browser.get(url(f"blob/{row.sha256}/"))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == "attachment"
