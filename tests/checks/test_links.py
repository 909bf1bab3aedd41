"""Addresses of which platforms make a link are seen, whatever stands beside them."""

import pytest

from gate.checks.base import Level
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


def test_a_link_that_nobody_could_look_at_is_asked_about_whatever_is_stored():
    (finding,) = found(Links(), post("https://harbour.example/"), links={}, **{"links.unknown": "advises"})
    assert (finding.id, finding.level) == ("links.unknown", Level.ATTEST)
