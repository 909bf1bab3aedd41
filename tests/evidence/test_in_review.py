"""The reviewer's half: evidence opened beside its claim, the very snapshot that the content names, and its expiry."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import Notice
from gate import decisions, retiming
from gate.errors import NotAllowed, Unanswered, WrongState
from gate.evidence import expiring, library, services
from ledger.models import Entry
from tests import factories as make
from tests.evidence.conftest import Answer

CLAIM = "Our pier is the longest in the country."
QUOTE = "the longest pier of the country, 2,158 metres"
PAGE = f"<title>Piers</title><p>It is {QUOTE}, since 1830.</p><p>Tickets cost two pounds.</p>".encode()


@pytest.fixture
def piece(desk, web):
    web.pages["/piers"] = Answer(PAGE)
    return services.add_url(
        member=desk.author,
        url=f"{web.url}/piers",
        quote=QUOTE,
        expires_on=library.today(desk.team) + timedelta(days=30),
    )


@pytest.fixture
def submission(desk, piece):
    answers = [{"text": CLAIM, "kind": "superlative", "stance": "evidence", "evidence": [piece.pk]}]
    declared = {**make.GOOD, "states_fact": "yes", "evidence": "See the pier trust."}
    return make.examined(desk.author, desk.channel, text=CLAIM, claims=answers, declarations=declared)


def evidence_finding(submission):
    return submission.findings.get(code="claims.evidence")


def test_the_evidence_is_opened_beside_its_claim(desk, url, piece, submission):
    shown = desk.reviewer_browser.get(url(f"review/{submission.pk}/")).content.decode()
    _, _, beside = shown.partition(f'id="finding-{evidence_finding(submission).pk}"')
    beside = beside.partition("</article>")[0]
    assert f'<mark class="quoted">{QUOTE}</mark>, since 1830.' in beside
    assert "The passage stands in the snapshot" in beside
    assert piece.sha256 in beside
    assert f"{piece.expires_on.day} {piece.expires_on:%b %Y}" in beside
    assert f'href="{piece.final_url}"' in beside
    assert "checked" not in beside


def test_it_is_attested_claim_by_claim(desk, submission):
    asked = evidence_finding(submission)
    others = [f.pk for f in submission.findings.filter(level="attest").exclude(pk=asked.pk)]
    with pytest.raises(Unanswered) as caught:
        decisions.approve(
            submission_id=submission.pk, version=submission.version, member=desk.reviewer, attested=others
        )
    assert caught.value.findings == [asked.pk]


def test_the_snapshot_is_the_one_that_was_signed(desk, url, web, piece, submission):
    web.pages["/piers"] = Answer(PAGE.replace(b"two pounds", b"nine pounds"))
    newer = services.renew(evidence_id=piece.pk, member=desk.author, expires_on=None)
    shown = desk.reviewer_browser.get(url(f"review/{submission.pk}/")).content.decode()
    assert "two pounds" in shown
    assert "nine pounds" not in shown
    assert url(f"evidence/{newer.pk}/") in shown


def test_broken_bytes_are_said_to_the_reviewer(desk, url, piece, submission):
    path = Path(settings.MEDIA_ROOT) / "evidence" / str(desk.team.pk) / piece.sha256
    path.write_bytes(PAGE.replace(b"two pounds", b"ten pounds"))
    shown = desk.reviewer_browser.get(url(f"review/{submission.pk}/")).content.decode()
    assert "not what the digest says" in shown
    assert "ten pounds" not in shown


def test_the_library_says_which_posts_cite_it(desk, url, piece, submission):
    shown = desk.auditor_browser.get(url(f"evidence/{piece.pk}/")).content.decode()
    assert url(f"review/{submission.pk}/") in shown
    assert library.uses(make.evidence(desk.author)) == []


def test_the_log_says_what_stood_behind_the_approval(desk, url, piece, submission):
    make.approve(submission, desk.reviewer)
    entry = Entry.objects.get(kind="submission.approved")
    assert entry.content["data"]["evidence"] == [{"id": piece.pk, "sha256": piece.sha256}]
    shown = desk.auditor_browser.get(url(f"log/{entry.index}/")).content.decode()
    assert f'href="{url(f"evidence/{piece.pk}/")}">Piers</a>' in shown


def at(desk, day):
    return datetime.combine(day, datetime.min.time(), desk.team.tz) + timedelta(hours=9)


def told():
    return list(Notice.objects.filter(text__contains="expires on").values_list("user__name", flat=True))


def test_people_hear_before_it_expires_and_once_at_each_step(desk, piece, submission):
    end = piece.expires_on
    expiring.tell(at(desk, end - timedelta(days=15)))
    assert told() == []
    expiring.tell(at(desk, end - timedelta(days=14)))
    assert sorted(told()) == ["Amara", "Inês"]
    Notice.objects.update(created_at=at(desk, end - timedelta(days=14)))
    for days in (14, 10, 3):
        assert expiring.tell(at(desk, end - timedelta(days=days))) == 0
    assert expiring.tell(at(desk, end - timedelta(days=2))) == 1


def test_nobody_hears_about_what_no_waiting_post_cites(desk, piece, submission):
    soon = at(desk, piece.expires_on - timedelta(days=3))
    decisions.reject(
        submission_id=submission.pk,
        version=submission.version,
        member=desk.reviewer,
        reason="It is another pier.",
        clause="2.1",
    )
    assert expiring.tell(soon) == 0
    assert told() == []


@pytest.mark.parametrize(("days", "fits"), [(30, True), (31, False)])
def test_a_post_is_not_moved_past_the_end_of_its_evidence(desk, piece, submission, days, fits):
    make.approve(submission, desk.reviewer)
    then = at(desk, library.today(desk.team) + timedelta(days=days))
    if fits:
        retiming.require_fits(submission, then)
    else:
        with pytest.raises(WrongState, match="too old on"):
            retiming.require_fits(submission, then)


def retire(desk, piece, reason="The survey was made up"):
    Notice.objects.all().delete()
    services.retire(evidence_id=piece.pk, member=desk.admin, reason=reason)


def heard():
    return sorted(Notice.objects.values_list("user__name", "url"))


def test_nobody_approves_what_rests_on_evidence_that_was_retired(desk, url, piece, submission):
    retire(desk, piece)
    assert heard() == [(desk.author.user.name, submission.origin_url)]
    assert "Reason: The survey was made up." in Notice.objects.get().text
    with pytest.raises(NotAllowed, match="“Piers” was retired"):
        make.approve(submission, desk.reviewer)
    submission.refresh_from_db()
    assert submission.state == "in_review"
    for browser, page in (
        (desk.reviewer_browser, url(f"review/{submission.pk}/")),
        (desk.author_browser, submission.origin_url),
    ):
        shown = browser.get(page).content.decode()
        assert "Evidence of this post was retired" in shown
        assert "The survey was made up." in shown
        assert "Nobody can approve this version." in shown
        assert "data-approve" not in shown


def test_who_approved_hears_that_the_evidence_was_retired(desk, url, piece, submission):
    make.approve(submission, desk.reviewer)
    retire(desk, piece)
    review = url(f"review/{submission.pk}/")
    assert heard() == sorted(
        [(desk.author.user.name, submission.origin_url), (desk.reviewer.user.name, review)]
    )
    assert "goes out unless it is revoked" in Notice.objects.first().text
    submission.refresh_from_db()
    assert submission.state == "approved"
    for page in (review, submission.origin_url):
        shown = desk.author_browser.get(page).content.decode()
        assert "The approval stands" in shown
        assert f"{review}?ask=revoke" in shown


def test_retiring_the_newest_snapshot_is_heard_by_who_cites_an_older_one(desk, piece, submission):
    newer = services.renew(evidence_id=piece.pk, member=desk.author, expires_on=None)
    retire(desk, newer)
    assert [name for name, _ in heard()] == [desk.author.user.name]
    with pytest.raises(NotAllowed, match="was retired"):
        make.approve(submission, desk.reviewer)


def test_nobody_hears_of_a_post_that_was_sent_back(desk, piece, submission):
    decisions.ask_for_changes(
        submission_id=submission.pk, version=submission.version, member=desk.reviewer, reason="Shorter."
    )
    retire(desk, piece)
    assert heard() == []
