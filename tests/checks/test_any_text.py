"""Whatever people type: no check raises, and every finding marks code points that exist."""

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate.checks import registry
from gate.checks.base import CheckSettings, Earlier
from gate.checks.fold import MASK, STRETCH, fold, letters, occurrences, readings
from gate.checks.lookalikes import CAPITALS, REGIONAL
from gate.checks.readable import forms
from gate.checks.texts import field_text
from gate.content import Claim, Content, Declarations, MediaFacts
from tests.checks.make import channel, image

# Bits that checks react to, so that they meet in every order, and any Unicode besides.
BITS = st.sampled_from(
    ["@bob@example.org ", "bob@example.com", "+44 20 7946 0958", "4111 1111 1111 1111",
     "GB82WEST12345698765432",
     "#ad", " #a #b #c", "Ad:", "falcon", "f.a.l.c.o.n", "ﬁ", "ß", "İ", "\u200d", "\ufe0f", "👩‍👩‍👧", "🇵🇹",
     "𝐁𝐨𝐥𝐝",
     "you stupid idiot", "SHOUTING LOUD WORDS", "\r\n", "\n\n", ". ", "。", "é", "e\u0301", "\u202e", "https://x.org/",
     "http://a@b.org", "https://bit.ly/?utm_x=1", "www.x.org/é", "https://аx.org", "https://[",
     "8.8.8.8", "::1", "password: a1b2c3d4", "١٢٣٤٥٦٧٨٩", "²³", "೧೨೩", "\x00", "\ud7ff",
     "the best ", "40 %", "Studies show "]
)  # fmt: skip
TEXT = st.lists(BITS | st.text(max_size=12), max_size=12).map("".join)
DECLARED = st.builds(
    Declarations,
    relationship=st.sampled_from(["", "none", "employee", "paid", "gifted", "affiliate", "own_product", "?"]),
    ai=st.sampled_from(["", "no", "text", "media", "both", "?"]),
    states_fact=st.sampled_from(["", "no", "yes"]),
    evidence=st.sampled_from(["", " ", "https://example.org/report"]),
    people=st.sampled_from(["", "nobody", "consented", "public_interest"]),
    claims=st.lists(
        st.builds(Claim, BITS | st.text(max_size=4), st.sampled_from(["", "opinion"])), max_size=3
    ).map(tuple),
)
PLATFORM = st.sampled_from(["sandbox", "x", "instagram", "nowhere", ""])


@st.composite
def contents(draw):
    first, again = draw(TEXT), draw(TEXT)
    pictures = (image("a", draw(TEXT)), image("b", "")) if draw(st.booleans()) else ()
    channels = [
        channel(first, again, platform=draw(PLATFORM), media=pictures, warning=draw(TEXT)),
        channel(first, platform=draw(PLATFORM), account="two"),
        channel(platform=draw(PLATFORM), account="three"),
    ]
    facts = tuple(MediaFacts(p.sha256, draw(TEXT), ("gps",), draw(TEXT)) for p in pictures[:1])
    return Content(tuple(channels[: draw(st.integers(0, 3))]), draw(DECLARED), facts)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(content=contents(), earlier=TEXT)
def test_no_text_makes_a_check_raise_or_mark_what_is_not_there(content, earlier):
    setting = CheckSettings(
        own={
            "word-list": {"words": ["falcon: blocks", "ﬁ: attest:ligature", "日本: advises"]},
            "personal-data": {"public_contacts": ["bob@example.com", "020 7946 0000", "@", earlier]},
        },
        earlier=(Earlier("Earlier", "sandbox", "one", earlier, ""),),
        links={},
    )
    for check in registry.all_checks():
        for finding in check.run(content, setting):
            span = finding.span
            text = field_text(content, span) if span.field in ("text", "alt", "content_warning") else ""
            assert 0 <= span.start <= span.end <= len(text), (finding, text)
            assert finding.message
            assert finding.id.startswith(f"{check.id}.")


DISGUISED = st.lists(
    BITS
    | st.sampled_from(
        ["*", "ooo", "l", "1", "!", "$", "І", "Η", "🇮", "🅸", "a*b", "\u0336", " ", "ab-c", "i d i o t"]
    ),
    max_size=10,
).map("".join)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(text=DISGUISED | TEXT, term=st.sampled_from(["idiot", "ab", "o", "ﬁ", "日本"]))
def test_every_fold_leads_back_to_what_was_written(text, term):
    for reading in readings(text):
        assert len(reading.text) == len(reading.index)
        assert list(reading.index) == sorted(reading.index)
        for at, letter in enumerate(reading.text):
            start, end = reading.original(at, at + 1)
            assert 0 <= start < end <= len(text)
            looks = text[start], CAPITALS.get(text[start], ""), chr(REGIONAL.get(ord(text[start]), 0))
            assert letter in (STRETCH, MASK) or any(letter in letters(look) for look in looks if look)
    spans = occurrences(readings(text), fold(term))
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


@settings(max_examples=150, deadline=None)
@given(text=DISGUISED | TEXT)
def test_what_a_text_reads_like_is_text_again(text):
    for form in forms(text):
        assert form != text
        assert form.isprintable() or not text.isprintable()
        assert len(form) <= 4 * len(text)
