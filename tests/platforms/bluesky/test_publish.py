"""Publishing to a real Bluesky server and reading back: threads, lost answers, one copy of each."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import requests

from platforms import bluesky as module
from platforms.base import Credentials, Mention, Options, Part, PublishError
from tests.platforms import factory
from tests.platforms.bluesky.ask import PUT, failing, platform, records, unique
from tests.platforms.conftest import Lossy

pytestmark = pytest.mark.live


def test_a_thread_is_published_as_it_was_meant(alice: Credentials) -> None:
    text = unique("🍰 https://example.com/x #Cake @bob.test and @nobody.test")
    images = (factory.image(30, 20, alt="A cake"), factory.image(kind="JPEG", alt=""))
    named = {handle: platform.account_of(handle, alice.instance) for handle in platform.mentioned(text)}
    assert list(named) == ["bob.test", "nobody.test"]
    bob = named["bob.test"]
    assert bob
    assert named["nobody.test"] is None
    given = {"images": images, "mentions": (Mention("bob.test", bob),), "options": Options(language="en")}
    request = factory.request(platform, text, unique("Two"), unique("Three"), **given)
    published = platform.publish(request, alice)
    first, second, third = records(alice, request)
    assert [part.remote_id for part in published.parts] == [r["uri"] for r in (first, second, third)]
    key = request.record_keys[0]
    assert published.parts[0].url == f"https://bsky.app/profile/{alice.account_id}/post/{key}"
    features = [facet["features"][0]["$type"].partition("#")[2] for facet in first["value"]["facets"]]
    assert features == ["link", "tag", "mention"]
    assert first["value"]["facets"][2]["features"][0]["did"] == bob
    shown = first["value"]["embed"]["images"]
    assert [(i["alt"], i["aspectRatio"]["width"]) for i in shown] == [("A cake", 30), ("", 8)]
    assert [i["image"]["size"] for i in shown] == [len(data) for _, data in images]
    assert first["value"]["langs"] == ["en"]
    assert datetime.fromisoformat(first["value"]["createdAt"]) - request.created_at < timedelta(seconds=1)
    assert third["value"]["reply"]["root"]["uri"] == first["uri"]
    assert third["value"]["reply"]["parent"]["uri"] == second["uri"]
    assert platform.find(request, alice) == published


def test_the_same_request_again_is_the_same_post(alice: Credentials) -> None:
    request = factory.request(platform, unique("Once"), unique("Twice"), images=(factory.image(),))
    assert platform.publish(request, alice) == platform.publish(request, alice)
    assert len(records(alice, request)) == 2


@pytest.mark.parametrize("mode", ["drop", "500"])
def test_a_lost_answer_leaves_exactly_one_copy(alice: Credentials, lossy: Lossy, mode: str) -> None:
    request = factory.request(platform, unique(f"Lost {mode}"))
    bad_line = replace(alice, instance=lossy(alice.instance, PUT, mode=mode))
    error = failing(request, bad_line)
    assert (error.maybe_sent, error.permanent) == (True, False)
    found = platform.find(request, alice)
    assert found is not None
    assert platform.publish(request, bad_line) == found
    assert len(records(alice, request)) == 1


def test_a_request_that_did_not_arrive_is_certainly_not_there(alice: Credentials, lossy: Lossy) -> None:
    request = factory.request(platform, unique("Refused"))
    error = failing(request, replace(alice, instance=lossy(alice.instance, PUT, mode="refuse")))
    assert error.maybe_sent
    assert platform.find(request, alice) is None
    assert records(alice, request) == []


def test_six_at_once_make_one_post(alice: Credentials) -> None:
    request = factory.request(platform, unique("Six"))
    answers: list[object] = []
    workers = [
        threading.Thread(target=lambda: answers.append(platform.publish(request, alice))) for _ in range(6)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(answers) == 6
    assert len(set(answers)) == 1
    assert len(records(alice, request)) == 1


def test_a_thread_that_breaks_says_what_is_out(alice: Credentials, lossy: Lossy) -> None:
    request = factory.request(platform, unique("One"), unique("Two"))
    platform.publish(replace(request, parts=request.parts[:1], record_keys=request.record_keys[:1]), alice)
    error = failing(request, replace(alice, instance=lossy(alice.instance, PUT, times=2, mode="refuse")))
    assert error.sent == ()
    with pytest.raises(PublishError, match="Only 1 of 2") as raised:
        platform.find(request, alice)
    assert raised.value.maybe_sent
    assert len(raised.value.sent) == 1
    assert len(platform.publish(request, alice).parts) == 2
    assert len(records(alice, request)) == 2


def test_another_post_under_our_key_is_refused_and_stays(alice: Credentials) -> None:
    request = factory.request(platform, unique("Mine"))
    platform.publish(request, alice)
    error = failing(replace(request, parts=(Part(unique("Other")),)), alice)
    assert (error.permanent, error.maybe_sent) == (True, False)
    assert len(records(alice, request)) == 1


def test_other_tags_do_not_make_the_post_another(alice: Credentials) -> None:
    """What a version sent that looked mentions up while sending is found out, not sent twice or called failed."""
    request = factory.request(platform, unique("Hi @bob.test"))
    tagged = replace(request.parts[0], mentions=(Mention("bob.test", alice.account_id),))
    first = platform.publish(replace(request, parts=(tagged,)), alice)
    assert platform.publish(request, alice) == first
    assert len(records(alice, request)) == 1


def test_a_deleted_post_is_not_found(alice: Credentials) -> None:
    request = factory.request(platform, unique("Gone"))
    platform.publish(request, alice)
    body = {"repo": alice.account_id, "collection": module.POST, "rkey": request.record_keys[0]}
    requests.post(
        f"{alice.instance}/xrpc/com.atproto.repo.deleteRecord",
        json=body,
        headers={"Authorization": f"Bearer {alice.secrets['access']}"},
        timeout=10,
    ).raise_for_status()
    assert platform.find(request, alice) is None
