"""When two people have to approve: the rule, without a database."""

from __future__ import annotations

import pytest

from gate.check_settings import Review, SettingRefused, read
from gate.content import ChannelContent, Content
from gate.tiers import approvals_needed
from platforms.base import Part


def content(campaign: str = "") -> Content:
    parts = (Part("High water at noon."),)
    return Content(
        (
            ChannelContent("bluesky", "did:plc:abc", "https://bsky.social", "@harbour.example", parts),
            ChannelContent("mastodon", "42", "https://example.social", "@harbour", parts),
        ),
        campaign=campaign,
    )


FOUND = {("toxicity", "toxicity.tone"), ("personal-data", "personal-data.phone"), ("links", "unknown")}


@pytest.mark.parametrize(
    ("own", "why"),
    [
        ({}, ()),
        ({"two_channels": ["sandbox", "mastodon|41", "mastodon|42|https://elsewhere.example"]}, ()),
        ({"two_channels": ["mastodon"]}, ("It goes to Mastodon.",)),
        ({"two_channels": ["mastodon|42|https://example.social"]}, ("It goes to @harbour on Mastodon.",)),
        ({"two_channels": ["bluesky|did:plc:abc"]}, ("It goes to @harbour.example on Bluesky.",)),
        ({"two_channels": ["mastodon|42"]}, ("It goes to @harbour on Mastodon.",)),
        ({"two_campaigns": ["summer"]}, ()),
        ({"two_campaigns": ["Open  Day"]}, ("It belongs to the campaign “Open day”.",)),
        ({"two_findings": ["toxicity"]}, ("The check “Respectful tone” found something (toxicity.tone).",)),
        ({"two_findings": ["personal-data.email"]}, ()),
        (
            {"two_findings": ["personal-data.phone"]},
            ("The check “Personal data and secrets” found something (personal-data.phone).",),
        ),
        ({"two_findings": ["gone.word"]}, ("No check here knows what gone.word is, and it asks for two.",)),
        (
            {"two_findings": ["toxicity.gone"]},
            ("No check here knows what toxicity.gone is, and it asks for two.",),
        ),
        (
            {"two_findings": ["links.shortener"]},
            (
                "The check “Honest links” could not run, and nobody knows whether it would find links.shortener.",
            ),
        ),
        ({"two_findings": ["links"]}, ("The check “Honest links” found something (unknown).",)),
        ({"two_after_override": True}, ("What blocked it was overridden.",)),
    ],
)
def test_one_unless_the_organisation_asks_for_two(own, why):
    need = approvals_needed(content("Open day"), FOUND, True, own)
    assert need.reasons == why
    assert need.approvals == (2 if why else 1)


def test_an_override_or_a_campaign_that_is_not_there_asks_for_nothing():
    settings = {"two_after_override": True, "two_campaigns": ["Open day"]}
    assert approvals_needed(content(), FOUND, False, settings).approvals == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("two_channels", ["myspace"]),
        ("two_channels", ["mastodon|"]),
        ("two_channels", ["mastodon|1|https://a|b"]),
        ("two_channels", ["mastodon|42|example.social"]),
        ("two_channels", ["mastodon|42|https://example.social/"]),
        ("two_channels", ["mastodon|42|https://Example.social"]),
        ("two_findings", ["toxicty"]),
        ("two_findings", ["toxicity.tones"]),
        ("two_findings", ["unknown"]),
        ("two_after_override", "yes"),
    ],
)
def test_what_would_never_match_is_refused_with_the_field_named(name, value):
    with pytest.raises(SettingRefused) as refused:
        read({Review.id: {name: value}})
    assert refused.value.name == name


def test_a_finding_that_no_check_has_is_refused_with_those_that_there_are():
    with pytest.raises(SettingRefused, match=r"toxicity\.sentence, toxicity\.targeting, toxicity\.tone"):
        read({Review.id: {"two_findings": ["toxicity.tones"]}})


def test_what_matches_is_kept_as_it_was_set():
    kept = {"two_channels": ["mastodon", "bluesky|did:plc:abc"], "two_findings": ["word-list"]}
    assert read({Review.id: {**kept, "two_after_override": False}}) == {Review.id: kept}
