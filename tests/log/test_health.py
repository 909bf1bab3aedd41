"""/healthz and /readyz: what supervisors and load balancers ask."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from ledger import services
from scheduler import beats, tasks
from scheduler.models import Beat
from tests.log.conftest import Write

LOADED = "loaded: screen, some version"
EVERYTHING = {"dispatcher", "gate", "publish"}


def beat(name: str, seconds: float = 1, instance: str = "here:1", note: str = "") -> None:
    defaults = {
        "at": timezone.now() - timedelta(seconds=seconds),
        "note": note or (LOADED if name == "gate" else ""),
    }
    Beat.objects.update_or_create(name=name, instance=instance, defaults=defaults)


def ready() -> tuple[int, dict[str, Any]]:
    response = Client().get("/readyz")
    return response.status_code, response.json()


@pytest.fixture
def everything(db: None) -> None:
    for name in EVERYTHING:
        beat(name)


def test_alive_without_a_database() -> None:
    """No database is set up for this test: a query would fail it."""
    response = Client().get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_ready_while_everything_beats(write: Write) -> None:
    for name in EVERYTHING:
        beat(name, 30)
    write()
    services.checkpoint()
    status, report = ready()
    assert status == 200
    assert report["ready"]
    assert 30 <= report["parts"]["gate"]["beat_age_seconds"] < 60
    assert report["model"] == {"ok": True, "loaded": "screen, some version"}
    assert report["checkpoint"]["ok"]
    assert 0 <= report["checkpoint"]["age_seconds"] < 60
    assert report["checkpoint"]["oldest_unsigned_entry_seconds"] is None
    assert set(report) == {"ready", "database", "parts", "model", "checkpoint"}


@pytest.mark.parametrize("part", sorted(EVERYTHING))
@pytest.mark.parametrize("old", [True, False])
def test_not_ready_when_a_part_is_silent_or_never_came(everything: None, part: str, old: bool) -> None:
    Beat.objects.filter(name=part).delete()
    if old:
        beat(part, 36)
    status, report = ready()
    assert status == 503
    assert [name for name, each in report["parts"].items() if not each["ok"]] == [part]
    assert report["parts"][part]["instances"] == 0


def test_one_living_instance_is_enough_and_the_living_are_counted(everything: None) -> None:
    beat("publish", 20, "there:2")
    beat("publish", 500, "there:1")
    status, report = ready()
    assert status == 200
    assert report["parts"]["publish"]["instances"] == 2
    assert report["parts"]["publish"]["beat_age_seconds"] < 20


def test_a_beat_from_before_the_clock_stepped_back_shows_nothing(everything: None) -> None:
    beat("publish", -3600)
    status, report = ready()
    assert status == 503
    assert report["parts"]["publish"] == {"ok": False, "beat_age_seconds": None, "instances": 0}


def test_hosts_whose_clocks_differ_a_little_are_there(everything: None) -> None:
    beat("publish", -5)
    status, report = ready()
    assert status == 200
    assert report["parts"]["publish"]["beat_age_seconds"] == 0


@pytest.mark.parametrize(
    ("notes", "loaded"),
    [
        (
            ["not loaded: detoxify: /srv/weights cannot be read"],
            "a gate cluster could not load it; its log says why",
        ),
        ([LOADED, "not loaded: detoxify: no"], "a gate cluster could not load it; its log says why"),
    ],
)
def test_not_ready_where_a_gate_has_no_model_and_the_reason_is_not_for_everybody(
    everything: None, notes: list[str], loaded: str
) -> None:
    for number, note in enumerate(notes, 1):
        beat("gate", 1, f"here:{number}", note)
    status, report = ready()
    assert status == 503
    assert report["parts"]["gate"]["ok"]
    assert report["model"] == {"ok": False, "loaded": loaded}


def test_not_ready_before_a_gate_has_said_which_model_it_has(everything: None) -> None:
    Beat.objects.filter(name="gate").update(note="")
    status, report = ready()
    assert status == 503
    assert not report["model"]["ok"]


@pytest.mark.parametrize("signed_before", [True, False])
def test_not_ready_when_entries_wait_for_a_checkpoint(
    everything: None, write: Write, signed_before: bool
) -> None:
    if signed_before:
        services.checkpoint()
    write()
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        for name in EVERYTHING:
            beat(name)
        status, report = ready()
        assert status == 503
        assert not report["checkpoint"]["ok"]
        assert 360 <= report["checkpoint"]["oldest_unsigned_entry_seconds"] < 420
        services.checkpoint()
        assert ready()[0] == 200


def test_an_entry_may_wait_a_while_and_an_old_checkpoint_of_everything_is_no_fault(
    everything: None, write: Write
) -> None:
    write(at=timezone.now() - timedelta(days=3))
    services.checkpoint()
    assert ready()[0] == 200
    write(at=timezone.now() - timedelta(minutes=4))
    assert ready()[0] == 200


@pytest.mark.django_db
def test_not_ready_when_the_database_does_not_answer() -> None:
    def broken(*_: object) -> None:
        raise OperationalError("password=secret at db.internal")

    with connection.execute_wrapper(broken):
        status, report = ready()
    assert status == 503
    assert report == {"ready": False, "database": "does not answer"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_only_to_be_asked(path: str) -> None:
    assert Client().post(path).status_code == 405


@pytest.fixture
def no_model_yet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(beats, "_model", beats.Model())
    return


@pytest.mark.django_db
def test_the_gate_loads_its_model_and_says_which(no_model_yet: None) -> None:
    tasks.beat("gate")
    tasks.beat("publish")
    notes = dict(Beat.objects.values_list("name", "note"))
    assert notes["gate"].startswith("loaded: screen, words and rules ")
    assert notes["publish"] == ""


@pytest.mark.django_db
def test_the_gate_says_why_it_has_none_and_tries_again_later(
    no_model_yet: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.GATE_TOXICITY_ENGINE = "oracle"
    tasks.beat("gate")
    assert Beat.objects.get().note.startswith("not loaded: oracle: There is no toxicity engine 'oracle'")
    settings.GATE_TOXICITY_ENGINE = "screen"
    tasks.beat("gate")
    assert Beat.objects.get().note.startswith("not loaded: oracle")
    monkeypatch.setattr(beats, "TRY_AGAIN_SECONDS", 0)
    tasks.beat("gate")
    assert Beat.objects.get().note.startswith("loaded: screen")


@pytest.mark.django_db
def test_a_long_task_renews_the_row_and_keeps_its_note() -> None:
    beat("gate", 30, beats.instance())
    beats.renew("gate")
    row = Beat.objects.get()
    assert row.note == LOADED
    assert timezone.now() - row.at < timedelta(seconds=30)


@pytest.mark.django_db
def test_rows_of_programs_that_are_gone_are_forgotten() -> None:
    for seconds in (-90_000, -3600, 3600, 90_000):
        beat("publish", seconds, f"there:{seconds}")
    beats.forget_old(timezone.now())
    assert set(Beat.objects.values_list("instance", flat=True)) == {"there:3600", "there:-3600"}
