"""/healthz and /readyz: what supervisors and load balancers ask."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from ledger import services
from scheduler.models import Beat
from tests.log.conftest import Write


def beat(name: str, seconds: int = 1) -> None:
    Beat.objects.update_or_create(name=name, defaults={"at": timezone.now() - timedelta(seconds=seconds)})


def test_alive_without_a_database() -> None:
    """No database is set up for this test: a query would fail it."""
    response = Client().get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_ready_while_everything_beats(write: Write) -> None:
    for name in ("dispatcher", "gate", "publish"):
        beat(name, 30)
    write()
    services.checkpoint()
    response = Client().get("/readyz")
    assert response.status_code == 200
    report = response.json()
    assert report["ready"]
    assert 30 <= report["parts"]["gate"]["beat_age_seconds"] < 60
    assert 0 <= report["checkpoint_age_seconds"] < 60
    assert set(report) == {"ready", "database", "parts", "checkpoint_age_seconds"}


@pytest.mark.django_db
@pytest.mark.parametrize("part", ["dispatcher", "gate", "publish"])
@pytest.mark.parametrize("old", [True, False])
def test_not_ready_when_a_part_is_silent_or_never_came(part: str, old: bool) -> None:
    for name in {"dispatcher", "gate", "publish"} - {part}:
        beat(name)
    if old:
        beat(part, 61)
    response = Client().get("/readyz")
    assert response.status_code == 503
    parts = response.json()["parts"]
    assert [name for name, each in parts.items() if not each["ok"]] == [part]


@pytest.mark.django_db
def test_not_ready_when_the_database_does_not_answer() -> None:
    def broken(*_: object) -> None:
        raise OperationalError("password=secret at db.internal")

    with connection.execute_wrapper(broken):
        response = Client().get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"ready": False, "database": "does not answer"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_only_to_be_asked(path: str) -> None:
    assert Client().post(path).status_code == 405
