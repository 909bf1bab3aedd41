"""Addresses of which platforms make a link are seen, whatever stands beside them."""

import pytest

from gate.checks.addresses import addresses
from gate.checks.base import Level
from gate.checks.hosts import disguise, own_shortener
from gate.checks.links import Links
from tests.checks.make import found, ids, marked, post


@pytest.mark.parametrize(
    ("before", "address", "behind"),
    [
        ("潮汐表を見てください", "https://bad.example/x", " まで"),
        ("_", "https://bad.example/x", ""),
        ("é", "https://bad.example", ""),
        ("See ", "https://bad.example", "\\good"),
    ],
)
def test_a_host_on_the_list_is_found_beside_any_letter_that_platforms_link_after(before, address, behind):
    content = post(f"{before}{address}{behind}")
    findings = found(Links(), content, deny=["bad.example"])
    assert (ids(findings), marked(content, findings)) == (["denied"], [address])


@pytest.mark.parametrize("before", ["x", "3", "@"])
def test_what_no_platform_links_is_no_address(before):
    assert found(Links(), post(f"{before}https://bad.example/x"), deny=["bad.example"]) == []


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("https://ok.example。https://bad.example", ["https://ok.example", "https://bad.example"]),
        ("https://ok.example,https://bad.example", ["https://ok.example", "https://bad.example"]),
        ("https://ok.example/a。https://bad.example/", ["https://ok.example/a。", "https://bad.example/"]),
        ("https://ok.example/a\u200bhttps://bad.example", ["https://ok.example/a\u200b", "https://bad.example"]),
        ("https://ok.example/日本https://bad.example", ["https://ok.example/日本", "https://bad.example"]),
        ("https://https://bad.example", ["https://bad.example"]),
        ("https://ok.examplehttps://bad.example/", ["https://ok.examplehttps://bad.example/"]),
        ("https://archive.example/2020/https://bad.example/", ["https://archive.example/2020/https://bad.example/"]),
    ],
)  # fmt: skip
def test_addresses_that_run_into_each_other_are_seen_as_platforms_see_them(text, seen):
    found_there = list(addresses(text))
    assert [text[each.start : each.end] for each in found_there] == seen
    assert [each.url for each in found_there] == seen


@pytest.mark.parametrize("sign", ["。", "．", ",", "\u200b", "%2e", "❤"])
def test_a_host_that_platforms_end_at_different_signs_blocks(sign):
    content = post(f"See https://ok.example{sign}bad.example/x")
    findings = found(Links(), content, **{"links.broken": "advises"})
    assert ("unreadable", Level.BLOCKS) in [(f.id.partition(".")[2], f.level) for f in findings]


@pytest.mark.parametrize(
    "text",
    ["https://harbour.example。", "https://harbour.example👍", "«https://harbour.example…»",
     "https://港.example/x", "https://दुकान.example", "https://[2001:db8::1]:8443/x"],
)  # fmt: skip
def test_a_host_of_letters_marks_and_figures_can_be_read(text):
    assert "unreadable" not in ids(found(Links(), post(text)))


@pytest.mark.parametrize("text", ["詳細はwww.bad.example/xまで", "راجعwww.bad.example"])
def test_an_address_without_a_scheme_is_seen_between_letters_without_case(text):
    assert ids(found(Links(), post(text), deny=["bad.example"])) == ["denied"]


def test_a_link_that_nobody_could_look_at_is_asked_about_whatever_is_stored():
    (finding,) = found(Links(), post("https://harbour.example/"), links={}, **{"links.unknown": "advises"})
    assert (finding.id, finding.level) == ("links.unknown", Level.ATTEST)


def test_a_short_link_is_called_one_where_nobody_could_look():
    (finding,) = found(Links(), post("https://bit.ly/3abc"), links={})
    assert (finding.id, finding.message) == (
        "links.unknown",
        "Nobody could look where this shortened link leads: there was no time, or this installation does not look.",
    )


@pytest.mark.parametrize(
    ("host", "letter"),
    [("twıtter.com", "ı"), ("paypał.com", "ł"), ("faceboøk.com", "ø"), ("ɡoogle.example", "ɡ"),
     ("xn--twtter-q9a.com", "ı")],
)  # fmt: skip
def test_a_latin_letter_that_looks_like_another_is_named(host, letter):
    assert disguise(host) == f"The host has a letter that looks like another one: “{letter}”."


@pytest.mark.parametrize(
    "host", ["łódź.pl", "smørrebrød.dk", "kızılay.org.tr", "müller.example", "straße.de"]
)
def test_a_letter_at_home_is_no_disguise(host):
    assert disguise(host) == ""


def test_our_own_short_links_are_on_no_host_of_everybody():
    for line in ("hbr.example", "harbour.short.gy"):
        own_shortener(line)
    with pytest.raises(ValueError, match=r"Anybody can shorten an address with “bit\.ly”"):
        own_shortener("bit.ly")
