"""A post that answers somebody: written in the composer, frozen with the message, shown to the reviewer."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from gate import decisions, runner
from gate.errors import Incomplete
from gate.models import Submission
from scheduler import answering, lifecycle
from scheduler.models import Post
from tests import factories as make

MESSAGE = {
    "url": "https://social.example/@jo/1",
    "author": "@jo",
    "text": "Where is my order 7788990?\nI wait <b>since</b> Monday.",
    "received_at": "2027-07-05T05:00:00+00:00",
}


@pytest.fixture(autouse=True)
def july():
    with time_machine.travel(datetime(2027, 7, 5, 8, 0, tzinfo=UTC)):
        yield


def answer(desk, ours="Hello Jo, we look at it and send you a direct message.", **changes):
    return make.examined(desk.author, desk.channel, text=ours, answers={**MESSAGE, **changes})


def test_the_message_is_frozen_and_asked_about(desk):
    submission = answer(desk)
    assert submission.frozen.answers.text == MESSAGE["text"]
    assert submission.state == Submission.State.IN_REVIEW
    codes = submission.findings.filter(code__startswith="replies.").values_list("code", flat=True)
    assert list(codes) == ["replies.kind"]


def test_the_reviewer_reads_the_message_above_the_post_and_sees_the_clock(desk, url):
    submission = answer(desk)
    page = desk.reviewer_browser.get(url(f"review/{submission.pk}/")).content.decode()
    assert page.index("The message that this answers") < page.rindex("we look at it and send")
    assert "&lt;b&gt;since&lt;/b&gt; Monday" in page
    assert 'href="https://social.example/@jo/1"' in page
    assert "answer due by" in page
    queue = desk.reviewer_browser.get(url("review/")).content.decode()
    assert "answers @jo" in queue
    assert "answer due by" in queue


def test_an_answer_that_repeats_what_was_given_away_is_blocked(desk):
    submission = answer(desk, ours="Hello Jo, order 7788990 left today. More by direct message.")
    assert submission.state == Submission.State.BLOCKED
    finding = submission.findings.get(code="replies.repeats")
    assert (finding.quote, "7788990" in finding.message) == ("7788990", False)


def test_the_composer_keeps_what_is_answered(desk, url):
    fields = {
        "text": "Hello Jo, at ten.",
        "channel": str(desk.channel.pk),
        "answers_text": "When does it sail?",
        "answers_author": "@jo",
        "answers_url": "https://social.example/@jo/2",
        "answers_received": "2027-07-05T08:30",
        "do": "save",
    }
    desk.author_browser.post(url("compose/"), fields)
    post = Post.objects.get()
    assert post.answers["received_at"] == "2027-07-05T07:30:00+00:00"
    page = desk.author_browser.get(url(f"posts/{post.pk}/edit/")).content.decode()
    assert 'value="2027-07-05T08:30"' in page
    assert "When does it sail?" in page
    assert "goes out as a post of its own" in page
    live = desk.author_browser.post(
        url("compose/preview/"), {**fields, "answers_text": "Where is my order?"}
    ).content.decode()
    assert "no private channel" in live


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"text": ""}, "paste their message"), ({"url": "javascript:alert(1)"}, "https://")],
)
def test_half_a_message_is_not_handed_in(desk, changes, words):
    with pytest.raises(Incomplete, match=words):
        answer(desk, **changes)
    assert not Submission.objects.exists()


def test_a_time_that_is_none_is_asked_about(desk):
    typed = answering.row({"text": "When?", "received": "yesterday"}, desk.team)
    assert typed == {"text": "When?"}
    submission = make.examined(desk.author, desk.channel, text="At ten, Jo.", answers=typed)
    assert "Nobody said when" in submission.findings.get(code="replies.late").message


def test_an_emptied_form_answers_nobody(desk):
    post = make.post(desk.author, desk.channel, answers=MESSAGE)
    again = lifecycle.save(
        post_id=post.pk, version=post.version, member=desk.author, draft=make.draft(desk.channel)
    )
    assert again.answers == {}


def test_a_message_that_was_changed_since_shows_to_who_reviews_again(desk, url):
    first = answer(desk)
    decisions.ask_for_changes(
        submission_id=first.pk, version=first.version, member=desk.reviewer, reason="Say when it comes."
    )
    post = Post.objects.get(submission=first)
    draft = make.draft(
        desk.channel,
        text="Hello Jo, see the message we sent in private.",
        answers={**MESSAGE, "text": "Never mind."},
    )
    edited = lifecycle.save(post_id=post.pk, version=post.version, member=desk.author, draft=draft)
    second = lifecycle.submit(post_id=post.pk, version=edited.version, member=desk.author)
    runner.run(second.pk)
    page = desk.reviewer_browser.get(url(f"review/{second.pk}/")).content.decode()
    changes = page.partition('id="changes"')[2].partition("</section>")[0]
    assert "Never mind." in changes
    assert "Where is my order 7788990?" in changes


def test_a_message_from_the_future_stops_no_clock(desk):
    due = make.examined(desk.author, desk.channel).due_at
    submission = answer(desk, received_at=(due + timedelta(days=300)).isoformat())
    assert "cannot be" in submission.findings.get(code="replies.late").message
