import pytest

from gate.checks.base import Span
from gate.checks.readable import forms
from gate.checks.sentences import LONGEST, sentences
from gate.checks.texts import field_text, texts
from gate.checks.word_list import WordList
from gate.content import Content
from tests.checks.make import channel, found, image, post


def test_the_same_words_on_three_channels_are_one_text():
    same = (
        channel("Hello", platform=p, account=a) for p, a in [("sandbox", "1"), ("bluesky", "2"), ("x", "3")]
    )
    (text,) = texts(Content(tuple(same)))
    assert text.span == Span(0, 0, "text")
    assert text.elsewhere == ("bluesky @2", "x @3")


def test_one_finding_names_the_other_channels():
    content = Content((channel("Hi"), channel("Falcon", account="2"), channel("Falcon", account="3")))
    (finding,) = found(WordList(), content, words=["falcon: blocks"])
    assert finding.span == Span(1, 0, "text", None, 0, 6)
    assert finding.message.endswith("Also on sandbox @3.")


def test_a_text_that_a_thread_repeats_names_no_other_channel():
    (text,) = texts(post("Again", "Again"))
    assert text.elsewhere == ()


def test_alt_texts_and_content_warnings_are_read_too():
    content = post("Text", warning="Warning", media=(image(alt=""), image("b", alt="Alt")))
    assert [(t.text, t.span.field, t.span.media_index) for t in texts(content)] == [
        ("Warning", "content_warning", None),
        ("Text", "text", None),
        ("Alt", "alt", 1),
    ]
    assert [field_text(content, t.span) for t in texts(content)] == ["Warning", "Text", "Alt"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("It costs 3.50 at example.org today.", ["It costs 3.50 at example.org today."]),
        ("Ask Dr. Sousa or J. R. Lee. Thanks", ["Ask Dr. Sousa or J. R. Lee.", "Thanks"]),
        ("今日は晴れ。明日は雨！そう？", ["今日は晴れ。", "明日は雨！", "そう？"]),
        ("«Was ist das?» Nichts.", ["«Was ist das?»", "Nichts."]),
        ("No stop\n\n  next line  ", ["No stop", "next line"]),
        ("Wait... what?!", ["Wait...", "what?!"]),
        ("هل هذا صحيح؟ نعم.", ["هل هذا صحيح؟", "نعم."]),
        ("", []),
        (" \n ", []),
        ("...", ["..."]),
    ],
)
def test_sentences(text, expected):
    found = sentences(text)
    assert [s.text for s in found] == expected
    assert all(text[s.start : s.end] == s.text for s in found)


def test_a_row_of_ends_that_is_none_is_read_in_one_go():
    """Would not come to an end if the time grew faster than the text."""
    assert len(sentences("." * 200_000 + "x")) == 500 + 1


@pytest.mark.parametrize(("bit", "read"), [("\u0301", []), ("a@", ["a", "aa"])])
def test_a_hostile_text_is_read_without_its_disguise_in_one_go(bit, read):
    """Would not come to an end if the time grew faster than the text."""
    assert forms(bit * 100_000) == read


def test_a_text_without_ends_is_cut_so_that_a_model_reads_all_of_it():
    text = "word " * 500 + "x" * 1000
    found = sentences(text)
    assert max(len(s.text) for s in found) <= LONGEST
    assert "".join(s.text for s in found).replace(" ", "") == text.replace(" ", "")
