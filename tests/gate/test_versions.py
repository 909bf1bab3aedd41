"""Versions that are to come, the day from which they hold, what they change, and who has acknowledged them."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import Membership
from gate import acknowledged, policy
from gate.errors import Incomplete, NotAcknowledged, NotAllowed, WrongState
from ledger.models import Entry
from tests import factories as make

HOUR = timedelta(hours=1)
PAUSE = {"review": {"unknown": "attest"}}


def publish(desk, more="", after=None, **extra):
    text = policy.newest(desk.team).text + more
    later = timezone.now() + after if after else None
    said = {"note": "", "is_floor": False, "effective_at": later, **extra}
    return policy.publish(member=desk.admin, text=text, **said)


def typed(desk, **extra):
    newest = policy.newest(desk.team)
    return {"text": newest.text, "number": newest.number, "note": "", "publish": "1", **extra}


def page(browser, url, path="policy/"):
    return browser.get(url(path)).content.decode()


def test_a_version_comes_into_force_at_its_time_and_not_before(desk):
    later = publish(desk, "More.", 2 * HOUR, settings=PAUSE, is_floor=True)
    now = timezone.now()
    assert policy.current(desk.team, now).number == 1
    assert policy.current(desk.team, now + 3 * HOUR) == later
    assert (policy.floor(desk.team.pk, now), policy.floor(desk.team.pk, now + 3 * HOUR)) == (1, 2)
    assert policy.coming(policy.current(desk.team)) == [later]


def test_what_a_newer_one_overtakes_never_comes(desk, url):
    publish(desk, "More.", 5 * HOUR)
    publish(desk, "Even more.", 3 * HOUR)
    assert [v.number for v in policy.coming(policy.current(desk.team))] == [3]
    assert policy.current(desk.team, timezone.now() + 9 * HOUR).number == 3
    assert "it never comes into force" in page(desk.author_browser, url, "policy/versions/2/")


def test_nothing_comes_into_force_in_the_past(desk):
    with pytest.raises(Incomplete, match="in the past"):
        publish(desk, "More.", -HOUR)
    assert policy.newest(desk.team).number == 1


def test_the_day_and_time_are_the_team_s(desk, url):
    answer = desk.admin_browser.post(
        url("policy/edit/"),
        typed(desk, effective_date="2199-07-01", effective_time="09:30", review__unknown="attest"),
    )
    made = policy.newest(desk.team)
    assert answer["Location"] == url("policy/versions/2/")
    assert made.effective_at == datetime(2199, 7, 1, 9, 30, tzinfo=ZoneInfo("Europe/Lisbon")).astimezone(UTC)
    assert made.text_since == 1
    assert policy.current(desk.team).settings == {}
    entry = Entry.objects.filter(kind="conduct.published").latest("index")
    assert entry.content["data"]["effective"].startswith("2199-07-01T08:30")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"effective_date": "2020-01-01"}, "That has passed"),
        ({"effective_time": "09:30"}, "Give the day as well"),
        ({"effective_date": "soon"}, "Enter a valid date"),
        ({"effective_date": "2400-01-01"}, "Choose a year"),
        ({"effective_date": "2030-03-31", "effective_time": "01:30"}, "not at all"),
        ({"effective_date": "2030-10-27", "effective_time": "01:30"}, "comes twice"),
    ],
)
def test_a_time_that_cannot_be_is_refused_and_everything_kept(desk, url, said, words):
    answer = desk.admin_browser.post(
        url("policy/edit/"), typed(desk, **{"note": "Gulls", "effective_date": "", **said})
    )
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert words in shown
    assert 'href="#id_effective_date"' in shown
    assert 'value="Gulls"' in shown
    assert policy.newest(desk.team).number == 1


def test_what_is_to_come_is_announced_and_can_be_acknowledged_before(desk, url):
    publish(desk, "More.", HOUR, note="More")
    (notice,) = desk.author.user.notices.all()
    assert "Version 2 of the code of conduct" in notice.text
    assert "comes into force on" in notice.text
    assert not desk.admin.user.notices.exists()
    shown = page(desk.author_browser, url)
    assert "Version 2</a> comes into force on" in shown
    assert "I have read it" not in shown
    assert "You can acknowledge it now" in page(desk.author_browser, url, "policy/versions/2/")
    desk.author_browser.post(url("policy/acknowledge/"), {"number": 2})
    later = policy.newest(desk.team)
    assert [each.user for each in policy.acknowledgements(later)] == [desk.author.user]
    assert policy.has_acknowledged(team=desk.team, user=desk.author.user)
    assert "I have read it" not in page(desk.author_browser, url, "policy/versions/2/")


def test_acknowledging_what_is_to_come_is_no_word_on_what_is_in_force(desk):
    fresh = make.member(desk.team, "author", acknowledged=False)
    publish(desk, "More.", HOUR)
    policy.acknowledge(team=desk.team, user=fresh.user, number=2)
    with pytest.raises(NotAcknowledged):
        policy.require_acknowledged(team=desk.team, user=fresh.user)


def test_the_same_text_asks_nobody_again_and_tells_nobody(desk, url):
    made = publish(desk, settings=PAUSE)
    assert (made.number, made.text_since) == (2, 1)
    assert policy.has_acknowledged(team=desk.team, user=desk.author.user)
    assert not desk.author.user.notices.exists()
    assert "I have read it" not in page(desk.author_browser, url)
    changed = page(desk.author_browser, url).partition('id="changed"')[2]
    assert "The text is as in version 1" in changed
    assert "<ins>Asks the reviewer to do its work</ins>" in changed


def test_a_text_that_comes_sooner_than_was_said_is_announced_again(desk, url):
    publish(desk, "More.", 5 * HOUR)
    told = desk.author.user.notices.count()
    answer = desk.admin_browser.post(url("policy/edit/"), typed(desk), follow=True)
    assert policy.current(desk.team).number == 3
    assert "Everybody is asked to read and acknowledge it" in answer.content.decode()
    assert desk.author.user.notices.count() == told + 1
    publish(desk, after=HOUR)
    assert desk.author.user.notices.count() == told + 1


def test_settings_changed_while_a_version_is_to_come_come_with_it(desk):
    publish(desk, "More.", HOUR)
    made = policy.change_settings(member=desk.admin, settings=PAUSE)
    assert made.number == 3
    assert policy.current(desk.team).number == 1
    assert policy.current(desk.team, timezone.now() + 2 * HOUR) == made
    assert made.text.endswith("More.\n")


def test_bad_settings_are_refused_by_the_service_as_well(desk):
    with pytest.raises(Incomplete, match="Word list"):
        publish(desk, settings={"word-list": {"words": ["guys"]}})
    assert policy.newest(desk.team).number == 1


def test_every_member_reads_what_the_checks_look_for(desk, url):
    publish(desk, settings={"word-list": {"words": ["guys: advises: everybody"]}})
    shown = page(desk.author_browser, url)
    clause = shown[shown.index('id="clause-6.1"') :].partition("</article>")[0]
    assert "guys: advises: everybody" in clause
    assert '<span class="chip accent">1 changed</span>' in clause
    assert "as it comes: none" in clause
    assert "Two reviewers" in clause


def test_a_preview_shows_what_changes_in_text_and_settings(desk, url):
    said = typed(desk, preview="1", **{"word-list__words": "guys: advises"})
    del said["publish"]
    shown = desk.admin_browser.post(url("policy/edit/"), said).content.decode()
    changes = shown.partition('id="changes"')[2].partition("</section>")[0]
    assert "nobody is asked to read it again" in changes
    assert "<ins>guys: advises</ins>" in changes
    assert policy.newest(desk.team).number == 1


def test_words_that_were_read_under_another_number_are_read(desk, url):
    first, second = (make.member(desk.team, "author", acknowledged=False) for _ in range(2))
    publish(desk, settings=PAUSE)
    policy.acknowledge(team=desk.team, user=first.user, number=1)  # the page was open since before
    publish(desk, after=HOUR)
    policy.acknowledge(team=desk.team, user=second.user, number=3)
    assert "8 of 8" in readers(desk.auditor_browser, url, 1).content.decode()
    assert policy.require_acknowledged(team=desk.team, user=second.user).number == 2
    publish(desk, "More.")
    assert "0 of 8" in readers(desk.auditor_browser, url, 4).content.decode()


def test_a_floor_that_was_overtaken_says_that_it_ends_older_approvals_all_the_same(desk, url):
    publish(desk, "More.", 5 * HOUR, is_floor=True)
    publish(desk)
    shown = page(desk.author_browser, url, "policy/versions/2/")
    assert "it never comes into force. It is a floor all the same" in shown
    listed = shown.partition('id="versions"')[2].partition("versions/2/")[2].partition("</li>")[0]
    assert "overtaken" in listed
    assert "In force from" not in listed
    assert "overtaken by a newer version" in readers(desk.auditor_browser, url, 2).content.decode()
    later = timezone.now() + 6 * HOUR
    assert (policy.current(desk.team, later).number, policy.floor(desk.team.pk, later)) == (3, 2)


def readers(browser, url, number=1, path=""):
    return browser.get(url(f"policy/versions/{number}/readers/{path}"))


def test_who_has_acknowledged_is_there_for_each_version_with_dates_and_as_a_file(desk, url):
    make.member(desk.team, "author", name="=New()", acknowledged=False)
    Membership.objects.filter(pk=desk.second.pk).update(ended_at=timezone.now())
    shown = readers(desk.auditor_browser, url).content.decode()
    assert (
        shown.index("=New()") < shown.index("not yet") < shown.index("Amara") < shown.index("left the team")
    )
    answer = readers(desk.auditor_browser, url, path="csv/")
    rows = {row["name"]: row for row in csv.DictReader(StringIO(answer.content.decode()))}
    assert rows["'=New()"]["state"] == "not yet"
    assert (rows["Ken"]["state"], rows["Ken"]["version acknowledged"]) == ("left the team", "1")
    assert rows["Amara"]["acknowledged at (UTC)"].endswith("Z")
    publish(desk, "More.")
    assert "0 of 6" in readers(desk.auditor_browser, url, 2).content.decode()
    assert "5 of 6" in readers(desk.auditor_browser, url, 1).content.decode()


def test_a_reminder_reaches_those_who_have_not_once_a_day(desk, url):
    fresh = make.member(desk.team, "author", name="New", acknowledged=False)
    for _ in range(2):
        desk.reviewer_browser.post(url("policy/versions/1/remind/"))
    (notice,) = fresh.user.notices.all()
    assert notice.url == url("policy/versions/1/")
    assert not desk.author.user.notices.exists()
    entry = Entry.objects.get(kind="conduct.reminded")
    assert entry.content["data"] == {"number": 1, "people": 1}
    assert "Remind" in readers(desk.admin_browser, url).content.decode()
    acknowledged.remind(member=desk.admin, number=1, at=timezone.now() + timedelta(hours=25))
    assert fresh.user.notices.count() == 2


def test_a_reminder_is_about_what_is_in_force_or_to_come_and_for_somebody(desk):
    with pytest.raises(WrongState, match="Everybody"):
        acknowledged.remind(member=desk.admin, number=1)
    publish(desk, "More.")
    with pytest.raises(WrongState, match="Another version"):
        acknowledged.remind(member=desk.admin, number=1)
    publish(desk, "Even more.", HOUR)
    assert acknowledged.remind(member=desk.admin, number=3) == 6
    with pytest.raises(NotAllowed):
        acknowledged.remind(member=desk.author, number=3)
