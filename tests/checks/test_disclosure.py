from dataclasses import replace

import pytest

from gate.checks.base import Level, Span
from gate.checks.disclosure import Disclosure
from gate.checks.disclosure_flags import flagged
from gate.content import Content, Declarations, MediaFacts
from platforms.base import Media, Part
from tests.checks.make import ANSWERED, channel, found, ids, image, marked, post

CHECK = Disclosure()
LONG = "We tried these shoes on a long and rainy walk by the sea. " * 10


def said(relationship: str = "none", ai: str = "no", people: str = "nobody") -> Declarations:
    return Declarations(relationship=relationship, ai=ai, people=people)


@pytest.mark.parametrize(
    "text",
    [
        "Ad: our favourite shoes",
        "#ad Our favourite shoes",
        "Our favourite shoes #ad",
        "[Ad] Our favourite shoes",
        "(AD) Our favourite shoes",
        "🎁 Ad – our favourite shoes",
        "Advert | Our favourite shoes",
        "Paid partnership with Acme: great shoes",
        "Great shoes! In paid partnership with Acme.",
        "This post is sponsored. Great shoes!",
        "#Sponsored Great shoes",
        "Werbung: Tolle Schuhe",
        "Anzeige | Tolle Schuhe",
        "Publicité : belles chaussures",
        "#PUB Que belos sapatos",
        "Publicidad: zapatos",
        "#adv Belle scarpe",
        "#ad #shoes #rain #sea at the very start",
        "Ad:\n" + LONG,
    ],
)
@pytest.mark.parametrize("relationship", ["paid", "gifted", "affiliate", "employee", "own_product"])
def test_a_clear_word_up_front_discloses(text, relationship):
    assert found(CHECK, post(text, declared=said(relationship))) == []


@pytest.mark.parametrize(
    ("relationship", "text"),
    [
        ("gifted", "Acme sent me these shoes for free"),
        ("gifted", "Gifted by Acme: great shoes"),
        ("affiliate", "Links below: we may earn a small commission"),
        ("employee", "I work for Acme, and these are great"),
        ("employee", "Great shoes #AcmeEmployee"),
        ("own_product", "We made these shoes ourselves"),
    ],
)
def test_plain_words_for_the_connection_disclose_it(relationship, text):
    assert found(CHECK, post(text, declared=said(relationship))) == []
    assert ids(found(CHECK, post(text, declared=said("paid")))) in (["missing"], ["unclear"])


@pytest.mark.parametrize(
    ("text", "kind", "mark"),
    [
        ("Our favourite shoes", "missing", ""),
        ("Adding shoes, ad hoc", "missing", ""),
        ("This is not an ad: we love them", "missing", ""),
        ("Not sponsored by anybody", "missing", ""),
        ("#adventure in great shoes", "missing", ""),
        ("", "missing", ""),
        ("Great shoes #sp", "unclear", "#sp"),
        ("Great shoes #spon", "unclear", "#spon"),
        ("Great shoes #partner", "unclear", "#partner"),
        ("Great shoes #collab", "unclear", "#collab"),
        ("Great shoes #gifted", "unclear", "#gifted"),
        ("Thanks Acme for the shoes", "unclear", "Thanks Acme"),
        ("Danke @acme!", "unclear", "Danke @acme"),
        ("In association with Acme", "unclear", "In association with"),
        (LONG + "#ad", "late", "#ad"),
        ("Great shoes #rain #sea #ad #walk", "late", "#ad"),
        ("Great shoes\n\n#ad #rain #sea", "late", "#ad"),
    ],
)
@pytest.mark.parametrize(
    ("relationship", "name", "level"),
    [
        ("paid", "", Level.BLOCKS),
        ("affiliate", "", Level.BLOCKS),
        ("own_product", "own-product", Level.ATTEST),
    ],
)
def test_what_is_missing_unclear_or_late_is_found(text, kind, mark, relationship, name, level):
    content = post(text, declared=said(relationship))
    (finding,) = found(CHECK, content)
    assert (finding.id, finding.level) == (f"disclosure.{name or kind}", level)
    assert marked(content, [finding]) == [mark]


@pytest.mark.parametrize(("platform", "kinds"), [("instagram", ["late"]), ("sandbox", [])])
def test_the_fold_is_the_platforms_own(platform, kinds):
    content = post("So good. " * 20 + "#ad", platform=platform, declared=said("paid"))
    assert ids(found(CHECK, content)) == kinds


@pytest.mark.parametrize(
    ("platform", "lines", "kinds"),
    [("instagram", 1, []), ("instagram", 2, ["late"]), ("sandbox", 24, []), ("sandbox", 25, ["late"])],
)
def test_empty_lines_do_not_carry_a_disclosure_out_of_sight(platform, lines, kinds):
    content = post("Great shoes" + "\n" * lines + "#ad", platform=platform, declared=said("paid"))
    assert ids(found(CHECK, content)) == kinds


def test_a_later_post_of_a_thread_is_too_late():
    content = post("Great shoes", "Ad: by Acme", declared=said("paid"))
    (finding,) = found(CHECK, content)
    assert (finding.id, finding.span.part) == ("disclosure.late", 1)


def test_a_content_warning_discloses():
    assert found(CHECK, post("Great shoes", warning="Ad: Acme", declared=said("paid"))) == []


def test_each_channel_must_disclose_and_equal_texts_are_one_finding():
    channels = (channel("Ad: shoes"), channel("Shoes", account="two"), channel("Shoes", account="three"))
    (finding,) = found(CHECK, Content(channels, said("employee")))
    assert finding.span == Span(1, field="channel")
    assert finding.message.endswith("Also on sandbox @three.")


@pytest.mark.parametrize("relationship", ["", "friend"])
def test_an_unanswered_question_blocks(relationship):
    (finding,) = found(CHECK, post("#ad Shoes", declared=said(relationship)))
    assert (finding.id, finding.level) == ("disclosure.relationship", Level.BLOCKS)


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("Great shoes #ad", "#ad"),
        ("Ad: great shoes", "Ad"),
        ("Bezahlte Partnerschaft mit Acme", "Bezahlte Partnerschaft mit"),
        ("Sponsored by Acme", "Sponsored by"),
    ],
)
def test_words_of_advertising_contradict_no_connection(text, mark):
    content = post(text, declared=said("none"))
    (finding,) = found(CHECK, content)
    assert (finding.id, finding.level) == ("disclosure.contradiction", Level.BLOCKS)
    assert marked(content, [finding]) == [mark]


@pytest.mark.parametrize(
    "text",
    [
        "Meet us at the #pub",
        "No ads here",
        "An ad hoc meeting",
        "Anzeige erstattet",
        "No #ad here",
        "We were not sponsored by them",
        "#advent is near",
        "Thanks Maria for the cake",
        "Adventure time: Sunday",
    ],
)
def test_ordinary_words_contradict_nothing(text):
    assert found(CHECK, post(text, declared=said("none"))) == []


AI_LABELS = [
    "A harbour. Made with AI",
    "A harbour #AIgenerated",
    "AI-generated picture of a harbour",
    "Ein Hafen, KI-generiert",
    "Mit KI erstellt: ein Hafen",
    "Un port, généré par IA",
    "Un puerto, generado con IA",
    "Um porto, gerado por IA",
    "Un porto, immagine generata con IA",
]


@pytest.mark.parametrize("text", AI_LABELS)
@pytest.mark.parametrize("ai", ["media", "both", "text"])
def test_a_label_says_that_ai_made_it(text, ai):
    assert found(CHECK, post(text, media=(image(),), declared=said(ai=ai))) == []


@pytest.mark.parametrize("text", ["A harbour", "Maintained with care", "We paid for it", "#air #rain"])
def test_an_ai_picture_without_a_label_blocks(text):
    picture = image(alt="AI-generated harbour")
    (finding,) = found(CHECK, post(text, media=(picture,), declared=said(ai="media")))
    assert (finding.id, finding.level, finding.clause) == ("disclosure.ai-label", Level.BLOCKS, "2.3")


def test_ai_text_is_labelled_or_answered_for_by_a_person():
    (finding,) = found(CHECK, post("A harbour", declared=said(ai="text")))
    assert (finding.id, finding.level, finding.clause) == ("disclosure.ai-text", Level.ATTEST, "2.3")


def test_ai_in_picture_and_text_asks_for_both():
    content = post("A harbour", media=(image(),), declared=said(ai="both"))
    assert ids(found(CHECK, content)) == ["ai-label", "ai-text"]


def test_the_question_about_ai_must_be_answered():
    (finding,) = found(CHECK, post("A harbour", declared=said(ai="")))
    assert (finding.id, finding.level) == ("disclosure.ai", Level.BLOCKS)


def facts(picture: Media, kind: str) -> tuple[MediaFacts, ...]:
    return (MediaFacts(picture.sha256, digital_source_type=kind),)


@pytest.mark.parametrize(
    "kind",
    [
        "trainedAlgorithmicMedia",
        "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
        "https://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia/",
        "digitalsourcetype:trainedAlgorithmicMedia",
    ],
)
@pytest.mark.parametrize("ai", ["no", "text"])
def test_a_file_that_says_ai_made_it_contradicts_the_author(kind, ai):
    content = post("Made with AI", media=(image(),), facts=facts(image(), kind), declared=said(ai=ai))
    (finding,) = found(CHECK, content)
    assert (finding.id, finding.level) == ("disclosure.ai-contradiction", Level.BLOCKS)
    assert finding.span == Span(0, 0, "media", 0)


def test_an_image_generators_instructions_in_the_file_contradict_the_author():
    known = (MediaFacts(image().sha256, found=("ai_parameters",)),)
    assert ids(found(CHECK, post("Hi", media=(image(),), facts=known))) == ["ai-contradiction"]


def test_a_picture_that_contradicts_twice_is_one_finding():
    content = Content((channel("Hi", media=(image(),)), channel("Ho", account="two", media=(image(),))), ANSWERED,
                      facts(image(), "trainedAlgorithmicMedia"))  # fmt: skip
    assert ids(found(CHECK, content)) == ["ai-contradiction"]


@pytest.mark.parametrize("kind", ["", "digitalCapture", "negativeFilm", "algorithmicMedia"])
def test_other_sources_contradict_nothing(kind):
    assert found(CHECK, post("Hi", media=(image(),), facts=facts(image(), kind), declared=ANSWERED)) == []


def test_a_declared_ai_picture_contradicts_nothing():
    known = facts(image(), "trainedAlgorithmicMedia")
    assert found(CHECK, post("Made with AI", media=(image(),), facts=known, declared=said(ai="media"))) == []


def two_pictures(first: str, second: str, ai: str = "media") -> Content:
    a, b = image("a"), image("b")
    known = (*facts(a, first), *facts(b, second))
    return post("Made with AI", media=(a, b), facts=known, declared=said(ai=ai))


def test_pictures_that_all_say_camera_are_asked_about_where_the_author_says_ai():
    (finding,) = found(CHECK, two_pictures("digitalCapture", "negativeFilm"))
    assert (finding.id, finding.level) == ("disclosure.ai-camera", Level.ATTEST)
    assert finding.span == Span(0, 0, "media", 0)
    for other in ("", "trainedAlgorithmicMedia", "digitalArt"):
        assert found(CHECK, two_pictures("digitalCapture", other)) == []


@pytest.mark.parametrize("kind", ["algorithmicallyEnhanced", "compositeSynthetic"])
def test_an_enhanced_picture_is_advised_about(kind):
    (finding,) = found(CHECK, two_pictures("digitalCapture", kind, ai="no"))
    assert (finding.id, finding.level, finding.span.media_index) == (
        "disclosure.ai-enhanced",
        Level.ADVISES,
        1,
    )


@pytest.mark.parametrize(
    ("people", "kinds"),
    [
        ("nobody", []),
        ("consented", ["ai-lifelike"]),
        ("", ["ai-lifelike"]),
        ("public_interest", ["ai-public-interest"]),
    ],
)
def test_an_ai_picture_of_people_is_asked_about(people, kinds):
    content = post("Made with AI", media=(image(),), declared=said(ai="media", people=people))
    assert ids(found(CHECK, content)) == kinds


@pytest.mark.parametrize(
    ("texts", "labelled"),
    [
        (("Made with AI", "More"), True),
        (("A harbour", "Made with AI"), False),
        (("A harbour #sea #AIart #boats",), False),
        (("So " * 200 + "made with AI",), False),
    ],
)
def test_a_label_of_ai_counts_where_people_see_it(texts, labelled):
    content = post(*texts, media=(image(),), declared=said(ai="media"))
    assert (ids(found(CHECK, content)) == []) == labelled


def test_a_label_beside_each_picture_of_a_thread_is_seen():
    parts = (Part("A walk"), Part("A harbour, made with AI", (image(),)))
    walk = replace(post("A walk", declared=said(ai="media")).channels[0], parts=parts)
    content = Content((flagged(walk, said(ai="media")),), said(ai="media"))
    assert found(CHECK, content) == []


def test_a_label_is_asked_for_where_the_organisation_wants_no_less():
    content = post("I work for Acme, and these are great", declared=said("employee"))
    assert found(CHECK, content) == []
    assert ids(found(CHECK, content, needs_employee="label")) == ["missing"]


def test_levels_are_the_organisations_to_set():
    content = post("Our own shoes for sale", declared=said("own_product"))
    (finding,) = found(CHECK, content, **{"disclosure.own-product": "blocks"})
    assert (finding.level, finding.question) == (Level.BLOCKS, "")


@pytest.mark.parametrize(
    "line", ["Produktplatzierung", "xx: Wort", "de:", "de: #", "de: -x", "de: " + "x" * 41]
)
def test_an_own_label_without_a_language_or_words_is_refused(line):
    setting = next(each for each in CHECK.settings if each.name == "labels")
    with pytest.raises(ValueError, match=r"begin with|names no label"):
        setting.read([line])
