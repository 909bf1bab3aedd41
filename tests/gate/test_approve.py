"""Approving from the page: by whom, with which answers, and what the slower of two reviewers sees."""

from __future__ import annotations

from gate import services
from gate.models import Decision, Submission
from scheduler.models import Post
from tests import factories as make
from tests.gate.conftest import questions, sign_in

State = Submission.State


def approval(submission, **extra):
    return {"version": submission.version, "attested": questions(submission), **extra}


def test_a_reviewer_countersigns_and_stays(desk, url):
    submission = make.examined(desk.author, desk.channel)
    answer = desk.reviewer_browser.post(url(f"review/{submission.pk}/approve/"), approval(submission))
    assert answer.status_code == 302
    assert answer["Location"] == url(f"review/{submission.pk}/")
    submission.refresh_from_db()
    assert submission.state == State.APPROVED
    shown = desk.reviewer_browser.get(answer["Location"]).content.decode()
    assert "Countersigned: " in shown
    assert "Revoke the approval" in shown


def test_a_title_that_was_cut_gets_no_full_stop_behind_its_ellipsis(desk, url):
    submission = make.examined(desk.author, desk.channel, title="", text="High water is at noon. " * 9)
    assert submission.title.endswith("…")
    answer = desk.reviewer_browser.post(
        url(f"review/{submission.pk}/approve/"), approval(submission), follow=True
    )
    assert f"Countersigned: {submission.title}</div>" in answer.content.decode()


def test_approve_and_next_opens_the_next_one_that_this_reviewer_may_decide(desk, url):
    first = make.examined(desk.author, desk.channel, text="The first of them.")
    make.examined(desk.both, desk.channel, text="Their own one, about ropes.")
    taken = make.examined(desk.author, desk.channel, text="Somebody reads this one about sails.")
    services.claim(submission_id=taken.pk, member=desk.second)
    free = make.examined(desk.author, desk.channel, text="The museum opens at noon.")
    answer = desk.both_browser.post(url(f"review/{first.pk}/approve/"), approval(first, next="1"))
    assert answer["Location"] == url(f"review/{free.pk}/")


def test_after_the_last_one_the_queue_says_so(desk, url):
    submission = make.examined(desk.author, desk.channel)
    answer = desk.reviewer_browser.post(
        url(f"review/{submission.pk}/approve/"), approval(submission, next="1"), follow=True
    )
    assert answer.redirect_chain == [(url("review/"), 302)]
    assert "Nothing else waits for you." in answer.content.decode()


def test_questions_are_never_ticked_beforehand(desk, url):
    submission = make.examined(desk.author, desk.channel)
    assert questions(submission)
    shown = desk.reviewer_browser.get(url(f"review/{submission.pk}/")).content.decode()
    assert "data-answer" in shown
    assert " checked" not in shown


def test_a_missing_answer_is_named_and_the_ticks_given_are_kept(desk, url):
    submission = make.examined(desk.author, desk.channel, declarations={**make.GOOD, "states_fact": "yes"})
    asked = questions(submission)
    assert len(asked) >= 2
    answer = desk.reviewer_browser.post(
        url(f"review/{submission.pk}/approve/"),
        {
            "version": submission.version,
            "attested": asked[:1],
            "reject_reason": "half a thought",
            "reject_clause": "2.1",
        },
    )
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert f"{len(asked) - 1} answer" in shown
    assert shown.count(" checked") == 1
    assert f'href="#finding-{asked[1]}"' in shown
    assert "half a thought" in shown
    assert '<option value="2.1" selected>' in shown
    submission.refresh_from_db()
    assert submission.state == State.IN_REVIEW


def test_answers_to_other_findings_do_not_count(desk, url):
    submission = make.examined(desk.author, desk.channel)
    other = make.examined(desk.author, desk.channel, text="Another post, about the tides in May.")
    answer = desk.reviewer_browser.post(
        url(f"review/{submission.pk}/approve/"),
        {"version": submission.version, "attested": [*questions(other), "x", "-1", "9" * 30]},
    )
    assert answer.status_code == 422


def test_an_author_has_no_button_and_an_explanation(desk, url):
    submission = make.examined(desk.both, desk.channel)
    shown = desk.both_browser.get(url(f"review/{submission.pk}/")).content.decode()
    assert "data-approve" not in shown
    assert "somebody else countersigns" in shown


def test_an_author_who_posts_the_form_anyway_is_refused_in_words(desk, url):
    submission = make.examined(desk.both, desk.channel)
    answer = desk.both_browser.post(url(f"review/{submission.pk}/approve/"), approval(submission))
    assert answer.status_code == 403
    assert "somebody else has to countersign" in answer.content.decode()
    submission.refresh_from_db()
    assert submission.state == State.IN_REVIEW


def test_a_member_who_is_no_reviewer_is_refused(desk, url):
    submission = make.examined(desk.both, desk.channel)
    for browser in (desk.author_browser, desk.auditor_browser, desk.admin_browser):
        answer = browser.post(url(f"review/{submission.pk}/approve/"), approval(submission))
        assert answer.status_code == 403
    assert not Decision.objects.exists()


def test_another_team_finds_nothing(desk, url):
    submission = make.examined(desk.author, desk.channel)
    theirs = f"/t/{desk.stranger.team.slug}/review/{submission.pk}/"
    for path in (url(f"review/{submission.pk}/"), theirs):
        assert desk.stranger_browser.get(path).status_code == 404
        assert desk.stranger_browser.post(f"{path}approve/", approval(submission)).status_code == 404
    assert not Decision.objects.exists()


def test_the_second_of_two_reviewers_sees_who_decided_what(desk, url):
    submission = make.examined(desk.author, desk.channel)
    sent = approval(submission, changes_reason="I was about to ask something")
    assert desk.reviewer_browser.post(url(f"review/{submission.pk}/approve/"), sent).status_code == 302
    waiting = make.examined(desk.author, desk.channel, text="The next one, about lights.")
    answer = desk.second_browser.post(url(f"review/{submission.pk}/approve/"), sent)
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "Approved by Rosa" in shown
    assert "not recorded" in shown
    assert "I was about to ask something" in shown
    assert url(f"review/{waiting.pk}/") in shown
    assert Decision.objects.filter(submission=submission).count() == 1


def test_a_second_tab_of_the_same_reviewer_says_that_it_was_them(desk, url):
    submission = make.examined(desk.author, desk.channel, title="Tide\u202etables")
    sent = approval(submission)
    path = url(f"review/{submission.pk}/approve/")
    desk.reviewer_browser.post(path, sent)
    own = desk.reviewer_browser.post(path, sent)
    assert own.status_code == 409
    assert "<h1>You decided this already</h1>" in own.content.decode()
    assert "\u202e" not in own.content.decode()
    other = desk.second_browser.post(path, sent)
    assert "<h1>Somebody was faster</h1>" in other.content.decode()


def test_a_stale_version_changes_nothing_and_the_new_page_keeps_the_ticks(desk, url):
    submission = make.examined(desk.author, desk.channel)
    sent = approval(submission)
    services.retime(submission_id=submission.pk, due_at=None, by=desk.author.user)
    answer = desk.reviewer_browser.post(url(f"review/{submission.pk}/approve/"), sent)
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert shown.count(" checked") == len(sent["attested"])
    submission.refresh_from_db()
    assert submission.state == State.IN_REVIEW
    assert f'name="version" value="{submission.version}"' in shown


def test_a_form_without_a_version_is_one_that_was_never_looked_at(desk, url):
    submission = make.examined(desk.author, desk.channel)
    answer = desk.reviewer_browser.post(
        url(f"review/{submission.pk}/approve/"), {"attested": questions(submission)}
    )
    assert answer.status_code == 409


def test_while_somebody_else_reads_it_nothing_is_decided(desk, url):
    submission = make.examined(desk.author, desk.channel)
    services.claim(submission_id=submission.pk, member=desk.second)
    submission.refresh_from_db()
    answer = desk.reviewer_browser.post(url(f"review/{submission.pk}/approve/"), approval(submission))
    assert answer.status_code == 409
    assert "Ken is reading this one" in answer.content.decode()


def test_who_has_not_acknowledged_is_led_to_the_policy_and_loses_nothing(desk, url):
    fresh = make.member(desk.team, "reviewer", name="New", acknowledged=False)
    browser = sign_in(fresh)
    submission = make.examined(desk.author, desk.channel)
    assert "Read the code of conduct first" in browser.get(url(f"review/{submission.pk}/")).content.decode()
    answer = browser.post(url(f"review/{submission.pk}/approve/"), approval(submission))
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="{url("policy/")}"' in shown
    assert shown.count(" checked") == len(questions(submission))


def test_what_the_checks_block_has_no_approve_button_and_is_refused(desk, url):
    blocked = make.examined(desk.author, desk.channel, text="Write to jo.private@example.org about it.")
    assert blocked.state == State.BLOCKED
    shown = desk.reviewer_browser.get(url(f"review/{blocked.pk}/")).content.decode()
    assert "data-approve" not in shown
    assert "The checks block this version" in shown
    answer = desk.reviewer_browser.post(url(f"review/{blocked.pk}/approve/"), approval(blocked))
    assert answer.status_code == 409


def test_approving_by_a_link_is_not_possible(desk, url):
    submission = make.examined(desk.author, desk.channel)
    answer = desk.reviewer_browser.get(url(f"review/{submission.pk}/approve/"))
    assert answer["Location"] == url(f"review/{submission.pk}/")
    assert not Decision.objects.exists()


def test_the_approved_post_is_the_one_that_was_shown(desk, url):
    submission = make.examined(desk.author, desk.channel)
    desk.reviewer_browser.post(url(f"review/{submission.pk}/approve/"), approval(submission))
    post = Post.objects.get(submission=submission)
    assert post.submission.decisions.get().digest == submission.digest
