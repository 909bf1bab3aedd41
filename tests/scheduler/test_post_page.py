"""The page of one post, and what can be done from it."""

import pytest

from accounts.models import Role
from gate import decisions
from gate.models import Submission
from ledger.models import Entry
from scheduler import sender
from scheduler.models import Post
from tests import factories as make
from tests.scheduler.pages import sign_in, url


def page_of(client, member, post):
    return sign_in(client, member).get(url("post", member, post.pk)).content.decode()


def test_it_says_where_the_post_stands_and_until_when_it_is_approved(client, author, reviewer, channel):
    post = make.approved(author, reviewer, channel)
    page = page_of(client, author, post)
    assert "It goes out by itself at its time" in page
    assert "The approval holds until" in page
    assert "Rosa Marín" in page
    assert post.submission.digest[:12] in page


def test_it_shows_why_changes_were_asked_for(client, author, reviewer, channel):
    submission = make.examined(author, channel)
    decisions.ask_for_changes(
        submission_id=submission.pk,
        version=submission.version,
        member=reviewer,
        reason="Where does 90% come from?",
    )
    page = page_of(client, author, Post.objects.get(submission=submission))
    assert "Changes were asked for" in page
    assert "Where does 90% come from?" in page
    assert url("edit", author, submission.origin.split(":")[1]) in page


def test_it_shows_the_message_that_the_post_answers(client, author, reviewer, channel):
    said = {"text": "Is the pier <open>?", "author": "@ana", "url": "https://social.example/@ana/1"}
    draft = page_of(client, author, make.post(author, channel, answers=said, campaign="Spring"))
    submission = make.examined(author, channel, answers=said)
    for page in (draft, page_of(client, author, Post.objects.get(submission=submission))):
        assert "The message that this answers" in page
        assert "Is the pier &lt;open&gt;?" in page
        assert 'href="https://social.example/@ana/1"' in page
    assert "<dt>Campaign</dt>" in draft
    assert "The message that this answers" not in page_of(client, author, make.post(author, channel))


def test_it_shows_what_is_out(client, author, reviewer, channel):
    post = make.make_due(make.approved(author, reviewer, channel))
    sender.send(post.deliveries.get().pk)
    page = page_of(client, author, post)
    assert "It is out on every channel" in page
    assert "Attempt 1: sent" in page


def test_buttons_are_for_those_who_may(client, team, author, reviewer, channel):
    post = make.post(author, channel)
    assert url("post-submit", author, post.pk) in page_of(client, author, post)
    seen = page_of(client, reviewer, post)
    for name in ("post-submit", "edit", "post-cancel", "post-retime", "post-duplicate"):
        assert url(name, author, post.pk) not in seen


def test_submit_withdraw_and_cancel(client, author, channel):
    post = make.post(author, channel)
    sign_in(client, author)
    client.post(url("post-submit", author, post.pk), {"version": post.version})
    post.refresh_from_db()
    assert post.state == Post.State.SUBMITTED
    client.post(url("post-withdraw", author, post.pk))
    post.refresh_from_db()
    assert post.state == Post.State.DRAFT
    assert Submission.objects.get().state == Submission.State.WITHDRAWN
    client.post(url("post-cancel", author, post.pk), {"reason": "The ferry is cancelled."})
    post.refresh_from_db()
    assert (post.state, post.state_reason) == (Post.State.CANCELLED, "The ferry is cancelled.")
    assert "The ferry is cancelled." in page_of(client, author, post)


def test_cancelling_asks_for_a_reason(client, author, channel):
    post = make.post(author, channel)
    response = sign_in(client, author).post(url("post-cancel", author, post.pk), {"reason": "  "})
    assert response.status_code == 422
    post.refresh_from_db()
    assert post.state == Post.State.DRAFT


def test_a_stale_submit_is_refused_with_words(client, author, channel):
    post = make.post(author, channel)
    response = sign_in(client, author).post(
        url("post-submit", author, post.pk), {"version": post.version + 1}
    )
    assert response.status_code == 409
    assert "was changed" in response.content.decode()


@pytest.mark.parametrize("name", ["post-submit", "post-withdraw", "post-duplicate", "post-cancel"])
def test_these_take_a_press_and_the_role(client, team, author, channel, name):
    post = make.post(author, channel)
    sign_in(client, author)
    if name != "post-cancel":
        assert client.get(url(name, author, post.pk)).status_code == 405
    for role in (Role.AUDITOR, Role.REVIEWER):
        sign_in(client, make.member(team, role.value))
        assert client.post(url(name, author, post.pk), {"reason": "no"}).status_code == 403
    post.refresh_from_db()
    assert post.state == Post.State.DRAFT


def test_an_admin_who_does_not_write_can_cancel(client, team, author, channel):
    post = make.post(author, channel)
    admin = make.member(team, "admin")
    sign_in(client, admin).post(url("post-cancel", admin, post.pk), {"reason": "Not now."})
    post.refresh_from_db()
    assert post.state == Post.State.CANCELLED


def test_a_duplicate_is_a_new_draft_with_every_writer_and_no_answers(client, author, other_author, channel):
    post = make.post(author, channel, text="Once more.")
    Post.objects.filter(pk=post.pk).update(state=Post.State.MISSED)
    response = sign_in(client, other_author).post(url("post-duplicate", author, post.pk))
    made = Post.objects.exclude(pk=post.pk).get()
    assert response.url == url("edit", author, made.pk)
    assert (made.parts, made.state, made.due_at, made.declarations) == (["Once more."], "draft", None, {})
    assert set(made.editors.values_list("user_id", flat=True)) == {author.user_id, other_author.user_id}
    assert Entry.objects.filter(kind="post.created", subject=made.origin).count() == 1


def test_what_the_checks_found_is_said_and_marked(client, author, channel):
    submission = make.examined(author, channel, text="Write to j.silva@mail.example")
    page = page_of(client, author, Post.objects.get(submission=submission))
    assert "Blocked by the checks" in page
    assert '<mark class="blocks">j.silva@mail.example</mark>' in page
    assert "This is an e-mail address" in page


def test_hidden_characters_are_shown_where_the_gate_is_quoted(client, author, channel):
    submission = make.examined(author, channel, text="Pay \u202eecin\u202c now, and 10 \u200b% more.")
    post = Post.objects.get(submission=submission)
    page = sign_in(client, author).get(url("post", author, post.pk)).content.decode()
    quotes = page.partition('id="gate-title"')[2].split("<blockquote>")[1:]
    assert quotes
    assert "U+202E" in quotes[0]
    assert not {"\u202e", "\u200b"} & set("".join(quotes))
