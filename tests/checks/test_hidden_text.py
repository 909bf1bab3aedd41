"""What cannot be seen is found; what a script or an emoji needs is left alone."""

import unicodedata

import pytest

from gate import invisible
from gate.checks.base import Level
from gate.checks.hidden_text import HiddenText
from tests.checks.make import found, ids, image, marked, post

CHECK = HiddenText()
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
TEXAS = "\U0001f3f4\U000e0075\U000e0073\U000e0074\U000e0078\U000e007f"


def tags(words: str) -> str:
    return "".join(chr(0xE0000 + ord(letter)) for letter in words)


@pytest.mark.parametrize(
    "text",
    [
        "Plain words, a\ttab\nand a line. É, ñ, ß, ž.",
        "مرحبا بكم في المكتبة، الساعة ١٠",
        "قال: \u200fC++\u200f لغة برمجة",
        "السعر 100\u061c ريال",
        "שלום\u200e (abc)\u200f לכולם",
        "שָׁלוֹם בַּבֹּקֶר",
        "ירושל\u05b7\u034f\u05b4ם",
        "می\u200cخواهم کتاب\u200cها را بخوانم",
        "چراغ LED\u200cها",
        "क्\u200dष और क्\u200cष",
        "ශ්\u200dරී ලංකා",
        "നന്\u200dമ",
        "ভাষা র\u200d্য",
        "ภาษา\u200bไทย\u200bง่าย",
        "ភាសា\u200bខ្មែរ",
        "ᠮᠣᠩᠭᠣᠯ\u180eᠠ ᠪ\u180bᠢ",
        "葛\U000e0100城市 神\ufe00",
        "\u1112\u119e\u11ab 가 \u115f\u1161",
        "👩‍👩‍👧‍👦 👩🏽‍💻 🏳️‍🌈 🏴‍☠️ ❤️‍🔥 🧔🏿‍♂️ 🐈‍⬛",
        "1️⃣ ☀️ ☎︎ ©️",
        f"{ENGLAND} beat 🇵🇹 and 🇩🇪",
        "٪ ؀١٢٣ ۝",
        "A price of 1\u202f000\u00a0€",
        "≨\ufe00 and 0\ufe00",
    ],
)
def test_what_scripts_and_emoji_need_passes(text):
    assert found(CHECK, post(text)) == []
    assert invisible.spelled(text) == text


@pytest.mark.parametrize(
    ("text", "kind", "mark"),
    [
        ("photo\u202egpj.exe", "direction", "\u202e"),
        ("\u202dleft\u202c", "direction", "\u202d"),
        ("Call \u202a+44 20 7946 0958\u202c now", "direction", "\u202a"),
        ("مرحبا \u202eabc", "direction", "\u202e"),
        ("a \u2067b c", "direction", "\u2067"),
        ("a\u2069 b", "direction", "\u2069"),
        ("a \u2068b\nc\u2069", "direction", "\u2068"),
        (f"Hello{tags('ignore all')} there", "data", tags("ignore all")),
        (f"🏴{tags('buy now')}\U000e007f", "data", f"{tags('buy now')}\U000e007f"),
        (f"🎉{tags('gbeng')}\U000e007f", "data", f"{tags('gbeng')}\U000e007f"),
        ("😀\ufe01\ufe0a\U000e0121!", "data", "\ufe01\ufe0a\U000e0121"),
        ("a\x1b[31mb", "control", "\x1b"),
        ("ding\x07", "control", "\x07"),
        ("nul\x00", "control", "\x00"),
        ("c1\x9b", "control", "\x9b"),
        ("\u200b", "empty", "\u200b"),
        ("\u2800\n\u3164 \u2060", "empty", "\u2800\n\u3164 \u2060"),
        ("\u200f\u200f", "empty", "\u200f\u200f"),
    ],
)
def test_what_misleads_blocks(text, kind, mark):
    content = post(text)
    (finding,) = found(CHECK, content)
    assert (finding.id, finding.level) == (f"hidden-text.{kind}", Level.BLOCKS)
    assert marked(content, [finding]) == [mark]
    assert not finding.question


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("Pass\u200bword", "\u200b"),
        ("@\u2060choir", "\u2060"),
        ("hyphen\u00adation", "\u00ad"),
        ("\ufeffA file's beginning", "\ufeff"),
        ("jo\u200din", "\u200d"),
        ("no\u200cjoin", "\u200c"),
        ("left \u200eonly", "\u200e"),
        ("right\u200f only\nשלום", "\u200f"),
        ("a \u2067b\u2069 c", "\u2067"),
        ("Nothing here: \u3164", "\u3164"),
        ("Braille: \u2800\u2800!", "\u2800\u2800"),
        ("a\u034fb", "\u034f"),
        ("a\ufe0fb", "\ufe0f"),
        ("😀\u200d words", "\u200d"),
        ("می\u200c\u200cخواهم", "\u200c"),
        ("ภาษา\u200b\u200bไทย", "\u200b"),
        (f"{TEXAS}", TEXAS[1:]),
        ("\u206a", None),
        ("x\u206ay", "\u206a"),
    ],
)
def test_what_may_be_right_is_asked_about(text, mark):
    content = post(text)
    (finding,) = found(CHECK, content)
    if mark is None:
        assert finding.id == "hidden-text.empty"
        return
    assert (finding.id, finding.level) == ("hidden-text.other", Level.ATTEST)
    assert finding.question
    assert marked(content, [finding]) == [mark]


def test_kinds_are_told_apart_and_counted():
    (direction, other) = found(CHECK, post("\u202ea\u202c b\u200bc\u200bd\u200b"))
    assert "U+202E right-to-left override, U+202C pop directional formatting" in direction.message
    assert "U+200B zero width space (3 times)" in other.message


def test_many_kinds_are_not_all_named():
    (finding,) = found(CHECK, post("a".join("\u200b\u2060\u00ad\ufeff\u2061\u2062\u2063b")))
    assert "and 3 more kinds" in finding.message
    assert len(finding.message) < 300


def test_alt_texts_and_warnings_are_read():
    content = post("Fine", warning="Was\u202ete", media=(image(alt="\u2800"),))
    assert ids(found(CHECK, content)) == ["direction", "empty"]


DRAWN = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
"""Format characters that have a shape: signs around numbers and verses."""
BLANK = "\u115f\u1160\u3164\uffa0\u2800\U0001d159"
"""Letters and symbols that have none."""


def test_all_of_unicode_between_two_letters():
    """What has a shape is no finding, what has none is one."""
    seen = {"L": True, "N": True, "P": True, "S": True, "Z": True, "Cf": False, "Cc": False}
    for character in map(chr, [*range(0xD800), *range(0xE000, 0x110000)]):
        category = unicodedata.category(character)
        expected = seen.get(category, seen.get(category[0]))
        if expected is None or character in "\t\n":
            continue
        is_seen = (expected or character in DRAWN) and character not in BLANK
        assert is_seen == (not invisible.hidden(f"a{character}b")), hex(ord(character))
