"""Content credentials of an original: read whole with c2pa-python, in part without it, and never over the network."""

import contextlib
import resource
import sys
from io import BytesIO

import c2pa
import pytest

from gate.checks.disclosure import Disclosure
from gate.content import MediaFacts
from scheduler.imaging import credentials, ingest
from scheduler.imaging.master import make_master
from tests.checks.make import found, ids, image, post
from tests.imaging import makers, signed
from tests.servers.loopback import QuietHandler, running, server_for

AI = "trainedAlgorithmicMedia"


def inspected(data: bytes) -> tuple[set[str], str]:
    """The facts and the source type of an original, without a process of its own for each."""
    head, _ = make_master(data)
    return set(head["facts"]), str(head["digital_source_type"])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_signed_picture_says_what_made_it_and_that_its_signature_holds(kind: str) -> None:
    result = ingest(signed.picture(kind))
    assert {"c2pa", "c2pa_valid"} <= set(result.facts)
    assert "c2pa_broken" not in result.facts
    assert result.digital_source_type == AI
    assert "They name “Dream Machine” as the program that wrote the file." in result.notes
    assert b"c2pa" not in result.data


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_without_the_library_the_bytes_are_searched_and_no_signature_is_judged(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = signed.picture(kind)
    monkeypatch.setitem(sys.modules, "c2pa", None)  # as where it is not installed
    assert inspected(data) == ({"c2pa"}, AI)


def test_a_picture_that_was_changed_after_signing_still_says_ai_and_that_its_signature_does_not_hold() -> (
    None
):
    data = bytearray(signed.picture())
    data[-20] ^= 1
    assert inspected(bytes(data)) == ({"c2pa", "c2pa_broken"}, AI)


def test_what_it_was_made_from_counts_too() -> None:
    part = signed.picture(source=AI)
    said = credentials.read(b"", signed.picture(source="digitalCapture", ingredient=part), "image/jpeg")
    assert said.sources == ("digitalCapture", AI)
    assert inspected(signed.picture(source="digitalCapture", ingredient=part))[1] == AI


def test_a_manifest_that_cannot_be_read_is_broken_and_its_words_still_count() -> None:
    data = signed.picture().replace(b"cbor", b"cbxr")
    assert inspected(data) == ({"c2pa", "c2pa_broken"}, AI)


def test_a_long_and_odd_name_of_a_generator_is_cut_and_cleaned() -> None:
    said = credentials.read(b"", signed.picture(generator="A\u202eB\n" + "x" * 300), "image/jpeg")
    assert said.generator.startswith("A B x")
    assert len(said.generator) == credentials.LONGEST_NAME


def test_jumbf_that_is_no_manifest_says_nothing_about_a_signature() -> None:
    assert (
        credentials.read(b"other", makers.saved(makers.drawing(), "JPEG"), "image/jpeg")
        == credentials.Credentials()
    )


def test_no_address_in_a_manifest_is_asked_for() -> None:
    asked = []

    class Listening(QuietHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.answer(404, b"", {})

    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with running(server_for(Listening)) as address:
        elsewhere = signed.picture(remote=f"{address}/manifest.c2pa", embed=False)
        with contextlib.suppress(c2pa.C2paError), c2pa.Reader("image/jpeg", BytesIO(elsewhere)):
            pass
        assert asked == ["/manifest.c2pa"]  # the library alone does ask
        asked.clear()
        credentials.read(b"", elsewhere, "image/jpeg")
        inspected(elsewhere)
        inspected(signed.picture(remote=f"{address}/manifest.c2pa"))
    assert asked == []
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == limits


@pytest.mark.parametrize(
    ("source", "finding"),
    [
        (AI, ["ai-contradiction"]),
        ("compositeWithTrainedAlgorithmicMedia", ["ai-contradiction"]),
        ("algorithmicallyEnhanced", ["ai-enhanced"]),
        ("digitalCapture", []),
    ],
)
def test_what_the_original_says_is_held_against_the_authors_answer(source: str, finding: list[str]) -> None:
    found_in_it, kind = inspected(signed.picture(source=source))
    facts = MediaFacts(image().sha256, "", tuple(sorted(found_in_it)), kind)
    assert ids(found(Disclosure(), post("A harbour", media=(image(),), facts=(facts,)))) == finding
