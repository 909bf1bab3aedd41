"""11. Deleting people, channels or posts never removes history."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError

from gate.models import Decision, Submission
from ledger.models import Entry
from scheduler import sender
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent():
    team = make.team()
    post = make.make_due(make.approved(make.member(team, "author"), make.member(team, "reviewer")))
    sender.send(post.deliveries.get().pk)
    post.refresh_from_db()
    return post


@pytest.mark.parametrize("what", ["author", "reviewer", "channel", "post", "team", "submission", "delivery"])
def test_the_orm_refuses(sent, what):
    thing = {
        "author": lambda: sent.author,
        "reviewer": lambda: Decision.objects.get(submission=sent.submission).reviewer,
        "channel": lambda: sent.deliveries.get().channel,
        "post": lambda: sent,
        "team": lambda: sent.team,
        "submission": lambda: sent.submission,
        "delivery": lambda: sent.deliveries.get(),
    }[what]()
    with pytest.raises((ProtectedError, DatabaseError)), transaction.atomic():
        thing.delete()
    assert Submission.objects.filter(pk=sent.submission_id).exists()


@pytest.mark.parametrize(
    "table",
    [
        "accounts_user",
        "accounts_channel",
        "scheduler_post",
        "scheduler_posteditor",
        "scheduler_delivery",
        "scheduler_attempt",
        "gate_submission",
    ],
)
def test_sql_refuses(sent, table):
    """Foreign keys or triggers; nothing cascades into history."""
    with pytest.raises(DatabaseError):
        _delete_all(table)


@transaction.atomic
def _delete_all(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")
    connection.check_constraints()


def test_no_model_of_ours_cascades_into_history():
    from django.apps import apps
    from django.db.models import CASCADE

    allowed = {("scheduler", "image", "post")}
    """A draft's image rows go when the author takes the image off; what was submitted lies in the frozen content."""
    found = {
        (model._meta.app_label, model._meta.model_name, field.name)
        for label in ("accounts", "gate", "scheduler", "ledger")
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.fields
        if field.remote_field and field.remote_field.on_delete is CASCADE
    }
    assert found <= allowed | {("ledger", "erasable", "entry")}


def test_the_log_tells_the_story_without_any_other_row(sent):
    kinds = set(Entry.objects.filter(team_id=sent.team_id).values_list("kind", flat=True))
    assert {"submission.submitted", "submission.approved", "delivery.sent", "post.published"} <= kinds
