"""What somebody gave away is not said again. The examples are in examples/replies.jsonl."""

from dataclasses import replace

import pytest

from gate.checks.replies import Replies
from gate.content import Answered
from tests.checks.make import found, ids, marked, post


@pytest.mark.parametrize(
    ("theirs", "ours", "repeated"),
    [
        ("Meine Adresse ist strauß@example.de.", "Wir schreiben an strauß@example.de.", "strauß@example.de"),
        ("注文番号は1234567です", "1234567は発送済みです", "1234567"),
        ("Order 1234567, please", "Your １２３４ ５６７ left today", "１２３４ ５６７"),
        ("Booking AB-1234567", "Großartig: ab 1234567 ist da", "ab 1234567"),
    ],
)
def test_what_is_repeated_is_found_in_any_case_width_and_script(theirs, ours, repeated):
    content = replace(post(ours), answers=Answered("", "@jo", theirs))
    findings = [each for each in found(Replies(), content) if each.id == "replies.repeats"]
    assert ids(findings) == ["repeats"]
    assert marked(content, findings) == [repeated]
