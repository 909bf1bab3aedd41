"""An author's answers about claims, from the page to what is signed: by their words, and no further."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import Team
from gate import changes, runner
from gate.checks.base import CheckSettings
from gate.checks.claims import Claims
from gate.content import Claim
from gate.errors import Incomplete
from gate.models import Evidence
from scheduler import claims, drafting, forms, lifecycle
from scheduler.claim_rows import panel
from scheduler.claims import Answer, key_of
from scheduler.freeze import freeze
from scheduler.models import Post
from scheduler.shelf import Shelf
from tests import factories as make
from tests.checks.make import ANSWERED, found
from tests.checks.make import post as content
from tests.scheduler.pages import sign_in, typed, url

BEST = "We bake the best bread in Lisbon."
SURVEY = "40 % of our guests come by boat."


def survey(team: Team, **extra: object) -> Evidence:
    """A piece of the team's library."""
    given = {"kind": "url", "title": "Harbour survey", "url": "https://survey.example.org/", "quote": "40 of 100",
             "sha256": "0" * 64, "content_type": "text/html", "size": 1, "added_by": make.user()}  # fmt: skip
    return Evidence.objects.create(team=team, **{**given, **extra})


def said(text: str, stance: str = "", *evidence: Evidence, kind: str = "superlative") -> dict[str, object]:
    """The fields of one answer, as the page sends them."""
    key = key_of(text)
    fields: dict[str, object] = {"claim": [key], f"claim-{key}-text": text, f"claim-{key}-kind": kind}
    if stance:
        fields[f"claim-{key}-stance"] = stance
    if evidence:
        fields[f"claim-{key}-evidence"] = [str(row.pk) for row in evidence]
    return fields


def both(*answers: dict[str, object]) -> dict[str, object]:
    """Several answers in one form."""
    keys = [key for answer in answers for key in answer["claim"]]  # type: ignore[attr-defined]
    return {name: value for answer in answers for name, value in answer.items()} | {"claim": keys}


def shown(page: str) -> str:
    return page[page.index('id="claims"') : page.index("</section>", page.index('id="claims"'))]


def test_what_reads_as_a_claim_is_asked_about_while_somebody_writes(client, author, channel):
    survey(author.team)
    page = sign_in(client, author).post(url("preview", author), typed(channel, text=[f"Come by. {BEST}"]))
    look = page.content.decode()
    assert '<mark class="blocks">the best</mark>' in look
    asked = shown(look)
    assert 'hx-swap-oob="true"' in asked
    assert 'We bake <mark class="">the best</mark> bread in Lisbon.' in asked
    assert "Reads as a superlative" in asked
    assert "1 to answer" in asked
    assert "Harbour survey" in asked
    assert "checked" not in asked


@pytest.mark.parametrize("stance", ["opinion", "evidence"])
def test_an_answer_settles_it_is_stored_and_is_signed(client, author, channel, stance):
    row = survey(author.team)
    fields = said(BEST, stance, *([row] if stance == "evidence" else []))
    data = typed(channel, text=[BEST], states_fact="yes", evidence="Seen by us", **fields)
    look = sign_in(client, author).post(url("preview", author), data).content.decode()
    assert "Nothing to settle" in look
    assert "All answered" in shown(look)

    client.post(url("compose", author), data)
    post = Post.objects.get()
    (claim,) = freeze(post).declarations.claims
    assert (claim.text, claim.stance, claim.kind) == (BEST, stance, "superlative")
    assert [s.title for s in claim.sources] == (["Harbour survey"] if stance == "evidence" else [])
    page = client.get(url("edit", author, post.pk)).content.decode()
    assert re.search(rf'value="{stance}" checked', shown(page))
    assert BEST in client.get(url("post", author, post.pk)).content.decode()


def test_a_box_that_is_ticked_is_evidence_without_the_other_answer(client, author, channel):
    """Without JavaScript nothing else says so."""
    fields = said(BEST, "", survey(author.team))
    sign_in(client, author).post(url("compose", author), typed(channel, text=[BEST], **fields))
    assert Post.objects.get().claims[0]["stance"] == "evidence"


def test_words_that_change_are_asked_about_again_and_the_old_answer_stands_beside_them(
    client, author, channel
):
    better = BEST.replace("Lisbon", "Portugal")
    data = typed(channel, text=[better], **said(BEST, "opinion"))
    asked = shown(sign_in(client, author).post(url("preview", author), data).content.decode())
    assert "1 to answer" in asked
    assert "As before the words changed: an opinion" in asked
    same = both(said(better, f"same-{key_of(BEST)}"), said(BEST, "opinion"))
    client.post(url("compose", author), typed(channel, text=[better], **same))
    assert [(c["text"], c["stance"]) for c in Post.objects.get().claims] == [(better, "opinion")]


def test_answers_whose_words_are_gone_stay_with_the_page_and_say_nothing_of_the_post(client, author, channel):
    marked = "Nobody has drowned here."
    answers = both(said(BEST, "evidence", survey(author.team)), said(marked, kind=""))
    data = typed(channel, text=["Come by at ten."], **answers)
    look = sign_in(client, author).post(url("preview", author), data).content.decode()
    assert "Nothing to settle" in look
    for words in (BEST, marked):
        assert f'type="hidden" name="claim-{key_of(words)}-text" value="{words}"' in shown(look)
    client.post(url("compose", author), data)
    assert Post.objects.get().claims == []


def test_authors_mark_words_of_their_own(client, author, channel):
    text = "Nobody has drowned here."
    data = typed(channel, text=[text], do="claim", claim_words=f" {text} ")
    asked = shown(sign_in(client, author).post(url("compose", author), data).content.decode())
    assert "Marked as a claim" in asked
    assert "1 to answer" in asked
    assert Post.objects.count() == 0
    client.post(url("compose", author), typed(channel, text=[text], **said(text, kind="")))
    post = Post.objects.get()
    assert post.claims == [{"text": text, "kind": "", "stance": "", "evidence": []}]
    taken = typed(channel, post=post, text=[text], **said(text, kind=""), do=f"unclaim:{key_of(text)}")
    assert "Marked as a claim" not in client.post(url("edit", author, post.pk), taken).content.decode()


def test_words_that_do_not_stand_in_the_text_are_not_marked_and_it_says_so(client, author, channel):
    data = typed(channel, text=["Come by at ten."], do="claim", claim_words="Nobody has drowned here.")
    asked = shown(sign_in(client, author).post(url("compose", author), data).content.decode())
    assert "does not stand in the text, so nothing is marked" in asked
    assert f'value="unclaim:{key_of("Nobody has drowned here.")}"' in asked


def test_a_post_with_a_claim_that_nobody_answered_is_blocked(author, channel):
    submission = make.examined(author, channel, text=BEST)
    assert submission.state == "blocked"
    assert submission.findings.get(level="blocks").code == "claims.unanswered"


def test_an_edit_of_an_answer_is_an_edit(author, other_author, channel):
    answer = Answer(BEST, "superlative", "opinion").row()
    submission = make.examined(author, channel, text=BEST, claims=[answer])
    assert submission.state == "in_review"
    post = Post.objects.get(submission=submission)
    row = survey(author.team)
    answer |= {"stance": "evidence", "evidence": [row.pk]}
    edited = make.draft(channel, text=BEST, claims=[answer])
    post = lifecycle.save(post_id=post.pk, version=post.version, member=other_author, draft=edited)
    submission.refresh_from_db()
    assert (submission.state, post.state) == ("withdrawn", "draft")
    assert post.editors.filter(user=other_author.user).exists()
    again = lifecycle.submit(post_id=post.pk, version=post.version, member=author)
    runner.run(again.pk)
    (change,) = changes.between(submission.frozen, again.frozen, lambda content: [])
    assert (change.field, change.old) == ("claim", f"“{BEST}”: an opinion")
    assert "Harbour survey" in change.new
    codes = set(again.findings.values_list("code", flat=True))
    assert {"claims.evidence", "declarations.contradiction"} <= codes


def test_evidence_that_cannot_be_had_is_not_handed_in(author, channel):
    mine, theirs = survey(author.team, retired_at=timezone.now()), survey(make.team())
    for row in (mine, theirs):
        answer = Answer(BEST, "superlative", "evidence", [row.pk]).row()
        with pytest.raises(Incomplete):
            make.submitted(author, channel, text=BEST, claims=[answer])


def test_another_teams_evidence_is_nowhere_on_the_page(client, author, channel):
    theirs = survey(make.team(), title="Their secret")
    data = typed(channel, text=[BEST], **said(BEST, "evidence", theirs))
    look = sign_in(client, author).post(url("preview", author), data).content.decode()
    assert "Their secret" not in look
    assert "1 to answer" in shown(look)


def test_evidence_that_ends_before_the_post_goes_out_blocks_as_one_types(client, author, channel):
    tomorrow = timezone.now().date() + timedelta(days=1)
    row = survey(author.team, expires_on=tomorrow)
    fields = said(SURVEY, "evidence", row, kind="statistic")
    data = typed(
        channel,
        text=[SURVEY],
        states_fact="yes",
        due_date=f"{tomorrow + timedelta(days=3):%Y-%m-%d}",
        **fields,
    )
    look = sign_in(client, author).post(url("preview", author), data).content.decode()
    assert "will be too old" in look
    assert "before this post goes out" in shown(look)


def test_two_authors_see_where_their_answers_differ(client, author, other_author, channel):
    post = make.post(author, channel, text=BEST)
    mine = typed(channel, post=post, text=[BEST], **said(BEST, "evidence", survey(author.team)))
    theirs = typed(channel, post=post, text=[BEST], **said(BEST, "opinion"))
    sign_in(client, other_author).post(url("edit", author, post.pk), theirs)
    answer = sign_in(client, author).post(url("edit", author, post.pk), mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert f"Claim “{BEST}”" in page
    assert "An opinion, no claim" in page
    assert "Harbour survey" in page


def test_a_copy_keeps_answers_since_they_are_about_words(author, channel):
    given = {"claims": [Answer(BEST, "superlative", "opinion").row()], "answers": {"text": "Is it good?"}}
    post = make.post(author, channel, text=BEST, campaign="Spring", **given)
    made = drafting.duplicate(post=post, member=author)
    assert (made.claims, made.answers, made.campaign) == (post.claims, post.answers, "Spring")


def test_a_passage_that_is_not_there_is_said_as_long_as_it_is_chosen(client, author, channel):
    missing = make.evidence(author, quote="It is the best bread of all")
    make.evidence(author, title="Read and found")
    data = typed(channel, text=[BEST], **said(BEST, "evidence", missing))
    for _ in range(2):
        look = shown(sign_in(client, author).post(url("preview", author), data).content.decode())
        assert look.count("The passage was not found in the snapshot") == 1
        assert "All answered" in look
    unchosen = typed(channel, text=[BEST], **said(BEST))
    assert "was not found" not in shown(client.post(url("preview", author), unchosen).content.decode())


def test_evidence_that_shares_words_with_a_claim_is_offered_before_newer_pieces(team):
    fits = survey(team, title="Guests and boats", quote="40 % of our guests")
    others = [survey(team, title=f"Piece {n}", quote="Nothing of the kind") for n in range(14)]
    shelf = Shelf(team, date(2026, 12, 1))
    assert shelf.offered(SURVEY, but=(), most=3) == [fits, others[-1], others[-2]]
    assert shelf.offered(SURVEY, but={fits.pk}, most=1) == [others[-1]]


def test_no_claim_is_dropped_because_there_are_many():
    words = [f"Fact {number}." for number in range(claims.MOST + 1)]
    answers = claims.read(Answer(each).row() for each in words)
    assert len(answers) == claims.MOST + 1
    page = forms.Typed(Team(), texts=[" ".join(words)], claims=answers)
    assert "61 claims" in page.too_much
    page.claims.pop()
    assert page.too_much == ""


@pytest.mark.parametrize(
    "rows",
    [
        ["not a row"],
        [{"text": ""}],
        [{"text": BEST, "kind": "superlative", "stance": "certain"}],
        [{"text": BEST, "kind": "superlative"}],
    ],
)
def test_what_is_no_answer_is_left_out(rows):
    assert claims.read(rows) == []


def test_odd_answers_become_plain_ones():
    (answer,) = claims.read([
        {"text": BEST + " \r\n", "kind": "poem", "stance": "evidence", "evidence": [3, "4", True, 3]},
        {"text": BEST, "stance": "opinion"},
    ])  # fmt: skip
    assert answer == Answer(BEST, "", "evidence", [3])


def test_a_claim_inside_words_that_were_marked_is_asked_about_once(team):
    marked = Answer("the best bread", "", "opinion")
    seen = panel([f"Hi. {BEST}"], [marked], Shelf(team, date(2026, 1, 1)), CheckSettings())
    assert [row.answer.text for row in seen.rows] == ["the best bread"]


@pytest.mark.parametrize("answers", [[], [Answer("40 %", "", "opinion")]])
def test_the_panel_says_of_a_sentence_what_the_check_says(team, answers):
    text = "Studies show that 40 % of us are the best."
    (row,) = panel([text], answers, Shelf(team, date(2026, 1, 1)), CheckSettings()).rows[:1]
    said = replace(ANSWERED, claims=tuple(Claim(each.text, each.stance) for each in answers))
    findings = found(Claims(), content(text, declared=said))
    (finding,) = (each for each in findings if each.id == "claims.unanswered")
    assert f"This reads as {row.reads_as}, and" in finding.message
    assert ("a figure" in row.reads_as) is not bool(answers)
