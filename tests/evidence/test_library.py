"""The team's library: adding, renewing, retiring, and what may be cited."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from gate.errors import Incomplete, NotAllowed, WrongState
from gate.evidence import library, services, snapshots
from gate.models import Evidence
from ledger.models import Entry
from scheduler.backups import create
from tests import factories as make
from tests.evidence.conftest import Answer

QUOTE = "High water at the harbour wall is at noon"


def add_page(desk, web, **extra):
    given = {"url": f"{web.url}/tides", "quote": QUOTE, "expires_on": None}
    return services.add_url(member=desk.author, **{**given, **extra})


def entries(kind):
    return list(Entry.objects.filter(kind=kind).order_by("index"))


def test_a_page_is_kept_as_it_stood(desk, web):
    row = add_page(desk, web)
    body = web.pages["/tides"].body
    assert (row.title, row.kind, row.url) == ("Tide tables & more", "url", f"{web.url}/tides")
    assert row.sha256 == hashlib.sha256(body).hexdigest()
    web.pages["/tides"] = Answer(b"other")
    assert snapshots.read(row) == body
    assert (Path(settings.MEDIA_ROOT) / "evidence" / str(desk.team.pk) / row.sha256).read_bytes() == body


def test_the_log_says_so_and_its_words_can_be_erased(desk, web):
    row = add_page(desk, web)
    (entry,) = entries("evidence.added")
    assert entry.content["data"]["evidence"] == [{"id": row.pk, "sha256": row.sha256}]
    assert QUOTE not in entry.leaf
    assert web.url not in entry.leaf
    assert entry.texts["quote"] == QUOTE


def test_a_backup_has_the_bytes(desk, web):
    row = add_page(desk, web)
    assert Path(settings.MEDIA_ROOT) == create.folders()["media"]
    assert (create.folders()["media"] / f"evidence/{desk.team.pk}/{row.sha256}").is_file()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"quote": " "}, "Quote the passage"),
        ({"quote": "x" * 2001}, "more than 2000"),
        ({"url": "https://10.0.0.1/"}, "not on the public internet"),
    ],
)
def test_what_cannot_be_kept_leaves_nothing(desk, web, wrong, words):
    with pytest.raises(Incomplete, match=words):
        add_page(desk, web, **wrong)
    assert not Evidence.objects.exists()
    assert not (Path(settings.MEDIA_ROOT) / "evidence").exists()


def test_a_day_that_is_over_is_no_expiry(desk, web):
    with pytest.raises(Incomplete, match="over already"):
        add_page(desk, web, expires_on=library.today(desk.team) - timedelta(days=1))
    assert web.asked == []


def test_a_file_is_what_its_bytes_say(desk):
    row = make.evidence(desk.reviewer, data=make.picture(), filename="minutes.pdf", quote="")
    assert (row.kind, row.content_type, row.title) == ("file", "image/png", "minutes.pdf")
    with pytest.raises(Incomplete, match="whatever its name says"):
        make.evidence(desk.reviewer, data=b"MZ\x90\x00\x00\x01", filename="minutes.pdf")
    with pytest.raises(Incomplete, match="10 MB"):
        make.evidence(desk.reviewer, data=b"x" * 10_000_001)


def test_an_auditor_changes_nothing(desk, web):
    row = make.evidence(desk.author)
    acts = (
        lambda: services.add_url(member=desk.auditor, url=f"{web.url}/tides", quote=QUOTE, expires_on=None),
        lambda: make.evidence(desk.auditor),
        lambda: services.renew(evidence_id=row.pk, member=desk.auditor, expires_on=None),
        lambda: services.retire(evidence_id=row.pk, member=desk.auditor, reason="No."),
    )
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    assert web.asked == []
    assert list(Evidence.objects.values_list("pk", "retired_at")) == [(row.pk, None)]


def test_nobody_has_pages_fetched_one_after_the_other_without_end(desk, web):
    for _ in range(5):
        with pytest.raises(Incomplete, match="begins with https"):
            add_page(desk, web, url="ftp://example.org/")
    old, *_ = (add_page(desk, web) for _ in range(3))
    asked = len(web.asked)
    for again in (
        lambda: add_page(desk, web),
        lambda: services.renew(evidence_id=old.pk, member=desk.author, expires_on=None),
    ):
        with pytest.raises(Incomplete, match=r"several pages .* this minute.* what you typed is still here"):
            again()
    assert len(web.asked) == asked
    assert services.add_url(member=desk.reviewer, url=f"{web.url}/tides", quote=QUOTE, expires_on=None)
    assert make.evidence(desk.author)


def test_renewing_fetches_it_again_beside_the_old_one(desk, web):
    old = add_page(desk, web)
    web.pages["/tides"] = Answer(b"<title>New tables</title><p>High water at the harbour wall is at noon.")
    new = services.renew(evidence_id=old.pk, member=desk.reviewer, expires_on=None)
    assert (new.renews, new.quote, new.title) == (old, QUOTE, "New tables")
    assert new.sha256 != old.sha256
    assert b"New tables" not in snapshots.read(old)
    assert library.chain(old) == library.chain(new) == [old, new]
    assert list(library.usable(desk.team, on=library.today(desk.team))) == [new]
    assert entries("evidence.renewed")[0].subject == f"evidence:{old.pk}"
    with pytest.raises(WrongState, match="renewed it already"):
        services.renew(evidence_id=old.pk, member=desk.author, expires_on=None)


def test_a_file_may_be_kept_on(desk):
    old = make.evidence(desk.author, expires_on=library.today(desk.team))
    new = services.renew(evidence_id=old.pk, member=desk.author, expires_on=library.default_expiry(desk.team))
    assert (new.sha256, new.filename, new.renews_id) == (old.sha256, old.filename, old.pk)


def test_what_is_retired_is_cited_no_more(desk):
    old = make.evidence(desk.author)
    new = services.renew(evidence_id=old.pk, member=desk.author, expires_on=None)
    with pytest.raises(Incomplete, match="Say why"):
        services.retire(evidence_id=new.pk, member=desk.author, reason=" ")
    services.retire(evidence_id=new.pk, member=desk.author, reason="The table was wrong.")
    (entry,) = entries("evidence.retired")
    assert entry.texts["reason"] == "The table was wrong."
    assert list(library.usable(desk.team, on=library.today(desk.team))) == []
    for pk in (old.pk, new.pk):
        with pytest.raises(Incomplete, match="was retired"):
            library.sources(desk.team, [pk])
    with pytest.raises(WrongState):
        services.retire(evidence_id=new.pk, member=desk.admin, reason="Again.")
    with pytest.raises(WrongState):
        services.renew(evidence_id=new.pk, member=desk.admin, expires_on=None)


def test_sources_come_in_the_order_of_their_ids(desk):
    first, second = make.evidence(desk.author), make.evidence(desk.author, data=b"Other words", quote="")
    found = library.sources(desk.team, [second.pk, first.pk])
    assert [each.id for each in found] == [second.pk, first.pk]
    assert found[1].sha256 == first.sha256
    assert found[1].retrieved_on == library.today(desk.team).isoformat()


def test_another_team_s_evidence_cannot_be_cited(desk):
    theirs = make.evidence(desk.stranger)
    for pk in (theirs.pk, 10**9):
        with pytest.raises(Incomplete, match="not in the team's library"):
            library.sources(desk.team, [pk])


def test_what_expires_is_usable_until_its_day(desk):
    today = library.today(desk.team)
    row = make.evidence(desk.author, expires_on=today)
    assert list(library.usable(desk.team, on=today)) == [row]
    assert list(library.usable(desk.team, on=today + timedelta(days=1))) == []
    assert library.has_expired(row, today + timedelta(days=1))
    assert not library.has_expired(row, today)
