"""9. Tokens are sealed at rest and appear in no log, page, task or error."""

import logging

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django_q.models import OrmQ

from accounts import sealing
from accounts.models import Channel
from ledger.models import Entry, Erasable
from scheduler import dispatcher, sender
from tests import factories as make

pytestmark = pytest.mark.django_db
SECRET = "hush-hush-app-password"


@pytest.fixture
def channel():
    made = make.channel(make.team())
    made.sealed = sealing.seal({"password": SECRET})
    made.save()
    return made


def test_the_database_holds_no_plain_token(channel):
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed FROM accounts_channel WHERE id = %s", [channel.pk])
        stored = bytes(cursor.fetchone()[0])
    assert SECRET.encode() not in stored
    assert channel.credentials().secrets["password"] == SECRET


def test_another_key_does_not_open_it(channel, settings):
    settings.SEAL_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(sealing.SealBroken) as refusal:
        channel.credentials()
    assert SECRET not in str(refusal.value)


def test_a_new_key_seals_and_the_old_one_still_opens(channel, settings):
    settings.SEAL_KEYS = [Fernet.generate_key().decode(), *settings.SEAL_KEYS]
    assert channel.credentials().secrets["password"] == SECRET


def test_no_repr_tells(channel):
    credentials = channel.credentials()
    for thing in (credentials, channel, vars(channel)["health"]):
        assert SECRET not in repr(thing)


def test_nothing_of_a_whole_send_tells(channel, caplog):
    caplog.set_level(logging.DEBUG)
    team = channel.team
    post = make.make_due(make.approved(make.member(team, "author"), make.member(team, "reviewer"), channel))
    dispatcher.tick(post.due_at)
    dispatcher.tick(Channel.objects.get(pk=channel.pk).connected_at.replace(year=2100))
    for delivery in post.deliveries.all():
        sender.send(delivery.pk)
    everything = [
        caplog.text,
        *(str(task.payload) for task in OrmQ.objects.all()),
        *Entry.objects.values_list("leaf", flat=True),
        *Erasable.objects.values_list("text", flat=True),
        *(notice.text for notice in post.author.notices.all()),
        *(attempt.message for d in post.deliveries.all() for attempt in d.attempts.all()),
    ]
    assert everything
    assert not [text for text in everything if SECRET in text]


def test_a_seal_that_does_not_open_stops_the_send_and_says_so(channel, settings):
    team = channel.team
    post = make.make_due(make.approved(make.member(team, "author"), make.member(team, "reviewer"), channel))
    settings.SEAL_KEYS = [Fernet.generate_key().decode()]
    delivery = post.deliveries.get()
    sender.send(delivery.pk)
    delivery.refresh_from_db()
    post.refresh_from_db()
    assert delivery.state == "waiting"
    assert post.state == "held"
    assert "Connect the account again" in post.state_reason
