"""Marking never loses, repeats or reorders text, whatever the spans."""

from __future__ import annotations

import html
import re
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from accounts.templatetags.ui import textdiff
from gate import invisible, reveal, spans
from gate.views.content import marked


def finding(pk: int, start: int, end: int, level: str = "attest") -> SimpleNamespace:
    return SimpleNamespace(pk=pk, start=start, end=end, level=level, message=f"Finding {pk}")


SAMPLES = [
    "👩‍👩‍👧‍👦 family, née Ångström",
    "a\u202e@b\u200b#c\u2066 می\u200cخواهم\U000e0041",
    "a\n\nb 🇵🇹<b>&amp;",
    "https://a.example/?q=1 #Tag @who@b.example",
]
texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(SAMPLES)
places = st.lists(
    st.tuples(st.integers(0, 70), st.integers(0, 70), st.sampled_from([*spans.SEVERITY, "other"])), max_size=8
)


@given(texts, places)
def test_segments_joined_are_the_text(text: str, where: list[tuple[int, int, str]]) -> None:
    rows = [finding(n, start, end, level) for n, (start, end, level) in enumerate(where)]
    assert "".join(s.text for s in spans.segments(text, rows)) == text


@given(texts, places)
def test_every_code_point_carries_exactly_the_findings_over_it(
    text: str, where: list[tuple[int, int, str]]
) -> None:
    rows = [finding(n, start, end, level) for n, (start, end, level) in enumerate(where)]
    at = 0
    for segment in spans.segments(text, rows):
        for point in range(at, at + len(segment.text)):
            assert set(segment.findings) == {f.pk for f in rows if f.start <= point < f.end}
        at += len(segment.text)


@given(texts, places)
def test_the_html_without_its_tags_is_the_text(text: str, where: list[tuple[int, int, str]]) -> None:
    rows = [finding(n, start, end, level) for n, (start, end, level) in enumerate(where)]
    shown = marked(text, rows, anchors={f.pk for f in rows})
    assert html.unescape(re.sub(r"<[^>]*>", "", shown)) == invisible.spelled(text, "{}")


@given(texts, places)
def test_each_finding_with_a_place_has_one_anchor(text: str, where: list[tuple[int, int, str]]) -> None:
    rows = [finding(n, start, end, level) for n, (start, end, level) in enumerate(where)]
    shown = marked(text, rows, anchors={f.pk for f in rows})
    for f in rows:
        assert shown.count(f'id="mark-{f.pk}"') == int(f.start < min(f.end, len(text)))


def test_spans_are_code_points() -> None:
    cut = spans.segments("🐟🐟 87% 🐟", [finding(1, 3, 6)])
    assert [(s.text, s.findings) for s in cut] == [("🐟🐟 ", ()), ("87%", (1,)), (" 🐟", ())]


def test_the_gravest_of_overlapping_findings_colours_and_leads() -> None:
    cut = spans.segments("one two three", [finding(1, 0, 7, "advises"), finding(2, 4, 13, "blocks")])
    assert [(s.text, s.level, s.leads_to) for s in cut] == [
        ("one ", "advises", 1),
        ("two", "blocks", 2),
        (" three", "blocks", 2),
    ]


def test_a_finding_about_the_whole_field_marks_nothing() -> None:
    assert [s.findings for s in spans.segments("text", [finding(1, 0, 0)])] == [()]


def test_markup_in_a_post_stays_text() -> None:
    shown = marked('<script>alert(1)</script> https://a.example/"x', [finding(1, 0, 8)])
    assert "<script" not in shown
    assert '"x' not in shown


def test_hidden_characters_are_written_out_inside_their_marks() -> None:
    text = "see \u202eexe.gpj\u202c https://a.example/\u200bb 👩\u200d💻"
    shown = marked(text, [finding(1, 4, 5, "blocks"), finding(2, 32, 33)])
    assert "\u202e" not in shown
    assert "\u200b" not in shown
    assert re.search(
        r'<mark class="blocks"><span class="unseen" title="[^"]*override">U\+202E</span></mark>', shown
    )
    assert re.search(r'<mark class="attest"><span class="unseen"[^>]*>U\+200B</span></mark>', shown)
    assert "👩\u200d💻" in shown


def test_an_emoji_cut_by_a_mark_is_not_taken_apart() -> None:
    assert "U+200D" not in marked("👩\u200d💻", [finding(1, 0, 1), finding(2, 1, 2)])


def test_a_hidden_character_in_a_link_is_seen_in_the_link() -> None:
    assert re.search(
        r'<span class="tag">https://a.example/<span class="unseen"[^>]*>U\+200B</span>b</span>',
        marked("https://a.example/\u200bb", []),
    )


@given(texts)
def test_revealed_html_has_no_hidden_character_and_loses_nothing(text: str) -> None:
    shown = reveal.html(text)
    assert html.unescape(re.sub(r"<[^>]*>", "", shown)) == invisible.spelled(text, "{}")
    assert reveal.html(textdiff(text, text)).startswith('<p class="diff">')
