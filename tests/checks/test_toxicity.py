"""The check with the embedded screen, which is what serves where no model is installed."""

import pytest

from gate.checks.base import CheckSettings, Level
from gate.checks.readable import forms
from gate.checks.toxicity import Toxicity
from gate.content import Content
from gate.toxicity import EngineError, engine
from tests.checks.make import ANSWERED, channel, found, ids, image, marked, post

CHECK = Toxicity()


@pytest.mark.parametrize(
    "sentence",
    [
        "You are a stupid idiot!",
        "What a bunch of fucking morons.",
        "Shut up, you piece of shit.",
        "Go to hell, bitch!",
        "Nobody likes you, asshole.",
        "They are all bastards and cunts.",
        "He is a dick.",
        "This mayor is a fucking disgrace.",
        "Du bist ein Idiot.",
        "Eat shit and die.",
    ],
)
def test_a_hostile_sentence_is_marked_and_blocks(sentence):
    content = post(f"Hello all. {sentence} See you on Friday.")
    *hostile, tone = found(CHECK, content)
    assert marked(content, hostile) == [sentence]
    assert [f.level for f in hostile] == [Level.BLOCKS]
    assert tone.id == "toxicity.tone"


@pytest.mark.parametrize(
    "text",
    [
        "Our choir sings on Friday at seven. Everybody is welcome!",
        "Disabled toilets are on the ground floor.",
        "Gay and lesbian choir sings tonight.",
        "Our Black and Muslim members meet on Friday.",
        "Breast cancer screening is open this week.",
        "This killer app saves time.",
        "We support women who survived abuse.",
        "Die Bücherei öffnet am Sonntag um neun.",
        "A biblioteca abre no domingo às nove.",
        "今日のコンサートは七時からです。",
        "Thank you @maria for the lovely evening!",
        "",
    ],
)
def test_a_friendly_post_is_still_read_by_a_person(text):
    (tone,) = found(CHECK, post(text))
    assert (tone.id, tone.level) == ("toxicity.tone", Level.ATTEST)
    assert "no trained toxicity model is installed" in tone.message
    assert (tone.span.field, tone.span.start, tone.span.end) == ("post", 0, 0)
    assert "screen: words and rules 1." in tone.message


def test_a_sentence_in_the_grey_band_is_asked_about():
    content = post("This fucking rain. Come all the same.")
    grey, _ = found(CHECK, content)
    assert (grey.id, grey.level) == ("toxicity.sentence", Level.ATTEST)
    assert grey.question


def test_naming_somebody_is_stricter():
    plain, _ = found(CHECK, post("Only idiots play with the blues."))
    aimed, _ = found(CHECK, post("Only idiots play with @opponent."))
    assert (plain.level, plain.clause) == (Level.ATTEST, "")
    assert (aimed.level, aimed.clause, aimed.id) == (Level.BLOCKS, "1.2", "toxicity.targeting")


def test_alt_texts_and_content_warnings_are_read():
    content = post("Hi", warning="Fucking idiots", media=(image(alt="A stupid bitch"),))
    assert marked(content, found(CHECK, content))[:2] == ["Fucking idiots", "A stupid bitch"]


def test_one_text_on_two_channels_is_one_finding():
    channels = (channel("You are an idiot!"), channel("You are an idiot!", account="two"))
    findings = found(CHECK, Content(channels, ANSWERED))
    assert ids(findings) == ["sentence", "tone"]
    assert findings[0].message.endswith("Also on sandbox @two.")


def test_every_finding_names_the_engine():
    findings = found(CHECK, post("You are an idiot!"))
    assert all("screen: words and rules" in finding.message for finding in findings)


@pytest.mark.parametrize("name", ["perspective", ""])
def test_an_engine_that_does_not_exist_is_an_error_and_no_pass(name):
    with pytest.raises(EngineError, match="no toxicity engine"):
        CHECK.run(post("Hi"), CheckSettings(toxicity_engine=name))


def test_the_screen_scores_each_sentence():
    scores = engine("screen").score(["You idiot", "Good morning", ""])
    assert [list(score) for score in scores] == [["offensive"]] * 3
    assert scores[0]["offensive"] > 0.8 > 0.1 > scores[1]["offensive"]
    assert engine("screen").score([]) == []
    assert engine("screen").trained is False


@pytest.mark.parametrize(
    "sentence",
    ["y0u 1d10t", "You i d i o t!", "You idiooot!", "Уоu stuріd іdіоt", "Ｙｏｕ ｉｄｉｏｔ", "𝐲𝐨𝐮 𝐢𝐝𝐢𝐨𝐭", "i̶d̶i̶o̶t̶",
     "kiłł yourself", "You are an idiøt", "y\u200bou stu\u200bpid",
     "f.u.c.k you", "Go to he11 b1tch", "You id-i-ot", "$h!t people"],
)  # fmt: skip
def test_a_disguised_sentence_is_read_without_its_disguise(sentence):
    content = post(f"Hello all. {sentence}")
    *hostile, _ = found(CHECK, content)
    assert marked(content, hostile) == [sentence]


def test_a_finding_says_that_a_disguise_was_looked_through():
    typed, _ = found(CHECK, post("You idiot"))
    disguised, _ = found(CHECK, post("Y0u 1d10t"))
    assert "without what disguises its words" in disguised.message
    assert "disguises" not in typed.message


@pytest.mark.parametrize(
    "sentence",
    ["Été à la plage", "Мы открыты с 10 до 17", "From 10am to 5pm on the 1st of May", "Γεια σου",
     "See https://example.org/a1b2 and @m1ke", "Well-known e-mail lists, C++ and 3.5 km", "50 € for 2 people", "🇵🇹 🇬🇧",
     "日本語のページ", "l’été, can’t", "می\u200cخواهم"],
)  # fmt: skip
def test_ordinary_writing_has_no_other_reading(sentence):
    assert forms(sentence) == []


@pytest.mark.parametrize(
    ("sentence", "read"),
    [
        ("a11 c0ol", ["aii cool", "all cool"]),
        ("sooo baaad", ["so bad", "soo baad"]),
        ("y.o.u s t u p i d", ["you stupid"]),
        ("🇮 🇩 🇮 🇴 🇹", ["idiot"]),
        ("NATO: ΝАТО", ["NATO: NATO"]),
        ("COVID19 in 2026", []),
        ("an idiøt, Đuro", ["an idiot, Duro"]),
        ("Smørrebrød og øl", ["Smorrebrod og ol"]),
    ],
)
def test_what_a_sentence_reads_like(sentence, read):
    assert forms(sentence) == read


def test_thresholds_are_the_organisations():
    content = post("This fucking rain. Come all the same.")
    (tone,) = found(CHECK, content, offensive_asks=1.0, offensive_blocks=1.0)
    assert tone.id == "toxicity.tone"
    blocked, _ = found(CHECK, content, offensive_asks=0.9, offensive_blocks=0.5)
    assert blocked.level == Level.BLOCKS
    aimed = post("Only idiots play with @opponent.")
    assert found(CHECK, aimed, at_somebody=1.0)[0].level == Level.ATTEST


@pytest.mark.parametrize(
    "sentence",
    ["You " * 100, "you idiot " * 40, "women are " * 40,
     "i will " * 57, "f*" * 200, "ich dich " * 44, "'" * 400, "@a " * 130],
)  # fmt: skip
def test_the_screen_reads_a_hostile_sentence_in_one_go(sentence):
    """Would not come to an end if the time grew faster than the sentence: sentences have 400 characters at most."""
    assert 0 <= engine("screen").score([sentence])[0]["offensive"] <= 0.99


@pytest.mark.parametrize(
    ("sentence", "least", "most"),
    [
        ("Refugees are not criminals.", 0, 0.1),
        ("Refugees are criminals.", 0.8, 1),
        ("Nobody should say that women are inferior.", 0.8, 1),  # quoted words are not told apart
        ("sh*t happens", 0.6, 0.6),
        ("s*** happens", 0, 0.1),
        ("A clown and a fat pig at the fair", 0.4, 0.7),
        ("Die dicke Hündin heisst Bella", 0, 0.1),
        ("Con mucho gusto", 0, 0.1),
        ("WE KNOW WHERE YOU LIVE", 0.8, 1),
    ],
)
def test_what_the_screen_says(sentence, least, most):
    assert least <= engine("screen").score([sentence])[0]["offensive"] <= most
