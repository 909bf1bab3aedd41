"""The label by one click: wherever it goes, the check is satisfied, and a second click changes nothing."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate.checks import labels
from gate.checks.disclosure import CONNECTIONS, Disclosure
from gate.checks.languages import COMMON, language_of
from gate.content import Declarations, normalise
from tests.checks.make import found, ids, image, post

CHECK = Disclosure()
PLATFORMS = ("instagram", "linkedin", "x", "sandbox", "bluesky")
BITS = st.sampled_from(
    ["#ad", " #a #b #c", "Ad:", "not", "no ", "un ", "This is not an ", "\n\n\n", "\r\n", "Great shoes. ",
     "so good " * 40, "#AIart", "Made with AI", "not made with AI", "e\u0301", "\u0301", "\u200d", "\u202e",
     "👩\u200d👧", "Werbung", "https://x.org/", "-", "(", ")", "#", "@acme ", "Thanks Acme"]
)  # fmt: skip
TEXT = st.lists(BITS | st.text(max_size=12), max_size=8).map("".join)
LANGUAGE = st.sampled_from([*labels.LANGUAGES, "", "xx"])


@settings(max_examples=150, deadline=None)
@given(TEXT, st.sampled_from(PLATFORMS), LANGUAGE, st.sampled_from(sorted(CONNECTIONS)), st.booleans())
def test_a_text_with_the_label_of_a_connection_satisfies_the_check(text, platform, language, said, plain):
    need = {} if said == "paid" else {f"needs_{said}": "plain" if plain else "label"}
    put = labels.with_connection(text, [platform], language, said, plain_words=plain and said != "paid")
    content = post(normalise(put), platform=platform, declared=Declarations(said, "no", people="nobody"))
    assert found(CHECK, content, **need) == []
    again = labels.with_connection(put, [platform], language, said, plain_words=plain and said != "paid")
    assert again == put


@settings(max_examples=150, deadline=None)
@given(TEXT, st.sampled_from(PLATFORMS), LANGUAGE, st.sampled_from(["text", "media", "both"]))
def test_a_text_with_the_label_of_ai_satisfies_the_check(text, platform, language, made):
    put = labels.with_ai(text, [platform], language, made)
    content = post(
        normalise(put),
        platform=platform,
        media=(image(),),
        declared=Declarations("none", "both", people="nobody"),
    )
    assert not {"ai-label", "ai-text"} & set(ids(found(CHECK, content)))
    assert labels.with_ai(put, [platform], language, made) == put


@settings(max_examples=50, deadline=None)
@given(TEXT, LANGUAGE, st.sampled_from(sorted(CONNECTIONS)))
def test_a_label_takes_no_word_away(text, language, said):
    put = labels.with_ai(labels.with_connection(text, PLATFORMS, language, said), PLATFORMS, language)
    left = iter("".join(put.split()))
    assert all(letter in left for letter in "".join(text.split()))


@pytest.mark.parametrize(
    ("text", "language", "relationship", "put"),
    [
        ("Great shoes", "en", "paid", "Ad: Great shoes"),
        ("Great shoes #rain #sea #ad #walk", "en", "paid", "Ad: Great shoes #rain #sea #ad #walk"),
        ("Tolle Schuhe", "de", "affiliate", "Werbung: Tolle Schuhe"),
        ("Belles chaussures", "fr", "gifted", "Publicité : Belles chaussures"),
        ("Great shoes", "en", "employee", "I work for them: Great shoes"),
        ("Bons sapatos", "pt", "own_product", "Publicidade: Bons sapatos"),
        ("Ad: great shoes", "de", "paid", "Ad: great shoes"),
    ],
)
def test_where_the_label_of_a_connection_goes(text, language, relationship, put):
    assert labels.with_connection(text, ["sandbox"], language, relationship) == put


LONG = "We drew the harbour as it might look in fifty years. " * 4


@pytest.mark.parametrize(
    ("text", "platform", "put"),
    [
        ("A harbour", "sandbox", "A harbour (Made with AI)"),
        ("A harbour #sea #boats #rain", "sandbox", "A harbour (Made with AI) #sea #boats #rain"),
        ("A harbour\n\n#sea #boats", "sandbox", "A harbour (Made with AI)\n\n#sea #boats"),
        ("#sea #boats #rain", "sandbox", "Made with AI: #sea #boats #rain"),
        (LONG, "sandbox", f"{LONG.strip()} (Made with AI)"),
        (LONG, "instagram", f"Made with AI: {LONG}"),
        ("", "sandbox", "Made with AI"),
        ("A harbour, made with AI", "sandbox", "A harbour, made with AI"),
    ],
)
def test_where_the_label_of_ai_goes(text, platform, put):
    assert labels.with_ai(text, [platform], "en") == put


def test_one_label_serves_the_strictest_of_several_folds():
    put = labels.with_ai(LONG, ["sandbox", "instagram"], "en")
    assert put == f"Made with AI: {LONG}"


def test_a_shorter_label_goes_in_where_room_is_short():
    put = labels.with_connection("Sapatos", ["sandbox"], "pt", "paid", fits=lambda text: len(text) <= 13)
    assert put == "Pub: Sapatos"
    put = labels.with_connection("Sapatos", ["sandbox"], "pt", "paid", fits=lambda text: False)
    assert put == "Publicidade: Sapatos"


def test_the_organisations_own_label_counts_and_comes_first():
    put = labels.with_connection("Gute Schuhe", ["sandbox"], "de", "paid", own=["Produktplatzierung"])
    assert put == "Produktplatzierung: Gute Schuhe"
    content = post(put, declared=Declarations("paid", "no", people="nobody"))
    assert ids(found(CHECK, content)) == ["missing"]
    assert found(CHECK, content, labels=["de: Produktplatzierung"]) == []


def test_every_platform_that_has_a_flag_gets_it_and_no_other():
    paid = Declarations("paid", "media", people="nobody")
    content = post("Ad: made with AI", media=(image(),), declared=paid)
    assert content.channels[0].options.flags == ("paid_partnership", "made_with_ai")
    assert found(CHECK, content) == []
    bare = replace(content.channels[0], options=replace(content.channels[0].options, flags=()))
    assert ids(found(CHECK, replace(content, channels=(bare,)))) == ["flag", "flag"]
    assert ids(found(CHECK, replace(content, declarations=Declarations("none", "no", people="nobody"))))[
        -2:
    ] == [
        "flag",
        "flag",
    ]
    on_bluesky = post("Ad: made with AI", media=(image(),), platform="bluesky", declared=paid)
    assert on_bluesky.channels[0].options.flags == ()
    assert found(CHECK, on_bluesky) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The shop is open and we are happy to see you", "en"),
        ("Der Laden ist offen und wir freuen uns auf euch", "de"),
        ("Le magasin est ouvert et nous sommes là pour vous", "fr"),
        ("La tienda está abierta y estamos con las puertas abiertas para el barrio", "es"),
        ("A loja está aberta e não fechamos em agosto, é para você", "pt"),
        ("Il negozio è aperto e non chiude per le vacanze, gli orari sono nel sito", "it"),
        ("De winkel is open en wij zijn er voor het hele dorp", "nl"),
        ("🎉🎉", ""),
        ("Acme X200", ""),
        ("#the #and @of https://is.are/we", ""),
    ],
)
def test_the_language_of_a_text_by_its_common_words(text, language):
    assert language_of(text) == language


def test_every_language_has_its_labels():
    assert (
        set(COMMON)
        == set(labels.ADVERTISING)
        == set(labels.EMPLOYED)
        == set(labels.MADE_WITH_AI)
        == set(labels.WRITTEN_WITH_AI)
    )
