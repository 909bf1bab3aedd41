"""Numbers that no row has, keys that nobody wrote and control characters: answered, never an error."""

import base64
import json

import pytest
from django.urls import reverse

from gate.models import Comment
from tests import factories as make

AT = "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize("odd", ["9" * 5000, "²", "٣", "-1", str(2**63), ""])
def test_a_number_of_the_code_of_conduct_that_there_is_not(desk, odd):
    url = reverse("policy-acknowledge", args=[desk.team.slug])
    assert desk.author_browser.post(url, {"number": odd}).status_code == 409


@pytest.mark.parametrize(
    "key",
    [
        [None, "0001-01-01T00:00:00+14:00", 1],
        ["9999-12-31T23:59:59-12:00", AT, 1],
        [None, AT, float("inf")],
        [None, AT, 2**63],
        [[[]]],
    ],
)
def test_a_key_of_the_queue_that_nobody_wrote_is_its_start(desk, key):
    submission = make.examined(desk.author, desk.channel)
    after = base64.urlsafe_b64encode(json.dumps(key).encode()).decode()
    page = desk.reviewer_browser.get(reverse("review-queue", args=[desk.team.slug]), {"after": after})
    assert page.status_code == 200
    assert submission.title in page.content.decode()


def test_a_key_of_many_brackets_is_its_start_too(desk):
    after = base64.urlsafe_b64encode(b"[" * 3000).decode()
    page = desk.reviewer_browser.get(reverse("review-queue", args=[desk.team.slug]), {"after": after})
    assert page.status_code == 200


def test_control_characters_in_a_comment_are_taken_out(desk):
    submission = make.examined(desk.author, desk.channel)
    url = reverse("review-comment", args=[desk.team.slug, submission.pk])
    assert desk.reviewer_browser.post(url, {"comment": "Sh\0or\x1bter"}).status_code == 302
    assert Comment.objects.get().text == "Shorter"
