"""The library's pages: what is shown of somebody else's page, and what never is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from gate.evidence import library, services, shown
from gate.models import Evidence
from tests import factories as make
from tests.evidence.conftest import Answer

EVIL = (
    b"<title>Minutes\xe2\x80\xae</title><script>alert('one')</script><img src=x onerror=alert(2)>"
    b"<p>The council said <i>&lt;img src=y onerror=alert(3)&gt;</i> on Monday.</p>"
)
HTMX = {"HX-Request": "true"}


@pytest.fixture
def evil(desk, web):
    web.pages["/evil"] = Answer(EVIL)
    return services.add_url(
        member=desk.author, url=f"{web.url}/evil", quote="The council said", expires_on=None
    )


def form(**said):
    return {f"evidence-{name}": value for name, value in said.items()}


def test_a_page_is_added_and_what_was_found_is_said(desk, url, web):
    sent = form(url=f"{web.url}/tides", quote="high water at the harbour wall", expires_on="")
    answer = desk.author_browser.post(url("evidence/add/"), sent, follow=True)
    row = Evidence.objects.get()
    assert answer.redirect_chain[-1][0] == url(f"evidence/{row.pk}/")
    shown = answer.content.decode()
    assert "The passage stands in the snapshot" in shown
    assert '<mark class="quoted">High water at the harbour wall</mark>' in shown
    assert row.expires_on is None


def test_htmx_gets_a_box_to_tick(desk, url, web):
    fragment = desk.author_browser.get(
        url("evidence/add/?for=claim-3-evidence"), headers=HTMX
    ).content.decode()
    assert "<html" not in fragment
    assert 'name="for" value="claim-3-evidence"' in fragment
    sent = form(url=f"{web.url}/tides", quote="It is not there")
    sent["for"] = "claim-3-evidence"
    answer = desk.author_browser.post(url("evidence/add/"), sent, headers=HTMX).content.decode()
    row = Evidence.objects.get()
    assert f'name="claim-3-evidence" value="{row.pk}" checked' in answer
    assert "was not found in the snapshot" in answer


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "one of the two"),
        ({"url": "https://10.0.0.1/", "quote": "x"}, "not on the public internet"),
        ({"url": "https://10.0.0.1/"}, "Quote the passage"),
    ],
)
def test_a_refusal_keeps_what_was_typed(desk, url, loopback, sent, words):
    answer = desk.author_browser.post(url("evidence/add/"), form(**sent, title="My own title"))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "My own title" in answer.content.decode()


def test_a_file_is_uploaded(desk, url):
    file = SimpleUploadedFile("plan.pdf", b"%PDF-1.7 x", "text/plain")
    desk.author_browser.post(url("evidence/add/"), form(file=file, title="The plan"))
    row = Evidence.objects.get()
    assert (row.title, row.content_type, row.filename) == ("The plan", "application/pdf", "plan.pdf")


def test_somebody_else_s_page_is_shown_as_text_alone(desk, url, evil):
    for rest in (f"evidence/{evil.pk}/", f"evidence/{evil.pk}/text/"):
        shown = desk.auditor_browser.get(url(rest)).content.decode()
        assert "alert('one')" not in shown
        assert "<img src=" not in shown
        assert "&lt;img src=y onerror=alert(3)&gt;" in shown
        assert "\u202e" not in shown
        assert '<mark class="quoted">The council said</mark>' in shown


def test_its_bytes_are_handed_over_as_a_file_that_cannot_run(desk, url, evil):
    answer = desk.auditor_browser.get(url(f"evidence/{evil.pk}/file/"))
    assert answer.content == EVIL
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_picture_is_shown_in_its_place(desk, url):
    row = make.evidence(desk.author, data=make.picture(), filename="chart.png", quote="")
    answer = desk.auditor_browser.get(url(f"evidence/{row.pk}/file/"))
    assert (answer["Content-Type"], answer["Content-Disposition"].split(";")[0]) == ("image/png", "inline")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert (
        f'src="{url(f"evidence/{row.pk}/file/")}"'
        in desk.auditor_browser.get(url(f"evidence/{row.pk}/")).content.decode()
    )


def test_a_text_without_a_passage_is_said_to_be_one(desk, url):
    row = make.evidence(desk.author, data=b"The ferry sails.", filename="ferry.txt", quote="")
    page = desk.author_browser.get(url(f"evidence/{row.pk}/")).content.decode()
    assert "no passage was given with it" in page
    assert "is no text" not in page
    assert url(f"evidence/{row.pk}/text/") in page
    assert shown.looked_up(row).says == "alone"


def test_broken_bytes_are_said_and_not_shown(desk, url, evil):
    path = Path(settings.MEDIA_ROOT) / "evidence" / str(desk.team.pk) / evil.sha256
    path.write_bytes(b"<p>The council said yes")
    shown = desk.auditor_browser.get(url(f"evidence/{evil.pk}/")).content.decode()
    assert "not what the digest says" in shown
    assert "said yes" not in shown
    for rest in ("text/", "file/"):
        assert desk.auditor_browser.get(url(f"evidence/{evil.pk}/{rest}")).status_code == 404
    path.unlink()
    assert (
        "not what the digest says" in desk.auditor_browser.get(url(f"evidence/{evil.pk}/")).content.decode()
    )


def test_the_list_is_searched_and_sorted_by_its_days(desk, url):
    today = library.today(desk.team)
    make.evidence(desk.author, title="Tide tables")
    make.evidence(desk.author, title="Next week", expires_on=today + timedelta(days=7))
    make.evidence(desk.author, title="Today", expires_on=today)
    gone = make.evidence(desk.author, title="Given up")
    services.retire(evidence_id=gone.pk, member=desk.author, reason="Wrong.")

    def titles(query):
        rows = desk.auditor_browser.get(url(f"evidence/{query}")).context["page"].rows
        return [row.title for row in rows]

    assert titles("") == ["Today", "Next week", "Tide tables"]
    assert titles("?tab=soon") == ["Today", "Next week"]
    assert titles("?tab=retired") == ["Given up"]
    assert titles("?q=tide+TABLES") == ["Tide tables"]
    assert titles("?q=harbour+wall+week") == ["Next week"]
    assert titles("?tab=nonsense&q=nothing") == []


def test_retiring_asks_for_a_reason_and_says_it(desk, url):
    row = make.evidence(desk.author)
    assert desk.author_browser.post(url(f"evidence/{row.pk}/retire/"), {"reason": ""}).status_code == 422
    answer = desk.author_browser.post(
        url(f"evidence/{row.pk}/retire/"), {"reason": "The pier moved."}, follow=True
    )
    assert "The pier moved." in answer.content.decode()
