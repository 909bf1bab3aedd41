"""Every refusal that a platform's table knows says what to do, in plain words, and whether it is for good."""

import json
from dataclasses import replace

import pytest

from platforms import atproto_refusals, mastodon_refusals
from platforms.base import Credentials, Platform, PublishError
from platforms.bluesky import Bluesky
from platforms.mastodon import Mastodon
from platforms.refusals import COMMON, Table, meaning
from tests.platforms import factory
from tests.platforms.wire import SECRET, answering, plain
from tests.servers.loopback import raw_server
from tests.servers.mastodon_state import Fault, State

mastodon, bluesky = Mastodon(), Bluesky()


def failing(platform: Platform, status: int, body: bytes, *headers: str) -> PublishError:
    """What becomes of a post whose creating call a server answers so."""
    with raw_server(answering(plain(f"{status} Reason", body, *headers))) as address:
        secrets = dict.fromkeys(("access_token", "access", "refresh", "app_password"), SECRET)
        with pytest.raises(PublishError) as raised:
            platform.publish(
                factory.request(platform), factory.credentials("1001", f"http://{address}", secrets)
            )
    return raised.value


HELD, FAILED, AGAIN, UNCLEAR = "held", "failed", "again", "unclear"


def fate(error: PublishError) -> str:
    if error.maybe_sent:
        return UNCLEAR
    if error.needs_reconnect:
        return HELD
    return FAILED if error.permanent else AGAIN


# Mastodon's API, as servers answer a creating call: the words of Mastodon, GoToSocial and Pleroma

MASTODON = [
    (401, "The access token is invalid", HELD, "connect the channel again."),
    (403, "This action is outside the authorized scopes", HELD, "allow everything that it asks for"),
    (403, "Your login is currently disabled", HELD, "settle that with the server's moderators"),
    (403, "Your login is missing a confirmed e-mail address", HELD, "confirm its e-mail address"),
    (403, "Your login is currently pending approval", HELD, "not admitted the account yet"),
    (403, "your account has Moved or is currently Moving", FAILED, "moved to another server"),
    (403, "This action is not allowed", FAILED, "does not let this account do that"),
    (404, "The post you are trying to reply to does not appear to exist.", FAILED, "An earlier post"),
    (404, "Record not found", FAILED, "still a Mastodon server"),
    (410, "", FAILED, "still a Mastodon server"),
    (409, "Conflict", UNCLEAR, ""),
    (422, "Duplicate record", UNCLEAR, ""),
    (413, "", FAILED, "Use a smaller image"),
    (415, "Unsupported media type", FAILED, "another kind, JPEG or PNG"),
    (422, "Cannot attach files that have not finished processing. Try again in a moment!", AGAIN, ""),
    (422, "Validation failed: Description is too long", FAILED, "Shorten the image's alt text"),
    (422, "Validation failed: File file size must be less than 16 MB", FAILED, "Use a smaller image"),
    (422, "Validation failed: File content type is invalid", FAILED, "another kind, JPEG or PNG"),
    (422, "Cannot attach more than 4 files", FAILED, "Remove some images"),
    (400, "Bad Request: too many media files attached to status, 5 attached", FAILED, "Remove some images"),
    (422, "Validation failed: Text character limit of 500 exceeded", FAILED, "Shorten the text and submit"),
    (400, "Bad Request: status too long, 501 characters provided", FAILED, "Shorten the text and submit"),
    (422, "The status is over the character limit", FAILED, "Shorten the text and submit"),
    (422, "Validation failed: Text can't be blank", FAILED, "Write a text or add an image"),
    (422, "Cannot post an empty status without attachments", FAILED, "Write a text or add an image"),
    (400, "Bad Request: no status, media, or poll provided", FAILED, "Write a text or add an image"),
    (422, "Validation failed: Visibility is not included in the list", FAILED, "another visibility"),
    (422, "Validation failed: Language is invalid", FAILED, "another language"),
    (422, "Validation failed: Media could not be found", FAILED, "has lost an image"),
    (422, "Something else", FAILED, "Change the post and submit it again."),
]
BLUESKY = [
    (401, "AccountTakedown", "Account has been taken down", HELD, "can appeal there"),
    (401, "AccountSuspended", "", HELD, "can appeal there"),
    (400, "RepoTakendown", "", HELD, "can appeal there"),
    (400, "RepoSuspended", "", HELD, "can appeal there"),
    (401, "AccountDeactivated", "Account is deactivated", HELD, "Its owner has deactivated"),
    (400, "RepoDeactivated", "", HELD, "Its owner has deactivated"),
    (401, "AuthFactorTokenRequired", "A sign in code has been sent", HELD, "a new app password"),
    (401, "AuthenticationRequired", "Invalid identifier or password", HELD, "a new app password"),
    (401, "AuthMissing", "Authentication Required", HELD, "a new app password"),
    (400, "ExpiredToken", "Token has expired", HELD, "a new app password"),
    (400, "InvalidToken", "Token could not be verified", HELD, "a new app password"),
    (401, "Other", "", HELD, "a new app password"),
    (403, "AccountNotFound", "Account not found", HELD, "no longer has this account"),
    (400, "RepoNotFound", "", HELD, "no longer has this account"),
    (403, "Forbidden", "", FAILED, "does not let this account do that"),
    (400, "BlobTooLarge", "", FAILED, "Use a smaller image"),
    (413, "PayloadTooLarge", "request entity too large", FAILED, "Use a smaller image"),
    (413, "", "", FAILED, "Use a smaller image"),
    (400, "InvalidMimeType", "Referenced Mimetype does not match", FAILED, "JPEG, PNG or WebP"),
    (400, "BlobNotFound", "Could not find blob: bafkrei", AGAIN, ""),
    (400, "InvalidSize", "Referenced Size does not match stored blob", AGAIN, ""),
    (
        400,
        "InvalidRequest",
        'Expected "image/*" at $.record.embed.images[0].image.mimeType',
        FAILED,
        "JPEG, PNG",
    ),
    (400, "InvalidRequest", "blob too big at $.record.embed.images[0].image", FAILED, "a smaller image"),
    (400, "InvalidRequest", "grapheme too big (maximum 300, got 301) at $.record.text", FAILED, "the text"),
    (400, "InvalidRequest", 'Invalid language (got "x!") at $.record.langs[0]', FAILED, "another language"),
    (400, "InvalidRequest", "Something else", FAILED, "Change the post and submit it again."),
    (404, "XRPCNotSupported", "", FAILED, "still an AT Protocol server"),
]


@pytest.mark.parametrize(("status", "words", "expected", "do"), MASTODON)
@pytest.mark.parametrize("form", ["json", "text"])
def test_mastodon(loopback: None, form: str, status: int, words: str, expected: str, do: str) -> None:
    body = json.dumps({"error": words}) if form == "json" else words
    error = failing(mastodon, status, body.encode() if words else b"")
    assert fate(error) == expected
    assert f"({status})" in error.message
    assert words.rstrip(".") in error.message
    assert do in error.message
    assert error.message.endswith(".") or not do


@pytest.mark.parametrize(("status", "name", "words", "expected", "do"), BLUESKY)
def test_bluesky(loopback: None, status: int, name: str, words: str, expected: str, do: str) -> None:
    error = failing(bluesky, status, json.dumps({"error": name, "message": words}).encode())
    assert fate(error) == expected
    assert f"({status})" in error.message
    assert (words or name) in error.message
    assert do in error.message


@pytest.mark.parametrize(
    ("status", "expected", "do"),
    [
        (302, FAILED, "An admin has to connect the channel anew"),
        (303, UNCLEAR, ""),
        (408, UNCLEAR, ""),
        (425, AGAIN, ""),
        (429, AGAIN, ""),
        (451, FAILED, "for legal reasons"),
        (500, UNCLEAR, ""),
        (502, UNCLEAR, ""),
        (503, UNCLEAR, ""),
        (504, UNCLEAR, ""),
    ],
)
@pytest.mark.parametrize("platform", [mastodon, bluesky], ids=["mastodon", "bluesky"])
def test_what_http_says_itself(
    loopback: None, platform: Platform, status: int, expected: str, do: str
) -> None:
    error = failing(platform, status, b"{}", "Retry-After: 7")
    assert fate(error) == expected
    assert do in error.message
    assert error.account_waits == (status == 429)
    assert error.retry_after == (None if expected == FAILED else 7.0)


def test_every_row_is_met_above() -> None:
    """A row that no case meets is one that an earlier row hides, or that nobody has tried."""

    def met(table: Table, cases: list[tuple[int, str, str]]) -> set[object]:
        return {meaning(table, status, name, words) for status, name, words in cases}

    ours = met(mastodon_refusals.TABLE, [(status, "", words) for status, words, *_ in MASTODON])
    assert set(mastodon_refusals.TABLE) - ours == set()
    theirs = met(atproto_refusals.TABLE, [(case[0], case[1], case[2] or case[1]) for case in BLUESKY])
    assert set(atproto_refusals.TABLE) - theirs == set()
    assert {meaning((), status, "", "") for status in (302, 413, 425, 451)} == set(COMMON)


def test_the_server_s_words_stay_masked_and_short(loopback: None) -> None:
    error = failing(mastodon, 422, json.dumps({"error": "No app_password here, " + "x" * 900}).encode())
    assert len(error.message) < 350
    with raw_server(answering(plain("401 No", b'{"error": "s3cr3t-t0k3n is bad"}'))) as address:
        who = factory.credentials("1001", f"http://{address}", {"access_token": "s3cr3t-t0k3n"})
        with pytest.raises(PublishError) as raised:
            mastodon.publish(factory.request(mastodon), who)
    assert "s3cr3t" not in raised.value.message
    assert "••• is bad. An admin has to connect the channel again." in raised.value.message


# A strict server with Mastodon's API that refuses by itself


def refused_by(credentials: Credentials, *texts: str, **content: object) -> str:
    with pytest.raises(PublishError) as raised:
        mastodon.publish(factory.request(mastodon, *texts, **content), credentials)  # type: ignore[arg-type]
    return raised.value.message


def test_a_strict_server_s_refusals_say_what_to_do(server: State, alice: Credentials) -> None:
    host = server.url.partition("://")[2]
    assert refused_by(alice, "x" * 501) == (
        f"{host} did not take the post (422): Validation failed: Text character limit of 500 exceeded. "
        "Shorten the text and submit it again."
    )
    long_alt, tiff = factory.image(alt="x" * 1501), factory.image(kind="TIFF")
    assert refused_by(alice, images=(long_alt,)).endswith("Shorten the image's alt text and submit it again.")
    assert "did not take an image (422)" in refused_by(alice, images=(tiff,))
    assert refused_by(alice, images=(tiff,)).endswith("JPEG or PNG, and submit it again.")
    unscoped = replace(alice, secrets={"access_token": server.token_for("alice", "read:accounts")})
    assert refused_by(unscoped).endswith("and allow everything that it asks for.")
    server.registry.revoke("alice")
    assert refused_by(alice).endswith("An admin has to connect the channel again.")
    assert server.statuses == []


def test_an_upload_that_a_server_cannot_take_now_is_tried_again(server: State, alice: Credentials) -> None:
    """Nothing is public before the creating call, so even a 503 is certainly no post."""
    server.faults.append(
        Fault("status_before", path="/api/v2/media", status=503, headers={"Retry-After": "30"})
    )
    with pytest.raises(PublishError) as raised:
        mastodon.publish(factory.request(mastodon, images=(factory.image(),)), alice)
    assert (fate(raised.value), raised.value.retry_after) == (AGAIN, 30.0)
    assert not raised.value.account_waits
