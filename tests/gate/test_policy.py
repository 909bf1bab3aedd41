"""The code of conduct: to read, to acknowledge, to change."""

from __future__ import annotations

import re
import threading

import pytest
from django.db import connection
from django.utils.html import escape

from accounts.models import Membership
from gate import conduct, policy
from gate.checks import registry
from gate.errors import Incomplete, NotAllowed
from gate.models import Acknowledgement, ConductVersion
from gate.rendering import blocks, render
from ledger.models import Entry
from tests import factories as make
from tests.gate.conftest import sign_in

TEXT = conduct.default_text()


@pytest.fixture
def fresh(desk):
    return make.member(desk.team, "author", name="New", acknowledged=False)


def test_every_clause_has_an_anchor_and_the_checks_that_guard_it(desk, url):
    shown = desk.author_browser.get(url("policy/")).content.decode()
    for clause in conduct.parse(TEXT):
        assert shown.count(f'id="clause-{clause.id}"') == 1
    for check in registry.all_checks():
        at = shown.index(f'id="clause-{check.clause}"')
        article = shown[at : shown.index("</article>", at)]
        assert f"{check.id} {check.version}" in article


def test_the_page_holds_the_whole_text(desk, url):
    shown = re.sub(r"<[^>]*>", " ", desk.author_browser.get(url("policy/")).content.decode())
    for words in ("Code of conduct for our social media", "1 Respect", "8 Work and personal"):
        assert words in shown


def test_what_is_cut_is_what_the_gate_parses():
    assert [(b.id, b.title) for b in blocks(TEXT) if b.id] == [(c.id, c.title) for c in conduct.parse(TEXT)]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5_000,
        "a\n=\n" * 900,
        "<a " * 3_000,
        "*a " * 9_000,
        "- a\n" * 2_100,
        f"<http://{'x' * 40}\n\n" * 700,
    ],
)
def test_a_text_that_would_take_long_is_refused_and_stays_as_it_was_written(text):
    with pytest.raises(Incomplete, match="your text is kept"):
        policy.require_clauses(f"{TEXT}\n{text}", set())
    assert render(text) == f"<pre>{escape(text)}</pre>"
    assert [b.id for b in blocks(f"{TEXT}\n{text}") if b.id] == [c.id for c in conduct.parse(TEXT)]


def test_a_long_text_of_clauses_with_links_is_shown():
    body = "Be **kind**, as [the law](https://law.example) and <https://b.example> say. " * 10
    text = "".join(f"### {n}.1 Kindness\n{body}\n\n" for n in range(1, 13))
    policy.require_clauses(text, set())
    assert str(blocks(text)[-1].html).count("<a ") == 20


def test_a_heading_of_thousands_of_blanks_is_none():
    assert conduct.parse(f"### 1.1 a{' ' * 20_000}b\nWords") == []


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        '<img src=x onerror="alert(1)">',
        '<a href="https://a.example" onclick="x()" style="color:red" id="clause-1.1" class="btn">x</a>',
        "<style>body{display:none}</style><iframe src=https://a.example></iframe><form><input></form>",
    ],
)
def test_nothing_in_the_text_can_run_load_or_imitate(text):
    html = render(text)
    for bad in (
        "<script",
        "javascript:",
        "<img",
        "onclick",
        "onerror",
        "style",
        "<iframe",
        "<form",
        "id=",
        "class=",
    ):
        assert bad not in html


def test_acknowledging_goes_back_to_where_the_person_came_from(desk, url, fresh):
    browser = sign_in(fresh)
    back = url("review/")
    shown = browser.get(url(f"policy/?next={back}")).content.decode()
    assert "I have read it and work by it" in shown
    assert f'name="next" value="{back}"' in shown
    answer = browser.post(url("policy/acknowledge/"), {"number": 1, "next": back})
    assert answer["Location"] == back
    assert policy.has_acknowledged(team=desk.team, user=fresh.user)
    assert "I have read it" not in browser.get(url("policy/")).content.decode()


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_it_leads_nowhere_else(desk, url, fresh, to):
    answer = sign_in(fresh).post(url("policy/acknowledge/"), {"number": 1, "next": to})
    assert answer["Location"] == url("policy/")


@pytest.mark.parametrize("number", ["", "0", "x", "²"])
def test_a_version_that_is_not_in_force_is_not_acknowledged(desk, url, fresh, number):
    answer = sign_in(fresh).post(url("policy/acknowledge/"), {"number": number})
    assert answer.status_code == 409
    assert "It was not said which version you have read." in answer.content.decode()
    assert not policy.has_acknowledged(team=desk.team, user=fresh.user)


def test_a_version_published_while_reading_asks_to_read_again(desk, url, fresh):
    policy.publish(member=desk.admin, text=f"{TEXT}New.", note="Clearer words", is_floor=False)
    answer = sign_in(fresh).post(url("policy/acknowledge/"), {"number": 1})
    assert answer.status_code == 409
    assert "was published while you read version 1" in answer.content.decode()
    assert not Acknowledgement.objects.filter(user=fresh.user).exists()


def test_who_has_acknowledged_is_for_those_who_look_after_it(desk, url, fresh):
    for browser in (desk.admin_browser, desk.auditor_browser, desk.reviewer_browser):
        shown = browser.get(url("policy/")).content.decode()
        readers = shown[shown.index('id="readers"') :]
        assert readers.index("New") < readers.index("not yet") < readers.index("Amara")
    assert 'id="readers"' not in desk.author_browser.get(url("policy/")).content.decode()


def test_older_versions_can_be_read_and_say_that_they_are_old(desk, url):
    policy.publish(
        member=desk.admin, text=TEXT.replace("## 1 Respect", "## 1 Decency"), note="Decency", is_floor=False
    )
    old = desk.author_browser.get(url("policy/versions/1/")).content.decode()
    assert "older version" in old
    assert "I have read it" not in old
    new = desk.author_browser.get(url("policy/")).content.decode()
    assert "<del>Respect</del>" in new
    assert "<ins>Decency</ins>" in new
    assert desk.author_browser.get(url("policy/versions/9/")).status_code == 404
    assert desk.stranger_browser.get(url("policy/versions/1/")).status_code == 404


def edited(**extra):
    text = f"{TEXT}\n\n### 12.1 Birds\n\nWe do not frighten <b onclick='x'>birds</b>.\n"
    return {"text": text, "note": "Birds", "number": "1", **extra}


def test_a_preview_publishes_nothing_and_shows_page_and_difference(desk, url):
    answer = desk.admin_browser.post(url("policy/edit/"), edited(preview="1"))
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "onclick='x'" not in shown
    assert "We do not frighten <b" not in shown
    assert "<h3>Birds</h3>" in shown
    assert "<ins>" in shown
    assert "Publish version 2" in shown
    assert ConductVersion.objects.filter(team=desk.team).count() == 1


def test_publishing_asks_everybody_again(desk, url):
    answer = desk.admin_browser.post(url("policy/edit/"), edited(publish="1", is_floor="on"), follow=True)
    made = policy.current(desk.team)
    assert (made.number, made.note, made.is_floor, made.published_by) == (2, "Birds", True, desk.admin.user)
    assert "I have read it and work by it" in answer.content.decode()
    assert not policy.has_acknowledged(team=desk.team, user=desk.author.user)


def test_a_clause_that_is_gone_is_named_and_the_text_kept(desk, url):
    text = TEXT.replace("### 1.1 Speak to people as people", "### 1.9 Speak to people as people")
    answer = desk.admin_browser.post(url("policy/edit/"), edited(text=text, publish="1"))
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "are missing: 1.1" in shown
    assert "### 1.9 Speak to people as people" in shown
    assert policy.current(desk.team).number == 1


def test_what_would_be_refused_is_said_before_publishing_is_offered(desk, url):
    for text, said in (
        (TEXT.replace("### 1.2 ", "### 1.9 "), "missing: 1.2"),
        ("Be kind.", "No numbered clause"),
    ):
        answer = desk.admin_browser.post(url("policy/edit/"), edited(text=text, preview="1"))
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert 'name="publish"' not in answer.content.decode()


def test_a_version_without_any_change_is_not_offered(desk, url):
    same = edited(text=TEXT, preview="1")
    assert "Nothing changes" in desk.admin_browser.post(url("policy/edit/"), same).content.decode()
    raised = desk.admin_browser.post(url("policy/edit/"), {**same, "is_floor": "on"}).content.decode()
    assert 'name="publish"' in raised


def test_of_two_admins_the_slower_compares_before_publishing(desk, url):
    policy.publish(member=desk.admin, text=TEXT, note="", is_floor=False)
    answer = desk.admin_browser.post(url("policy/edit/"), edited(publish="1"))
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "published version 2 while you wrote" in shown
    assert "### 12.1 Birds" in shown
    assert policy.current(desk.team).number == 2
    desk.admin_browser.post(url("policy/edit/"), edited(publish="1", number="2"))
    assert policy.current(desk.team).number == 3


def test_only_admins_change_it(desk, url, client):
    path = "policy/edit/"
    for browser in (desk.author_browser, desk.reviewer_browser, desk.auditor_browser):
        assert browser.get(url(path)).status_code == 403
        assert browser.post(url(path), edited(publish="1", review__unknown="attest")).status_code == 403
    assert desk.stranger_browser.post(url(path), edited(publish="1")).status_code == 404
    assert client.get(url(path)).status_code == 302
    assert ConductVersion.objects.filter(team=desk.team).count() == 1
    assert policy.current(desk.team).settings == {}


def test_publishing_and_acknowledging_stand_in_the_log(desk, url):
    desk.admin_browser.post(url("policy/edit/"), edited(publish="1"))
    desk.admin_browser.post(url("policy/acknowledge/"), {"number": 2})
    kinds = list(
        Entry.objects.filter(team_id=desk.team.pk).order_by("-index").values_list("kind", flat=True)[:2]
    )
    assert kinds == ["conduct.acknowledged", "conduct.published"]


@pytest.mark.parametrize("number", ["", "x", "²", "9" * 30, "0"])
def test_a_text_that_started_from_nothing_is_compared_first(desk, url, number):
    answer = desk.admin_browser.post(url("policy/edit/"), edited(publish="1", number=number))
    assert answer.status_code == 409
    assert "### 12.1 Birds" in answer.content.decode()
    assert policy.current(desk.team).number == 1


def test_who_lost_the_role_meanwhile_publishes_nothing(desk):
    stale = Membership.objects.get(pk=desk.admin.pk)
    Membership.objects.filter(pk=desk.admin.pk).update(is_admin=False)
    with pytest.raises(NotAllowed):
        policy.publish(member=stale, text=TEXT, note="", is_floor=False)
    assert policy.current(desk.team).number == 1


@pytest.mark.django_db(transaction=True)
def test_of_admins_who_publish_at_once_one_does_and_the_others_keep_their_text():
    team = make.team("Harbour")
    browsers = [sign_in(make.member(team, "admin")) for _ in range(4)]
    start, answers = threading.Barrier(len(browsers)), []

    def publish(browser):
        start.wait()
        try:
            answers.append(browser.post(f"/t/{team.slug}/policy/edit/", edited(publish="1")))
        finally:
            connection.close()

    threads = [threading.Thread(target=publish, args=[browser]) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [302, 409, 409, 409]
    for answer in answers:
        if answer.status_code == 409:
            page = answer.content.decode()
            assert "published version 2 while you wrote" in page
            assert "### 12.1 Birds" in page
            assert 'name="number" value="2"' in page
    assert sorted(ConductVersion.objects.filter(team=team).values_list("number", flat=True)) == [1, 2]
