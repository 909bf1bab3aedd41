"""What reads as a claim needs an answer for its very words. The examples are in examples/claims.jsonl."""

from datetime import UTC, datetime, timedelta

import pytest

from gate.checks.base import Level
from gate.checks.claims import Claims, occurrences, spots, statements
from gate.content import Claim, Content, Declarations, Source
from tests.checks.make import channel, found, ids, marked, post

CHECK = Claims()
BEST = "We bake the best bread in Lisbon."
TODAY = datetime.now(UTC)


def day(ahead: int) -> str:
    return f"{TODAY + timedelta(days=ahead):%Y-%m-%d}"


def source(**changes: str) -> Source:
    return Source(**{"id": 1, "kind": "url", "title": "Survey", "retrieved_on": day(-3), **changes})  # type: ignore[arg-type]


def answered(*claims: Claim, states_fact: str = "no") -> Declarations:
    return Declarations("none", "no", states_fact, "", "nobody", claims)


def test_a_sentence_with_several_such_words_is_one_question():
    content = post("Studies show that 40 % of us are the best. Come at ten. It is risk-free.")
    findings = found(CHECK, content)
    assert ids(findings) == ["unanswered", "unanswered"]
    assert marked(content, findings) == ["Studies show that 40 % of us are the best", "risk-free"]
    assert "an appeal to research, a figure and a superlative" in findings[0].message
    assert {f.level for f in findings} == {Level.BLOCKS}


def test_what_an_author_answers_for_is_the_sentence():
    (statement,) = statements("Come by. We bake the best bread in Lisbon. At ten.")
    assert (statement.text, statement.kind) == (BEST, "superlative")


@pytest.mark.parametrize("stance", ["opinion", "evidence"])
def test_an_answer_settles_its_words_and_asks_the_reviewer_about_them(stance):
    claim = Claim(BEST, stance, "superlative", (source(),) if stance == "evidence" else ())
    content = post(f"Good news. {BEST}", declared=answered(claim))
    (finding,) = found(CHECK, content)
    assert (finding.id, finding.level) == (f"claims.{stance}", Level.ATTEST)
    assert marked(content, [finding]) == [BEST]


def test_an_answer_holds_wherever_its_words_stand_and_nowhere_else():
    claim = Claim(BEST, "opinion")
    both = Content((channel(BEST), channel(f"Hear this: {BEST}", account="two")), answered(claim))
    assert ids(found(CHECK, both)) == ["opinion"]
    other = Content(
        (channel(BEST), channel(BEST.replace("Lisbon", "Europe"), account="two")), answered(claim)
    )
    assert ids(found(CHECK, other)) == ["opinion", "unanswered"]


@pytest.mark.parametrize("stance", ["opinion", "evidence"])
def test_a_part_of_a_sentence_is_asked_about_in_each_sentence_that_it_is_a_part_of(stance):
    claim = Claim("100 %", stance, "", (source(),) if stance == "evidence" else ())
    seats, patients = "100 % of the seats were taken.", "100 % of our patients got well."
    content = Content(
        (channel(f"{seats} {seats}"), channel(seats, patients, account="two")),
        answered(claim, states_fact="yes"),
    )
    findings = found(CHECK, content)
    assert ids(findings) == [stance, stance]
    assert [(f.span.channel, f.span.part) for f in findings] == [(0, 0), (1, 1)]
    assert marked(content, findings) == ["100 %", "100 %"]


@pytest.mark.parametrize(
    ("words", "settles"),
    [
        ("the best bread", True),
        ("the best", True),
        ("best", True),
        ("the", False),
        ("st", False),
        ("We bake", False),
    ],
)
def test_marked_words_settle_what_they_cover_for_the_most_part(words, settles):
    content = post(BEST, declared=answered(Claim(words, "opinion")))
    assert ("unanswered" in ids(found(CHECK, content))) is not settles


def test_a_mark_without_an_answer_blocks_whatever_the_words_are():
    content = post("Nobody has drowned here.", declared=answered(Claim("Nobody has drowned here.", "")))
    findings = found(CHECK, content)
    assert ids(findings) == ["unanswered"]
    assert marked(content, findings) == ["Nobody has drowned here."]


def test_evidence_that_is_not_there_is_said_once():
    content = post(BEST, declared=answered(Claim(BEST, "evidence", "superlative")))
    (finding,) = found(CHECK, content)
    assert "gives none" in finding.message
    assert marked(content, [finding]) == [BEST]


def test_words_that_are_gone_are_not_asked_about():
    assert not found(
        CHECK, post("Come at ten.", declared=answered(Claim(BEST, ""), Claim("Come a", "opinion")))
    )


@pytest.mark.parametrize(
    ("changes", "due", "expired"),
    [
        ({}, 2, False),
        ({"expires_on": day(3)}, 2, False),
        ({"expires_on": day(2)}, 4, True),
        ({"expires_on": day(-2)}, None, True),
        ({"expires_on": "soon"}, 2, True),
        ({"retrieved_on": day(-800)}, 2, True),
        ({"retrieved_on": ""}, 2, True),
    ],
)
def test_evidence_counts_on_the_day_of_the_post_or_not_at_all(changes, due, expired):
    content = post(BEST, declared=answered(Claim(BEST, "evidence", "", (source(), source(**changes)))))
    findings = found(CHECK, content, due_at=TODAY + timedelta(days=due) if due else None)
    assert ids(findings) == ["evidence", "expired"] if expired else ["evidence"]
    assert "2 pieces" in findings[0].message


def test_without_a_longest_age_only_the_expiry_counts():
    old = source(retrieved_on=day(-3000))
    content = post(BEST, declared=answered(Claim(BEST, "evidence", "", (old,))))
    assert ids(found(CHECK, content, longest_age=0)) == ["evidence"]
    assert ids(found(CHECK, content, longest_age=3001)) == ["evidence"]
    assert ids(found(CHECK, content, longest_age=2998)) == ["evidence", "expired"]


def test_kinds_and_levels_are_settings():
    content = post("It is risk-free, and we are the best.")
    (finding,) = found(CHECK, content, guarantee=False, **{"claims.unanswered": "attest"})
    assert (finding.level, marked(content, [finding])) == (Level.ATTEST, ["the best"])
    assert finding.question


def test_links_claim_nothing_and_offsets_stay():
    text = "See https://harbour.example/the-best/40%-off and www.best.example: it never fails."
    assert [text[s.start : s.end] for s in spots(text)] == ["never fails"]


@pytest.mark.parametrize(
    ("text", "words", "places"),
    [
        ("art, party, art", "art", [(0, 3), (12, 15)]),
        ("40 % and 140 %", "40 %", [(0, 4)]),
        ("(a+b)? (a+b)?", "(a+b)?", [(0, 6), (7, 13)]),
        ("Art", "art", []),
        ("anything", "", []),
    ],
)
def test_words_are_found_as_whole_words(text, words, places):
    assert occurrences(text, words) == places


@pytest.mark.parametrize("bit", ["1,", "1 000 ", "one in ", "twice as fast ", "L's ", "le plus "])
def test_a_long_text_is_looked_at_in_a_time_that_grows_with_it(bit):
    """Would not come to an end if the time grew faster than the text."""
    assert isinstance(spots((bit * 20_000)[:30_000]), list)
