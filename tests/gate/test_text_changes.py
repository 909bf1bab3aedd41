"""What a version changes in the text, clause by clause."""

from gate import conduct
from gate.text_changes import between

TEXT = conduct.default_text()


def said(before, after):
    return [(change.word, change.before, change.after) for change in between(before, after)]


def test_the_same_text_changes_nothing_whatever_its_line_ends():
    assert said(TEXT, TEXT) == []
    assert said(TEXT, TEXT.replace("\n", "\r\n").strip()) == []


def test_one_word_is_one_clause():
    (change,) = between(TEXT, TEXT.replace("we stay calm", "we keep calm"))
    assert change.word == "changed"
    assert change.before.startswith("1.2 No bullying and no trolling\n\n")
    assert "we stay calm" in change.before
    assert "we keep calm" in change.after


def test_another_title_is_a_change_and_not_another_clause():
    assert said("### 1.1 Old\n\nText.", "### 1.1 New\n\nText.") == [
        ("changed", "1.1 Old\n\nText.", "1.1 New\n\nText.")
    ]


def test_what_is_new_and_what_is_gone():
    before = "Before.\n\n### 1.1 One\n\nText.\n\n### 1.2 Two\n\nText."
    after = "Before.\n\n### 1.1 One\n\nText.\n\n### 1.3 Three\n\nText."
    assert said(before, after) == [("new", "", "1.3 Three\n\nText."), ("gone", "1.2 Two\n\nText.", "")]
