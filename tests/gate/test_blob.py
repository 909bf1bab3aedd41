"""The bytes of images: the team's own, exactly those that were stored, and nothing that could run."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from gate import blobs
from gate.models import Blob
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


def keep(team, data):
    return blobs.put(team=team, data=data, content_type="image/png", width=320, height=200)


def stored():
    """Every file under the folder of blobs, whatever it is called."""
    return sorted(path for path in (Path(settings.MEDIA_ROOT) / "blobs").rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "wreck",
    [lambda data: b"", lambda data: data[: len(data) // 2], lambda data: data + b"x"],
    ids=["empty", "half", "longer"],
)
def test_a_file_that_is_not_what_its_name_says_is_replaced(desk, picture, wreck):
    data = make.picture()
    (file,) = stored()
    file.write_bytes(wreck(data))
    with pytest.raises(blobs.BlobBroken):
        blobs.read(desk.team.pk, picture.sha256)
    assert keep(desk.team, data) == picture
    assert blobs.read(desk.team.pk, picture.sha256) == data
    assert stored() == [file]


def test_a_file_that_is_right_is_left_alone(desk, picture):
    (file,) = stored()
    before = file.stat()
    keep(desk.team, make.picture())
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_write_that_fails_leaves_nothing_behind(desk, monkeypatch):
    def full(handle):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space left"):
            keep(desk.team, b"picture")
    assert stored() == []
    assert not Blob.objects.exists()
    row = keep(desk.team, b"picture")
    assert blobs.read(desk.team.pk, row.sha256) == b"picture"


@pytest.mark.django_db(transaction=True)
def test_six_at_once_make_one_file_and_one_row():
    team, data = make.team(), make.picture()
    start, rows, errors = threading.Barrier(6), [], []

    def one():
        try:
            start.wait()
            rows.append(keep(team, data).pk)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(rows) == 6
    assert len(set(rows)) == 1
    assert len(stored()) == 1
    assert blobs.read(team.pk, Blob.objects.get().sha256) == data


@pytest.fixture
def in_memory(settings):
    """A storage without files on this machine, as a bucket is."""
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": memory}


def test_another_storage_keeps_and_mends_them_too(desk, in_memory):
    row = keep(desk.team, b"picture")
    path = f"blobs/{row.sha256[:2]}/{row.sha256}"
    default_storage.delete(path)
    default_storage.save(path, ContentFile(b"pic"))
    with pytest.raises(blobs.BlobBroken):
        blobs.read(desk.team.pk, row.sha256)
    assert keep(desk.team, b"picture") == row
    assert blobs.read(desk.team.pk, row.sha256) == b"picture"
    assert default_storage.listdir(f"blobs/{row.sha256[:2]}")[1] == [row.sha256]
