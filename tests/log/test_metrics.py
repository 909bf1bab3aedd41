"""/metrics: what Prometheus reads, who may, and that the numbers are those of the rows."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.conf import Conf
from prometheus_client.core import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from accounts import redis_queue
from accounts.models import Channel
from gate.models import CheckRun
from ledger import services
from scheduler import dispatcher, metrics, pauses, sender
from scheduler.models import Attempt, Delivery
from tests import factories as make
from tests.must_hold import sending
from tests.servers import free_port

TOKEN = "a-token-that-is-long-enough"
MINUTES = 45


@pytest.fixture
def token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


def ask(authorization: str = f"Bearer {TOKEN}") -> Any:
    return Client().get("/metrics", headers={"Authorization": authorization} if authorization else {})


def now() -> CollectorRegistry:
    return metrics.registry(timezone.now())


def value(name: str, **labels: str) -> float:
    found = now().get_sample_value(f"countersign_{name}", labels)
    assert found is not None, f"{name} {labels} is not there"
    return found


def sent(minutes: int = MINUTES) -> Delivery:
    """Sent so long after its time."""
    delivery = sending.due_delivery()
    delivery.team.lateness_minutes = 2 * MINUTES
    delivery.team.save()
    make.make_due(delivery.post, timedelta(minutes=minutes))
    sender.send(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.SENT
    return delivery


def test_closed_unless_a_token_is_set(settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    for authorization in ("", "Bearer ", f"Bearer {TOKEN}"):
        assert ask(authorization).status_code == 404


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer nearly", f"Basic {TOKEN}", TOKEN, "Bearer b\xfcro"])
def test_closed_to_who_shows_another_token(token: None, shown: str) -> None:
    answer = ask(shown)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert b"countersign_" not in answer.content


@pytest.mark.django_db
def test_open_to_who_shows_it_and_well_formed(token: None) -> None:
    sent()
    answer = ask()
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    assert "no-store" in answer["Cache-Control"]
    families = list(text_string_to_metric_families(answer.content.decode()))
    assert len({family.name for family in families}) == len(families)
    assert all(family.name.startswith("countersign_") and family.documentation for family in families)


@pytest.mark.django_db
def test_it_names_no_team_person_account_or_text(token: None) -> None:
    delivery = sent()
    text = ask().content.decode()
    post, team = delivery.post, delivery.team
    for secret in (
        team.name,
        team.slug,
        post.author.email,
        post.author.name,
        delivery.channel.handle,
        "tide tables",
    ):
        assert secret
        assert secret not in text
    labels = {label for f in text_string_to_metric_families(text) for s in f.samples for label in s.labels}
    assert labels <= {
        *("platform", "outcome", "state", "check", "status", "cluster", "part", "scope", "health", "le"),
        *("python", "django", "database"),
    }


@pytest.mark.django_db
def test_lateness_counts_what_was_sent_by_how_late_it_was() -> None:
    sent()
    sent(minutes=0)
    name = "delivery_lateness_seconds"
    assert value(f"{name}_count", platform="sandbox") == 2
    assert value(f"{name}_bucket", platform="sandbox", le="900.0") == 1
    assert value(f"{name}_bucket", platform="sandbox", le="3600.0") == 2
    assert value(f"{name}_bucket", platform="sandbox", le="+Inf") == 2
    assert MINUTES * 60 <= value(f"{name}_sum", platform="sandbox") < MINUTES * 60 + 120


@pytest.mark.django_db
def test_attempts_count_once_they_have_ended() -> None:
    sent()
    delivery = sending.due_delivery()
    sending.started(delivery)
    assert value("attempts_total", platform="sandbox", outcome="sent") == 1
    assert (
        now().get_sample_value("countersign_attempts_total", {"platform": "sandbox", "outcome": "sending"})
        is None
    )
    assert value("deliveries", state="sending") == 1
    Attempt.objects.filter(delivery=delivery).update(state=Attempt.State.UNKNOWN)
    assert value("attempts_total", platform="sandbox", outcome="unknown") == 1


@pytest.mark.django_db
def test_what_is_due_and_what_waits_for_a_person() -> None:
    delivery = sending.due_delivery()
    make.make_due(delivery.post, timedelta(minutes=5))
    assert value("deliveries", state="waiting") == 1
    assert value("deliveries_due") == 1
    assert 300 <= value("deliveries_due_oldest_seconds") < 360
    Delivery.objects.update(state=Delivery.State.UNKNOWN, next_try_at=timezone.now())
    assert value("deliveries_due") == value("deliveries_due_oldest_seconds") == 0
    assert value("deliveries_for_a_person") == 0
    Delivery.objects.update(next_try_at=None)
    assert value("deliveries_for_a_person") == 1
    Delivery.objects.update(left_at=timezone.now())
    assert value("deliveries_for_a_person") == 0


@pytest.mark.django_db
def test_the_oldest_review_and_the_checks_before_it() -> None:
    submission = make.examined(make.member(make.team(), "author"))
    assert value("submissions", state="in_review") == 1
    waits = timezone.now() - submission.checked_at
    assert waits.total_seconds() <= value("review_oldest_seconds") < waits.total_seconds() + 60
    runs = CheckRun.objects.filter(check_id="toxicity")
    took = sum(runs.values_list("milliseconds", flat=True)) / 1000
    assert value("check_duration_seconds_count", check="toxicity") == runs.count() == 1
    assert value("check_duration_seconds_sum", check="toxicity") == pytest.approx(took)
    assert value("check_duration_seconds_bucket", check="toxicity", le="30.0") == 1
    assert value("check_runs_total", check="toxicity", status=runs.get().status) == 1


@pytest.mark.django_db
def test_a_time_on_a_bucket_s_end_is_in_it() -> None:
    submission = make.submitted(make.member(make.team(), "author"))
    shared = {
        "check_version": "1",
        "clause": "1",
        "title": "t",
        "status": "passed",
        "started_at": timezone.now(),
    }
    for number, milliseconds in enumerate((50, 51, 40_000)):
        CheckRun.objects.create(
            submission=submission, round=number, check_id="c", milliseconds=milliseconds, **shared
        )
    bounds = ("0.01", "0.05", "0.1", "30.0", "+Inf")
    counts = [value("check_duration_seconds_bucket", check="c", le=bound) for bound in bounds]
    assert counts == [0, 1, 2, 2, 3]


@pytest.mark.django_db
def test_queue_pauses_channels_parts_and_log() -> None:
    delivery = sending.due_delivery()
    dispatcher.tick(timezone.now())
    assert value("queue_tasks", cluster="publish") == 1
    assert value("queue_up") == 1
    assert value("channels", platform="sandbox", health="connected") == Channel.objects.count()
    admin = make.member(delivery.team, "admin")
    pauses.pause(by=admin.user, member=admin, reason="A storm")
    assert (value("pauses", scope="team"), value("pauses", scope="all")) == (1, 0)
    assert value("instances", part="dispatcher") == value("model_loaded") == 0
    dispatcher.beat(timezone.now())
    assert value("instances", part="dispatcher") == 1
    assert 0 <= value("beat_age_seconds", part="dispatcher") < 30
    assert value("log_entries_total") == services.size() > 0
    assert 0 < value("log_unsigned_seconds") < 60
    services.checkpoint()
    assert value("log_unsigned_seconds") == 0
    assert 0 <= value("checkpoint_age_seconds") < 60


@pytest.mark.django_db
def test_many_posts_cost_as_many_questions_as_none() -> None:
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            list(now().collect())
        counts.append(len(asked))
        sent()
        sending.started(sending.due_delivery())
    assert counts[0] == counts[1] <= 20


@pytest.mark.django_db
def test_a_redis_that_is_away_hides_nothing_else(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.Q_BROKER = f"redis://127.0.0.1:{free_port()}/0"
    monkeypatch.setattr(Conf, "BROKER_CLASS", "scheduler.redis_brokers.BeatingRedis")
    try:
        assert value("queue_up") == 0
        assert value("deliveries_due") == 0
    finally:
        redis_queue.connect.cache_clear()


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_said(token: None) -> None:
    def broken(*_: object) -> None:
        raise OperationalError("password=secret at db.internal")

    with connection.execute_wrapper(broken):
        answer = ask()
    assert (answer.status_code, answer.content) == (503, b"The database does not answer.\n")


@pytest.mark.django_db
def test_the_table_in_the_documentation_has_every_metric() -> None:
    text = Path(django_settings.BASE_DIR, "docs/operations.md").read_text("utf-8")
    described = re.findall(r"^\| `(countersign_\w+)` \|", text, re.MULTILINE)
    sent()
    services.checkpoint()
    ends = {"counter": "_total", "info": "_info"}
    assert sorted(described) == sorted(m.name + ends.get(m.type, "") for m in now().collect())
