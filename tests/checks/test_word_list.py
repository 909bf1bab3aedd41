from datetime import UTC, date, datetime

import pytest

from gate.checks.base import Level
from gate.checks.inclusive_words import WORDS
from gate.checks.word_list import WordList, entry
from tests.checks.make import found, image, marked, post

CHECK = WordList()


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("We start project falcon.", "project falcon"),
        ("PROJECT FALCON", "PROJECT FALCON"),
        ("Project Falcon's start", "Project Falcon"),
        ("pr0j3ct f@lc0n", "pr0j3ct f@lc0n"),
        ("рrоjесt fаlсоn", "рrоjесt fаlсоn"),  # Cyrillic р, о, е, с, а
        ("p r o j e c t  f a l c o n", "p r o j e c t  f a l c o n"),
        ("p.r.o.j.e.c.t-f.a.l.c.o.n!", "p.r.o.j.e.c.t-f.a.l.c.o.n"),
        ("pro\u200bject\u00adfal\u2060con", "pro\u200bject\u00adfal\u2060con"),
        ("𝐩𝐫𝐨𝐣𝐞𝐜𝐭 𝓯𝓪𝓵𝓬𝓸𝓷", "𝐩𝐫𝐨𝐣𝐞𝐜𝐭 𝓯𝓪𝓵𝓬𝓸𝓷"),
        ("ᴘʀᴏᴊᴇᴄᴛ ꜰᴀʟᴄᴏɴ", "ᴘʀᴏᴊᴇᴄᴛ ꜰᴀʟᴄᴏɴ"),
        ("🅿🅡🅞🅙🅔🅒🅣 falcon", "🅿🅡🅞🅙🅔🅒🅣 falcon"),
        ("ｐｒｏｊｅｃｔ　ｆａｌｃｏｎ", "ｐｒｏｊｅｃｔ　ｆａｌｃｏｎ"),
        ("prójèct fâlcön.", "prójèct fâlcön"),
        ("pro\u0301ject falcon\u0308.", "pro\u0301ject falcon\u0308"),
        ("project\nfalcon", "project\nfalcon"),
        ("projeeeect falcoooon!", "projeeeect falcoooon"),
        ("pr*ject fal**n", "pr*ject fal**n"),
        ("project|falcon", "project|falcon"),
        ("ᏢᎡᏫᎫᎬᏟᎢ falcon".replace("Ꮻ", "O"), "ᏢᎡOᎫᎬᏟᎢ falcon"),
        ("ΡRΟЈΕСΤ FΑLCΟΝ", "ΡRΟЈΕСΤ FΑLCΟΝ"),  # Greek and Cyrillic capitals, Ν among them
        ("project 🇫 🇦 🇱 🇨 🇴 🇳", "project 🇫 🇦 🇱 🇨 🇴 🇳"),
        ("pro\u0336je\u0336ct fa\u0336lcon", "pro\u0336je\u0336ct fa\u0336lcon"),
        ("prøject fałcon", "prøject fałcon"),
        ("#ProjectFalcon", "ProjectFalcon"),
        ("see project_falcon", "project_falcon"),
    ],
)
def test_a_term_is_found_in_every_disguise(text, mark):
    content = post(text)
    findings = found(CHECK, content, words=["Project Falcon: blocks:confidential until May"])
    assert marked(content, findings) == [mark]
    assert findings[0].level == Level.BLOCKS
    assert "confidential until May" in findings[0].message


@pytest.mark.parametrize(
    "text",
    [
        "The project has a falconer",
        "subproject falcon",
        "project falcons",
        "falcon project",
        "project, not falcon",
        "A projection of Alcon",
        "",
        "projekt falke",
    ],
)
def test_other_words_are_let_through(text):
    assert found(CHECK, post(text), words=["Project Falcon: blocks"]) == []


@pytest.mark.parametrize(
    ("term", "text", "mark"),
    [
        ("機密", "これは機密です", "機密"),
        ("секрет", "Это секрет!", "секрет"),
        ("straße", "In der STRASSE", "STRASSE"),
        ("سري", "هذا سري جدا", "سري"),
        ("Q3", "our q3 numbers", "q3"),
        ("chairman", "The Chairman said", "Chairman"),
        ("ﬁrst", "the first one", "first"),
        ("ç", "ç", "ç"),
    ],
)
def test_terms_of_any_alphabet(term, text, mark):
    content = post(text)
    assert marked(content, found(CHECK, content, words=[f"{term}: advises"])) == [mark]


@pytest.mark.parametrize(
    ("term", "text"),
    [("chi", "chilli"), ("bi", "bill"), ("10", "1000"), ("col", "cool"), ("pt", "🇵🇹"), ("falcon", "f****n"),
     ("aaa", "aa")],
)  # fmt: skip
def test_what_only_looks_stretched_or_masked_is_let_through(term, text):
    assert found(CHECK, post(text), words=[f"{term}: blocks"]) == []


@pytest.mark.parametrize(
    ("term", "text"), [("cool", "cooool"), ("cool", "coool"), ("aaa", "aaaaa"), ("col", "cooool")]
)
def test_a_letter_three_times_or_more_may_be_meant_once_or_twice(term, text):
    content = post(f"so {text}!")
    assert marked(content, found(CHECK, content, words=[f"{term}: blocks"])) == [text]


def test_a_hostile_text_is_read_in_one_go():
    """Would not come to an end if the time grew faster than the text."""
    for text in (
        "falcon" * 20_000,
        "f*" * 50_000,
        "o" * 100_000,
        "falcon\u200b" * 20_000,
        "f" + "*" * 100_000 + "n",
    ):
        assert found(CHECK, post(text), words=["falcon: blocks"]) == []


def test_every_place_is_marked():
    content = post("Falcon, falcon and FALCON")
    assert marked(content, found(CHECK, content, words=["falcon: advises"])) == [
        "Falcon",
        "falcon",
        "FALCON",
    ]


def test_alt_text_and_content_warning_are_searched():
    content = post("Hello", warning="About Falcon", media=(image(alt="The falcon logo"),))
    assert marked(content, found(CHECK, content, words=["falcon: attest"])) == ["Falcon", "falcon"]


def test_attest_asks():
    (finding,) = found(CHECK, post("our rival Acme"), words=["acme: attest:a competitor"])
    assert finding.level == Level.ATTEST
    assert "acme" in finding.question


@pytest.mark.parametrize("line", ["falcon: forbid", "falcon:", "falcon", "---: blocks", ": blocks"])
def test_a_list_that_cannot_be_read_is_an_error_and_no_pass(line):
    with pytest.raises(ValueError, match=r"term|blocks, attest or advises"):
        found(CHECK, post("Hello"), words=[line])


EMBARGO = ["project falcon: blocks: confidential: until 2027-05-01"]


@pytest.mark.parametrize(
    ("due", "zone", "is_found"),
    [
        (datetime(2027, 4, 30, 12, tzinfo=UTC), "UTC", True),
        (datetime(2027, 4, 30, 23, 30, tzinfo=UTC), "UTC", True),
        (datetime(2027, 4, 30, 23, 30, tzinfo=UTC), "Europe/Berlin", False),
        (datetime(2027, 5, 1, 3, tzinfo=UTC), "America/New_York", True),
        (datetime(2027, 5, 1, tzinfo=UTC), "UTC", False),
        (None, "UTC", True),
    ],
)
def test_a_term_with_a_day_is_found_in_what_goes_out_before_it(due, zone, is_found):
    findings = found(CHECK, post("Project Falcon is here"), words=EMBARGO, due_at=due, zone=zone)
    assert [f.level for f in findings] == [Level.BLOCKS] * is_found
    assert all("until 01 May 2027: confidential." in f.message for f in findings)


def test_a_day_needs_no_advice_and_advice_may_have_colons():
    assert entry("falcon: blocks: until 2027-05-01").until == date(2027, 5, 1)
    line = entry("falcon: attest: say: the bird: until 2027-05-01")
    assert (line.level, line.advice, line.until) == (Level.ATTEST, "say: the bird", date(2027, 5, 1))
    assert entry("falcon: attest: wait until May").until is None
    with pytest.raises(ValueError, match="no day"):
        entry("falcon: blocks: until May")


def test_competitors_are_asked_about_at_the_level_that_was_set():
    content = post("Better than Acme")
    (asked,) = found(CHECK, content, competitors=["ACME"])
    assert (asked.id, asked.level, marked(content, [asked])) == (
        "word-list.competitor",
        Level.ATTEST,
        ["Acme"],
    )
    assert "fair" in asked.question
    (blocked,) = found(CHECK, content, competitors=["ACME"], **{"word-list.competitor": "blocks"})
    assert (blocked.level, blocked.question) == (Level.BLOCKS, "")


def test_inclusive_words_are_suggested_where_that_is_wanted():
    content = post(
        "Our chairman, a wheelchair-bound man, thanks you guys. A master's degree in blind tasting!"
    )
    assert found(CHECK, content) == []
    findings = found(CHECK, content, inclusive_english=True)
    assert sorted(marked(content, findings)) == ["chairman", "wheelchair-bound", "you guys"]
    assert {(f.id, f.level) for f in findings} == {("word-list.inclusive", Level.ADVISES)}


def test_no_suggestion_suggests_what_is_on_the_list():
    for better in WORDS.values():
        assert found(CHECK, post(better), inclusive_english=True) == []
