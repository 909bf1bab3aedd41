"""How an AT Protocol server refuses, by the names of its errors, and what to do.

Names: lexicon com.atproto.server.createSession (AccountTakedown, AuthFactorTokenRequired);
https://atproto.com/specs/xrpc (InvalidRequest, ExpiredToken, InvalidToken, AuthenticationRequired); and, as
@atproto/pds 0.5.35 has them, auth-verifier (AccountTakedown, AccountDeactivated, AccountNotFound),
actor-store/blob/transactor (BlobNotFound, InvalidMimeType, InvalidSize) and xrpc-server (PayloadTooLarge). Other
servers say RepoTakendown and the like, and BlobTooLarge.
"""

from platforms.refusals import Refusal

SUBMIT = "submit it again."
_TAKEN_DOWN = (
    "The server's moderators have taken the account down. Its owner can appeal there; when it is back, an admin has to "
    "connect the channel again."
)
_DEACTIVATED = (
    "Its owner has deactivated the account. When it is active again, an admin has to connect it again."
)
_SIGN_IN = "An admin has to connect the channel again, with a new app password."
_KIND = f"Use a JPEG, PNG or WebP image and {SUBMIT}"
_SMALLER = f"Use a smaller image and {SUBMIT}"


def _account(name: str, do: str) -> Refusal:
    return Refusal(do, name=name, needs_reconnect=True)


TABLE = (
    # the account
    *(_account(name, _TAKEN_DOWN) for name in ("AccountTakedown", "AccountSuspended")),
    *(_account(name, _TAKEN_DOWN) for name in ("RepoTakendown", "RepoSuspended")),
    *(_account(name, _DEACTIVATED) for name in ("AccountDeactivated", "RepoDeactivated")),
    _account("AuthFactorTokenRequired", _SIGN_IN),
    *(_account(name, _SIGN_IN) for name in ("AuthenticationRequired", "AuthMissing")),
    *(_account(name, _SIGN_IN) for name in ("ExpiredToken", "InvalidToken")),
    *(
        _account(name, "The server no longer has this account. An admin has to look where it went.")
        for name in ("AccountNotFound", "RepoNotFound")
    ),
    Refusal(_SIGN_IN, (401,), needs_reconnect=True),
    Refusal("The server does not let this account do that. Its moderators know why.", (403,)),
    # images
    *(Refusal(_SMALLER, name=name) for name in ("BlobTooLarge", "PayloadTooLarge")),
    Refusal(_SMALLER, (413,)),
    Refusal(_KIND, name="InvalidMimeType"),
    # uploaded anew with the next try; nothing was written
    *(Refusal("", name=name, permanent=False) for name in ("BlobNotFound", "InvalidSize")),
    # the record
    Refusal(_KIND, name="InvalidRequest", says=("mimetype",)),
    Refusal(_SMALLER, name="InvalidRequest", says=("blob", "image", "embed")),
    Refusal(
        f"Shorten the text and {SUBMIT}",
        name="InvalidRequest",
        says=("grapheme", "longer than", "too long", "too big", "record/text"),
    ),
    Refusal(f"Choose another language and {SUBMIT}", name="InvalidRequest", says=("langs", "language")),
    Refusal(f"Change the post and {SUBMIT}", (400, 422)),
    Refusal("Ask an admin whether this is still an AT Protocol server.", (404, 405, 410)),
)
