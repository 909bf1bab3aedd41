"""The dispatcher's loop: it wakes for what is due next, and a step of the clock stops none of its intervals."""

import threading
import time
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from gate.errors import WrongState
from scheduler import dispatcher, sign_of_life
from scheduler.management.commands.dispatch import Command
from scheduler.models import Beat, Delivery
from tests.must_hold.sending import due_delivery

SOON = timedelta(seconds=1)
MOMENT = timedelta(milliseconds=400)


@pytest.fixture
def delivery(db):
    return due_delivery()


def test_it_wakes_for_the_next_due_time(delivery):
    now = timezone.now()
    Delivery.objects.update(due_at=now + MOMENT)
    assert dispatcher.next_due(now, SOON) == now + MOMENT


@pytest.mark.parametrize("ago", [timedelta(minutes=1), -MOMENT / 2])
def test_it_wakes_for_the_next_try(delivery, ago):
    now = timezone.now()
    Delivery.objects.update(due_at=now - ago, next_try_at=now + MOMENT)
    assert dispatcher.next_due(now, SOON) == now + MOMENT


def test_nothing_soon_is_nothing_to_wake_for(delivery):
    now = timezone.now()
    assert dispatcher.next_due(now, SOON) is None, "what is due already was nudged by this look"
    Delivery.objects.update(due_at=now + 2 * SOON)
    assert dispatcher.next_due(now, SOON) is None


@pytest.fixture
def command(db):
    made = Command()
    made.stopping = made.followed = False
    made.beat_at = made.checkpoint_at = time.monotonic()
    return made


def nudged(delivery) -> bool:
    delivery.refresh_from_db()
    return delivery.nudged_at is not None


def test_between_two_looks_it_nudges_what_becomes_due(command, delivery):
    looked = timezone.now()
    Delivery.objects.update(due_at=looked + MOMENT)
    command._nudge_until(time.monotonic() + 30, looked, 0)
    assert nudged(delivery)
    assert delivery.nudged_at >= delivery.due_at


def test_what_became_due_since_the_last_look_is_not_forgotten(command, delivery):
    Delivery.objects.update(due_at=timezone.now() - MOMENT)
    command._nudge_until(time.monotonic() + 30, timezone.now() - 2 * MOMENT, 0)
    assert nudged(delivery)


def test_after_a_full_batch_it_nudges_again_before_the_next_look(command, delivery):
    command._nudge_until(time.monotonic() + 30, timezone.now(), dispatcher.BATCH)
    assert nudged(delivery)


@pytest.mark.parametrize("step", [timedelta(hours=-1), timedelta(hours=1)])
def test_a_step_of_the_clock_does_not_stop_the_signs_of_life(command, step):
    command._work(timezone.now())
    with time_machine.travel(timezone.now() + step):
        command.beat_at -= settings.BEAT_SECONDS  # so much later
        command._work(timezone.now())
        assert abs(Beat.objects.get(name="dispatcher").at - timezone.now()) < timedelta(minutes=1)


def test_a_step_of_the_clock_makes_no_haste_either(command):
    command._work(timezone.now())
    first = Beat.objects.get(name="dispatcher").at
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        command._work(timezone.now())
    assert Beat.objects.get(name="dispatcher").at == first


def test_a_step_back_while_it_waits_makes_it_wait_no_longer(command, delivery):
    looked = timezone.now()
    Delivery.objects.update(due_at=looked + MOMENT)
    end = time.monotonic() + MOMENT.total_seconds()
    with time_machine.travel(looked - timedelta(hours=1)):
        command._nudge_until(end, looked, 0)
    assert not nudged(delivery), "by the clock it is not due yet; the loop has gone on"


def test_a_dispatcher_that_looks_seldom_gives_its_signs_of_life_all_the_same(
    command, settings, monkeypatch, tmp_path
):
    settings.BEAT_SECONDS = 0.1
    monkeypatch.setenv(sign_of_life.FILE, str(tmp_path / "sign"))
    timers = [
        threading.Timer(0.5, (tmp_path / "sign").unlink),
        threading.Timer(1.5, setattr, [command, "stopping", True]),
    ]
    for timer in timers:
        timer.start()
    command._loop(30)
    for timer in timers:
        timer.join()
    assert (tmp_path / "sign").exists()


def test_one_row_that_breaks_a_step_stops_no_other_and_no_dispatcher(command, delivery, monkeypatch):
    lost = due_delivery()
    Delivery.objects.filter(pk=lost.pk).update(state="unknown", next_try_at=timezone.now())
    done = []

    def breaks(*_: object) -> None:
        done.append("held")
        raise WrongState("A row that nobody thought of.")

    monkeypatch.setattr(dispatcher, "_hold_unapproved", breaks)
    with pytest.raises(WrongState):
        dispatcher.tick(timezone.now())
    assert nudged(delivery)
    assert nudged(lost), "the look-up comes after the step that broke"

    timer = threading.Timer(0.5, setattr, [command, "stopping", True])
    timer.start()
    command._loop(0.1)
    timer.join()
    assert len(done) > 2
    assert not Beat.objects.exists(), "it does not say that it works"
