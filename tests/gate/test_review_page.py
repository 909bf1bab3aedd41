"""What the review page shows: content, marks, findings, checks, differences, conversation, history."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gate import decisions, runner, services
from gate.checks import registry
from gate.content import ChannelContent, Content
from gate.models import Submission
from gate.views import content as show
from platforms.base import Mention, Part
from scheduler import images, lifecycle
from tests import factories as make

State = Submission.State


def page(browser, url, submission):
    answer = browser.get(url(f"review/{submission.pk}/"))
    assert answer.status_code == 200
    return answer.content.decode()


def second_version(desk, text, **extra):
    """A post that was sent back once and handed in again."""
    post = make.post(desk.author, desk.channel, text="It took nearly 90 bags of plastic away.")
    first = lifecycle.submit(post_id=post.pk, version=post.version, member=desk.author)
    runner.run(first.pk)
    first.refresh_from_db()
    decisions.ask_for_changes(
        submission_id=first.pk,
        version=first.version,
        member=desk.reviewer,
        reason="Where do 90 bags come from?",
    )
    post.refresh_from_db()
    post = lifecycle.save(
        post_id=post.pk,
        version=post.version,
        member=desk.author,
        draft=make.draft(desk.channel, text=text, **extra),
    )
    again = lifecycle.submit(post_id=post.pk, version=post.version, member=desk.author)
    runner.run(again.pk)
    again.refresh_from_db()
    return again


def test_every_channel_stands_on_the_page_with_its_own_text(desk, url):
    other = make.channel(desk.team, "Harbour Kids")
    draft = {"variants": {desk.channel.pk: (None, {}), other.pk: (["Only for the kids."], {})}}
    submission = make.examined(desk.author, desk.channel, other, text="For everybody.", **draft)
    shown = page(desk.reviewer_browser, url, submission)
    assert (
        '<p class="text">For everybody.</p>'
        in shown[shown.index('id="channel-0"') : shown.index('id="channel-1"')]
    )
    assert "Only for the kids." in shown[shown.index('id="channel-1"') :]
    assert 'role="tablist"' in shown
    assert "hidden>" not in re.search(r'id="channel-1"[^>]*>', shown).group()


def test_a_thread_shows_its_parts_in_order(desk, url):
    submission = make.examined(desk.author, desk.channel, parts=["First part.", "Second part."])
    shown = page(desk.reviewer_browser, url, submission)
    assert shown.index("First part.") < shown.index("Second part.")
    assert "2/2" in shown


def test_a_place_is_marked_and_linked_with_its_finding_both_ways(desk, url):
    submission = make.examined(desk.author, desk.channel, text="🐟🐟 Write to jo.private@example.org now.")
    finding = submission.findings.get(level="blocks")
    shown = page(desk.reviewer_browser, url, submission)
    assert f'href="#finding-{finding.pk}"' in shown
    assert f'id="finding-{finding.pk}"' in shown
    assert f'href="#mark-{finding.pk}"' in shown
    assert f'id="mark-{finding.pk}"' in shown
    marked = re.search(r'<mark class="blocks">(.*?)</mark>', shown).group(1)
    assert re.sub("<[^>]*>", "", marked) == "jo.private@example.org"
    assert f'href="{url("policy/")}#clause-{finding.clause}"' in shown


def test_the_same_text_on_another_channel_is_marked_too(desk, url):
    other = make.channel(desk.team, "Harbour Kids")
    submission = make.examined(desk.author, desk.channel, other, text="Write to jo.private@example.org now.")
    finding = submission.findings.get(level="blocks")
    shown = page(desk.reviewer_browser, url, submission)
    assert shown.count('<mark class="blocks">') == 2
    assert shown.count(f'id="mark-{finding.pk}"') == 1


def test_markup_typed_by_an_author_is_text(desk, url):
    submission = make.examined(desk.author, desk.channel, text="<img src=x onerror=alert(1)> **bold**")
    shown = page(desk.reviewer_browser, url, submission)
    assert "<img src=x" not in shown
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown


def test_pictures_show_with_their_alt_text_and_what_their_file_hid(desk, url):
    post = make.post(desk.author, desk.channel)
    images.add(
        post_id=post.pk,
        version=post.version,
        member=desk.author,
        data=make.picture(),
        filename="boat.png",
        alt="A blue boat.",
    )
    post.refresh_from_db()
    submission = lifecycle.submit(post_id=post.pk, version=post.version, member=desk.author)
    runner.run(submission.pk)
    submission.refresh_from_db()
    shown = page(desk.reviewer_browser, url, submission)
    sha256 = next(iter(submission.frozen.media()))
    assert f'src="{url(f"blob/{sha256}/")}"' in shown
    assert 'alt="A blue boat."' in shown
    assert "boat.png" in shown
    assert "no hidden data found" in shown


def test_unanswered_declarations_stand_out(desk, url):
    submission = make.examined(desk.author, desk.channel, declarations={"relationship": "paid"})
    shown = page(desk.reviewer_browser, url, submission)
    assert "paid for the post" in shown
    assert shown.count("not answered") == 3


def test_every_check_is_listed_with_its_version(desk, url):
    submission = make.examined(desk.author, desk.channel)
    shown = page(desk.reviewer_browser, url, submission)
    for check in registry.all_checks():
        assert f"{check.id} {check.version}" in shown


def test_a_check_that_could_not_run_is_said_and_can_be_run_again(desk, url, monkeypatch):
    with monkeypatch.context() as m:
        m.setattr(registry, "CHECKS", {"raises": "tests.must_hold.faulty_checks.Raises"})
        submission = make.examined(desk.author, desk.channel)
    shown = page(desk.reviewer_browser, url, submission)
    assert "could not run" in shown
    assert "RuntimeError: no engine" in shown
    assert "Run the checks again" in shown
    answer = desk.author_browser.post(url(f"review/{submission.pk}/recheck/"))
    assert answer.status_code == 302
    submission.refresh_from_db()
    assert (submission.state, submission.round) == (State.CHECKING, 2)


def test_an_auditor_reads_along_but_starts_no_checks(desk, url):
    submission = make.examined(desk.author, desk.channel)
    shown = page(desk.auditor_browser, url, submission)
    assert "data-approve" not in shown
    assert "To be answered:" in shown
    assert desk.auditor_browser.post(url(f"review/{submission.pk}/recheck/")).status_code == 403


def test_while_checks_run_the_page_asks_again_by_itself(desk, url):
    submission = make.submitted(desk.author, desk.channel)
    shown = page(desk.reviewer_browser, url, submission)
    path = url(f"review/{submission.pk}/progress/")
    assert f'hx-get="{path}"' in shown
    assert 'hx-trigger="every 2s"' in shown
    fragment = desk.reviewer_browser.get(path, headers={"HX-Request": "true"})
    assert f"0 of {len(registry.CHECKS)} done" in fragment.content.decode()
    assert "<html" not in fragment.content.decode()
    assert "HX-Refresh" not in fragment
    runner.run(submission.pk)
    done = desk.reviewer_browser.get(path, headers={"HX-Request": "true"})
    assert done["HX-Refresh"] == "true"
    assert "hx-trigger" not in page(desk.reviewer_browser, url, submission)
    assert desk.stranger_browser.get(path).status_code == 404


def test_a_new_version_shows_what_changed_since_it_was_looked_at(desk, url):
    submission = second_version(desk, "It took 87 bags of plastic away.")
    shown = page(desk.second_browser, url, submission)
    changed = shown[shown.index('id="changes"') :]
    assert "Changed since Rosa looked" in changed
    assert "v1 → v2" in changed
    assert "90" in re.search(r"<del>(.*?)</del>", changed).group(1)
    assert "87" in re.search(r"<ins>(.*?)</ins>", changed).group(1)
    assert "Where do 90 bags come from?" in changed
    assert "Changed since you looked" in page(desk.reviewer_browser, url, submission)


def test_a_changed_answer_of_the_author_is_a_difference_too(desk, url):
    submission = second_version(
        desk,
        "It took nearly 90 bags of plastic away.",
        declarations={**make.GOOD, "states_fact": "yes", "evidence": "https://survey.example.org/p4"},
    )
    shown = page(desk.reviewer_browser, url, submission)
    changed = shown[shown.index('id="changes"') : shown.index("review-side")]
    assert "Facts" in changed
    assert "Evidence" in changed
    assert "<h3>Text" not in changed


def test_a_first_version_has_nothing_to_compare(desk, url):
    assert 'id="changes"' not in page(desk.reviewer_browser, url, make.examined(desk.author, desk.channel))


def test_the_history_tells_who_did_what(desk, url):
    submission = second_version(desk, "It took 87 bags of plastic away.")
    services.retime(submission_id=submission.pk, due_at=None, by=desk.author.user)
    submission.refresh_from_db()
    make.approve(submission, desk.second)
    shown = page(desk.auditor_browser, url, submission)
    story = shown[shown.index(">History<") :]
    order = [
        "<b>Ken</b> countersigned",
        "moved the post to another time",
        f"{len(registry.CHECKS)} checks ran",
        "submitted version 2",
        "asked for changes (version 1)",
        "submitted version 1",
    ]
    places = [story.index(words) for words in order]
    assert places == sorted(places)
    assert submission.digest[:16] in story
    assert f'data-copy="{submission.digest}"' in story


def test_anybody_in_the_team_may_speak(desk, url):
    submission = make.examined(desk.author, desk.channel)
    for browser in (desk.author_browser, desk.auditor_browser):
        answer = browser.post(
            url(f"review/{submission.pk}/comment/"), {"comment": "The survey is <on> page 4."}
        )
        assert answer["Location"] == url(f"review/{submission.pk}/#conversation")
    assert page(desk.reviewer_browser, url, submission).count("The survey is &lt;on&gt; page 4.") == 2


def test_an_empty_comment_is_said_so(desk, url):
    submission = make.examined(desk.author, desk.channel)
    answer = desk.author_browser.post(url(f"review/{submission.pk}/comment/"), {"comment": " "})
    assert answer.status_code == 422
    assert "Write something first." in answer.content.decode()


def test_starting_a_review_tells_the_others(desk, url):
    submission = make.examined(desk.author, desk.channel)
    desk.reviewer_browser.post(url(f"review/{submission.pk}/claim/"))
    assert "claimed by you until" in page(desk.reviewer_browser, url, submission)
    others = page(desk.second_browser, url, submission)
    assert "Rosa is reading until" in others
    assert "data-approve" not in others
    taken = desk.second_browser.post(url(f"review/{submission.pk}/claim/"))
    assert taken.status_code == 409
    assert "Rosa is reading this one until" in taken.content.decode()
    desk.reviewer_browser.post(url(f"review/{submission.pk}/release/"))
    assert "data-approve" in page(desk.second_browser, url, submission)


def test_skipping_goes_on_and_round(desk, url):
    first = make.examined(desk.author, desk.channel, text="The first one, about ropes.")
    second = make.examined(desk.author, desk.channel, text="The second one, about sails.")
    assert desk.reviewer_browser.get(url(f"review/{first.pk}/next/"))["Location"] == url(
        f"review/{second.pk}/"
    )
    assert desk.reviewer_browser.get(url(f"review/{second.pk}/next/"))["Location"] == url(
        f"review/{first.pk}/"
    )
    assert "1 of 2" in page(desk.reviewer_browser, url, first)


@pytest.mark.parametrize("ask", ["", "reject", "nonsense"])
def test_the_number_of_queries_does_not_grow(desk, url, ask):
    submission = second_version(desk, "It took 87 bags of plastic away.")
    browser = desk.reviewer_browser
    browser.get(url(f"review/{submission.pk}/"))
    with CaptureQueriesContext(connection) as few:
        browser.get(url(f"review/{submission.pk}/?ask={ask}"))
    for n in range(12):
        services.comment(submission_id=submission.pk, member=desk.author, text=f"Remark {n}")
        make.examined(desk.author, desk.channel, text=f"Another post, number {n} of many.")
    with CaptureQueriesContext(connection) as many:
        browser.get(url(f"review/{submission.pk}/?ask={ask}"))
    assert len(many) == len(few) < 30


def test_a_question_about_the_whole_thread_names_no_part(desk, url):
    submission = make.examined(
        desk.author, desk.channel, parts=["Bring boots.", "It took 90 bags away, about."]
    )
    tone = submission.findings.get(code="toxicity.tone")
    shown = page(desk.reviewer_browser, url, submission)
    card = shown.split(f'id="finding-{tone.pk}"')[1].split("</article>")[0]
    assert tone.question in card
    assert "part 1" not in card


def test_what_cannot_be_seen_is_written_out(desk, url):
    """In the text, in the finding's quotation and in the difference to the version before."""
    submission = second_version(desk, "It took nearly 90\u200b bags of plas\u00adtic away.")
    shown = page(desk.reviewer_browser, url, submission)
    assert "\u200b" not in shown
    assert "\u00ad" not in shown
    text, changed = (shown.split(cut)[1].split("</p>")[0] for cut in ('<p class="text">', '<p class="diff">'))
    for part in (text, changed):
        assert ">U+200B</span>" in part
        assert ">U+00AD</span>" in part
    assert re.search(r"<blockquote><span class=\"unseen\"[^>]*>U\+200B</span></blockquote>", shown)


def test_a_text_that_turns_around_is_blocked(desk):
    submission = make.examined(desk.author, desk.channel, text="Open the file annual\u202egpj.exe")
    assert submission.state == State.BLOCKED
    assert submission.findings.get(level="blocks").code == "hidden-text.direction"


def test_the_page_says_whom_each_mention_tags(desk, url):
    text = "Thank you @Anna.example and @nobody.example."
    examined = make.examined(desk.author, desk.channel, parts=[text, "No handle here."])
    assert "tags did:" not in page(desk.reviewer_browser, url, examined)
    frozen = examined.frozen
    first, second = frozen.channels[0].parts
    tagging = replace(first, mentions=(Mention("anna.example", "did:plc:anna"),))
    bluesky = replace(
        frozen.channels[0], platform="bluesky", account_id="did:plc:us", parts=(tagging, second)
    )
    submission = services.submit(
        team=desk.team,
        author=desk.author.user,
        editors=[],
        content=replace(frozen, channels=(bluesky, frozen.channels[0])),
        title="Thanks",
        origin="elsewhere:1",
        origin_url="",
        due_at=None,
    )
    shown = page(desk.reviewer_browser, url, submission)
    on_bluesky, on_sandbox = shown.split('id="channel-1"')
    assert "<span>@anna.example tags did:plc:anna</span>" in on_bluesky
    assert "<span>@nobody.example is plain text</span>" in on_bluesky
    assert on_bluesky.count("is plain text") == 1
    assert "is plain text" not in on_sandbox
    assert "tags did:" not in on_sandbox


def test_mentions_of_a_platform_that_is_gone_are_shown_as_they_were_signed(desk):
    part = Part("Hi @anna.example", (), (Mention("anna.example", "did:plc:anna"),))
    channel = ChannelContent("myspace", "1", "", "@us", (part,))
    (view,) = show.channels(desk.team, Content((channel,)), [])
    assert view.parts[0].mentions == [("anna.example", "did:plc:anna")]


def test_a_post_that_nobody_approved_in_time_says_so_and_of_no_approval(desk, url):
    submission = make.examined(desk.author, desk.channel)
    services.lapse(submission_id=submission.pk)
    shown = desk.reviewer_browser.get(url(f"review/{submission.pk}/")).content.decode()
    assert "Nobody approved it in time" in shown
    assert "Its time passed before anybody approved it" in shown
    assert "The approval" not in shown
