import pytest

from gate.checks.accessibility import Accessibility
from gate.checks.base import Level, Span
from gate.content import Content, MediaFacts
from tests.checks.make import ANSWERED, channel, found, ids, image, marked, post

CHECK = Accessibility()


@pytest.mark.parametrize("alt", ["", "  ", "\n"])
def test_a_picture_without_alt_text_blocks(alt):
    (finding,) = found(CHECK, post("Hi", media=(image(alt=alt),)))
    assert (finding.id, finding.level) == ("accessibility.alt-missing", Level.BLOCKS)
    assert finding.span == Span(0, 0, "alt", 0)


@pytest.mark.parametrize(
    "alt",
    ["IMG_1234.JPG", "holiday photo.jpeg", "IMG_20260801_112233", "DSC00012", "image1",
     "Screenshot 2026-01-02", "photo", "a picture", "Bild", "screenshot.", "summer", "SUMMER.png"],
)  # fmt: skip
def test_an_alt_text_that_is_a_file_name_or_says_nothing_blocks(alt):
    picture = image(alt=alt)
    content = post("Hi", media=(picture,), facts=(MediaFacts(picture.sha256, "summer.png"),))
    (finding,) = found(CHECK, content)
    assert (finding.id, finding.level, finding.clause) == ("accessibility.alt-file-name", Level.BLOCKS, "5.2")


@pytest.mark.parametrize(
    "alt",
    [
        "Two children plant a tree",
        "A photo of the mayor",
        "Ein Hund schläft.",
        "写真：桜の木",
        "3 cats",
        "Image: a map",
    ],
)
def test_an_alt_text_is_attested_once(alt):
    picture = image(alt=alt)
    content = Content(
        (channel("Hi", media=(picture,)), channel("Ho", account="two", media=(picture,))), ANSWERED
    )
    (finding,) = found(CHECK, content)
    assert (finding.id, finding.level) == ("accessibility.alt-true", Level.ATTEST)
    assert "sandbox @two" in finding.message


def test_one_picture_with_two_alt_texts_is_two_questions():
    content = post("Hi", "Ho", media=(image(), image(alt="A tree between two children")))
    assert ids(found(CHECK, content)) == ["alt-true", "alt-true"]


@pytest.mark.parametrize(
    ("text", "kind", "mark"),
    [
        ("Read 𝐭𝐡𝐢𝐬 now", "styled-letters", "𝐭𝐡𝐢𝐬"),
        ("ⓗⓔⓛⓛⓞ you", "styled-letters", "ⓗⓔⓛⓛⓞ"),
        ("ɴᴇᴡ ᴀʀᴛ", "styled-letters", "ᴀʀᴛ"),
        ("Party 🎉🎉🎉🎉", "emoji-run", "🎉🎉🎉🎉"),
        ("👩‍👩‍👧 ❤️ 🇵🇹 👍🏽 today", "emoji-run", "👩‍👩‍👧 ❤️ 🇵🇹 👍🏽"),
        ("#blacklivesmatter", "hashtag", "#blacklivesmatter"),
        ("Now: #SAVETHEOLDLIBRARY!", "hashtag", "#SAVETHEOLDLIBRARY"),
        ("#salvemosabiblioteca", "hashtag", "#salvemosabiblioteca"),
        ("COME TO OUR CONCERT tonight", "capitals", "COME TO OUR CONCERT"),
        ("ЧИТАЙТЕ НАШИ НОВОСТИ", "capitals", "ЧИТАЙТЕ НАШИ НОВОСТИ"),
    ],
)
def test_what_is_hard_to_read_is_advised(text, kind, mark):
    content = post(text)
    findings = [f for f in found(CHECK, content) if f.id.endswith(kind)]
    assert mark in marked(content, findings)
    assert {f.level for f in findings} == {Level.ADVISES}


@pytest.mark.parametrize(
    "text",
    [
        "Party 🎉🎉 tonight 🎶",
        "🇵🇹 Olá! 🇬🇧 Hello! 🇩🇪 Hallo!",
        "#BlackLivesMatter #ClimateAction #choir",
        "#sustainability",
        "The NHS and the BBC in the UK",
        "NATO, UNESCO and UNICEF met",
        "Temperatures of 12 ℃, 5 m², № 3, Acme™",
        "We speak 🇵🇹🇬🇧",
        "Thank you 👍🏽👏🏿!",
        "A family 👩‍👩‍👧‍👦 👨‍👩‍👧 🏳️‍🌈",
        "1️⃣ Come 2️⃣ Sing 3️⃣ Eat 4️⃣ Sleep",
        "東京でコンサート",
        "See https://example.org/#averylonganchorname",
        "ＡＢＣ放送",
        "",
    ],
)
def test_ordinary_writing_is_left_alone(text):
    assert found(CHECK, post(text)) == []


LONG = 200_000


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("👩\u200d" * LONG, []),
        ("👩" + "\u200d👩" * LONG, []),
        ("👩\u200d👩" + "🏽" * LONG, []),
        ("🎉🎉🎉" + "\u200d👩" * LONG, []),
        ("🎉 🎉  " * LONG, []),
        ("👩\u200d" * LONG + "x 🎉🎉🎉🎉", ["🎉🎉🎉🎉"]),
        ("🎉 " * LONG + "x", [("🎉 " * LONG).strip()]),
        ("🇵" * LONG, ["🇵" * LONG]),
    ],
    ids=["joiners", "joined", "modifiers", "three, one long", "pairs", "joiners and a run", "spaced", "indicators"],
)  # fmt: skip
def test_a_very_long_sequence_of_emoji_is_read_in_one_go(text, runs):
    """Would not come to an end if the time grew faster than the text."""
    content = post(text)
    findings = [f for f in found(CHECK, content) if f.id == "accessibility.emoji-run"]
    assert marked(content, findings) == runs


@pytest.mark.parametrize(
    "text",
    ["A'" * LONG, "A’A" * LONG + " b", "AA " * LONG + "AAb", "AA" + " ," * LONG + "b", "AA'BB x " * LONG],
)
def test_a_very_long_row_of_capitals_is_read_in_one_go(text):
    """Would not come to an end if the time grew faster than the text."""
    findings = found(CHECK, post(text))
    assert [f.span.start for f in findings] == ([0] if text.startswith("AA AA") else [])
