"""What the checks look for: typed by an admin, refused with the field named, used by the next run."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Channel
from gate import check_context, check_settings, decisions, policy
from gate.checks.base import Level
from gate.checks.personal_data import PersonalData
from gate.checks.word_list import WordList
from gate.errors import Incomplete, NotAllowed
from gate.models import Submission
from ledger.models import Entry
from scheduler import lifecycle, sender
from tests import factories as make

GOOD = {
    "personal-data__regions": "GB\r\nPT\r\nDE",
    "personal-data__public_contacts": "hello@harbour.example\r\n\r\n +351 21 000 0000 \r\n",
    "word-list__words": "project falcon: blocks: not before May\r\nguys: advises",
    "review__unknown": "attest",
}


def save(desk, url, how="publish", **extra):
    text = policy.newest(desk.team).text.replace("\n", "\r\n")
    typed = {"text": text, "number": policy.newest(desk.team).number, how: "1", **GOOD, **extra}
    return desk.admin_browser.post(url("policy/edit/"), typed)


def test_what_was_typed_is_what_the_checks_get(desk, url):
    assert save(desk, url).status_code == 302
    assert policy.current(desk.team).text_since == 1  # the browser's line ends are no new text
    used = check_context.for_team(desk.team)
    assert used.value(PersonalData(), "regions") == ["GB", "PT", "DE"]
    assert used.value(PersonalData(), "public_contacts") == ["hello@harbour.example", "+351 21 000 0000"]
    assert used.value(WordList(), "words") == ["project falcon: blocks: not before May", "guys: advises"]
    assert check_settings.unknown_level(policy.current(desk.team)) == Level.ATTEST


def test_the_next_post_is_checked_by_it(desk, url):
    save(desk, url)
    desk.author.team.refresh_from_db()
    blocked = make.examined(desk.author, desk.channel, text="News about Project F a l c o n soon.")
    assert blocked.state == Submission.State.BLOCKED
    fine = make.examined(desk.author, desk.channel, text="Write to hello@harbour.example for tickets.")
    assert fine.state == Submission.State.IN_REVIEW


def test_the_form_comes_back_as_it_was_saved(desk, url):
    save(desk, url)
    shown = desk.admin_browser.get(url("policy/edit/")).content.decode()
    assert "GB\nPT\nDE</textarea>" in shown
    assert "project falcon: blocks: not before May" in shown
    assert '<option value="attest" selected>' in shown


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("personal-data__regions", "GB\nAtlantis", "Atlantis is not a country code"),
        (
            "personal-data__public_contacts",
            "hello@harbour.example\n@gmail.com",
            "anybody can have an address",
        ),
        ("word-list__words", "project falcon", "write a colon"),
        ("word-list__words", "project falcon: maybe", "maybe"),
        ("word-list__words", "...: blocks", "no letters or digits"),
        ("review__unknown", "passes", "passes"),
        ("toxicity__insult_asks", "0,95", "0.95 is above “Insult: blocks from” (0.8)"),
        ("review__two_findings", "toxicity.tones", "no finding of the check toxicity"),
    ],
)
def test_what_the_checks_could_not_read_is_refused_beside_its_field(desk, url, field, value, words):
    titles = {group.id: group.title for group in check_settings.groups().values()}
    answer = save(desk, url, **{field: value})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert words in shown
    assert f'href="#id_{field}">{titles[field.partition("__")[0]]}, ' in shown
    assert "hello@harbour.example" in shown
    assert policy.current(desk.team).number == 1


def test_a_change_stands_in_the_log_once(desk, url):
    save(desk, url)
    save(desk, url)
    first, entry, again = Entry.objects.filter(team_id=desk.team.pk, kind="conduct.published").order_by(
        "index"
    )
    changed = ["personal-data", "review", "word-list"]
    digest = hashlib.sha256(policy.current(desk.team).text.encode()).hexdigest()
    said = {"changed": changed, "is_floor": False, "number": 2, "text_sha256": digest}
    assert entry.content["data"] == said
    assert "changed" not in first.content["data"] | again.content["data"]
    assert "falcon" not in entry.leaf
    assert "falcon" in entry.texts["settings"]


def test_the_service_refuses_what_no_form_would_send(desk):
    for settings in (
        {"toxicity_engine": {"name": "none"}},
        {"personal-data": {"engine": "none"}},
        {"personal-data": {"regions": ["ZZ"]}},
        {"word-list": {"words": ["x: perhaps"]}},
        {"review": {"unknown": "passes"}},
        {"toxicity": {"insult_asks": 0.9}},
        {"toxicity": {"insult_blocks": 0.3}},
    ):
        with pytest.raises(Incomplete):
            policy.change_settings(member=desk.admin, settings=settings)
    with pytest.raises(NotAllowed):
        policy.change_settings(member=desk.reviewer, settings={"personal-data": {"regions": ["GB"]}})


def test_other_settings_stay(desk):
    policy.change_settings(member=desk.admin, settings={"personal-data": {"regions": ["GB"]}})
    policy.change_settings(member=desk.admin, settings={"review": {"unknown": "attest"}})
    assert policy.current(desk.team).settings == {
        "personal-data": {"regions": ["GB"]},
        "review": {"unknown": "attest"},
    }


def mastodon(desk, instance, **said):
    return Channel.objects.create(
        team=desk.team,
        platform="mastodon",
        instance=f"https://{instance}.example",
        account_id="42",
        handle=f"@tide@{instance}.example",
        limits=said,
        connected_by=desk.admin.user,
    )


def test_limits_are_kept_apart_by_server_and_go_with_the_account(desk):
    mastodon(desk, "here", max_characters=500)
    there = mastodon(desk, "there", max_characters=5000)
    limits = check_context.for_team(desk.team).limits
    assert limits["mastodon|42|https://here.example"] == {"max_characters": 500}
    assert limits["mastodon|42|https://there.example"] == {"max_characters": 5000}
    there.health = Channel.Health.DISCONNECTED
    there.save()
    limits = check_context.for_team(desk.team).limits
    assert "mastodon|42|https://here.example" in limits
    assert "mastodon|42|https://there.example" not in limits


def test_earlier_posts_are_known_by_their_server(desk):
    there = mastodon(desk, "there")
    make.submitted(desk.author, there, text="High water at noon.")
    (before,) = check_context.for_team(desk.team).earlier
    assert (before.account_id, before.instance) == ("42", "https://there.example")


def test_what_went_out_is_known_by_the_log_whatever_became_of_its_approval(desk):
    post = make.approved(desk.author, desk.reviewer, desk.channel, text="High water at noon.")
    make.make_due(post)
    sender.send(post.deliveries.get().pk)
    decisions.revoke(submission_id=post.submission_id, member=desk.reviewer, reason="A mistake in it.")
    (before,) = check_context.for_team(desk.team).earlier
    assert before.text == "High water at noon."
    make.set_checks(desk.team, {"duplicates": {"days": 1}})
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert check_context.for_team(desk.team).earlier == ()


def test_what_was_taken_back_and_never_went_out_is_not_compared_with(desk):
    post = make.approved(desk.author, desk.reviewer, desk.channel, text="High water at noon.")
    lifecycle.withdraw(post_id=post.pk, member=desk.author)
    assert check_context.for_team(desk.team).earlier == ()


def test_a_long_queue_crowds_nothing_out_that_went_out(desk, monkeypatch):
    monkeypatch.setattr(check_context, "EARLIER_MOST", 1)
    post = make.approved(desk.author, desk.reviewer, desk.channel, text="High water at noon.")
    make.make_due(post)
    sender.send(post.deliveries.get().pk)
    decisions.revoke(submission_id=post.submission_id, member=desk.reviewer, reason="A mistake in it.")
    for text in ("Low water at six.", "Half water at nine.", "Storm at ten."):
        make.submitted(desk.author, desk.channel, text=text)
    before = [each.text for each in check_context.for_team(desk.team).earlier]
    assert before == ["Storm at ten.", "High water at noon."]
