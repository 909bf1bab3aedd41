"""How servers with Mastodon's API refuse, and what to do. They differ in status and words, so the words decide.

Mastodon: app/controllers/concerns/api/error_handling.rb (422 for what does not validate, 403, 404, 429, 503),
app/controllers/api/base_controller.rb (403 for a login that is disabled or not confirmed yet, and for a scope),
https://docs.joinmastodon.org/methods/statuses/#create and /methods/media/#v2 (401, 422), /api/rate-limits/ (429).
GoToSocial: internal/api/client/statuses/statuscreate.go (400: "status too long", "too many media files", "no status,
media, or poll"; 403 after a move). Pleroma: lib/pleroma/web/common_api/utils.ex ("The status is over the character
limit", "Cannot post an empty status without attachments").
"""

from platforms.refusals import Refusal

SUBMIT = "submit it again."
_INVALID = (400, 406, 422)

TABLE = (
    # the account
    Refusal("An admin has to connect the channel again.", (401,), needs_reconnect=True),
    Refusal(
        "An admin has to connect the channel again, and allow everything that it asks for.",
        (403,),
        says=("scope",),
        needs_reconnect=True,
    ),
    Refusal(
        "The server has disabled the account. Its owner has to settle that with the server's moderators; then an admin "
        "checks the channel.",
        (403,),
        says=("disabled", "suspended", "frozen"),
        needs_reconnect=True,
    ),
    Refusal(
        "The account's owner has to confirm its e-mail address at the server; then an admin checks the channel.",
        (403,),
        says=("confirm",),
        needs_reconnect=True,
    ),
    Refusal(
        "The server's moderators have not admitted the account yet. When they have, an admin checks the channel.",
        (403,),
        says=("pending",),
        needs_reconnect=True,
    ),
    Refusal(
        "The account has moved to another server. An admin has to connect it there, as a channel of its own.",
        (403,),
        says=("moved", "moving"),
    ),
    Refusal("The server does not let this account do that. Its moderators know why.", (403,)),
    # where it is
    Refusal(
        "An earlier post of the thread is gone. Look at the account, then change the post and " + SUBMIT,
        (404,),
        says=("reply",),
    ),
    Refusal(
        "The server has no such address: ask an admin whether it is still a Mastodon server.", (404, 410)
    ),
    # images, before texts: both can be "too long" or "too large"
    Refusal("", _INVALID, says=("not finished processing",), permanent=False),
    Refusal(f"Shorten the image's alt text and {SUBMIT}", _INVALID, says=("description",)),
    Refusal(f"Use a smaller image and {SUBMIT}", (413,)),
    Refusal(
        f"Use a smaller image and {SUBMIT}",
        _INVALID,
        says=("file size", "too large", "must be less than", "size limit", "matrix"),
    ),
    Refusal(
        f"Use an image of another kind, JPEG or PNG, and {SUBMIT}",
        (*_INVALID, 415),
        says=("content type", "mime", "file type", "unsupported", "not supported"),
    ),
    Refusal(
        f"Remove some images and {SUBMIT}",
        _INVALID,
        says=("more than", "too many media", "too many attachments"),
    ),
    # the text and its options
    Refusal(
        f"Shorten the text and {SUBMIT}",
        _INVALID,
        says=("character limit", "too long", "too many characters", "exceed"),
    ),
    Refusal(
        f"Write a text or add an image, and {SUBMIT}",
        _INVALID,
        says=("blank", "empty", "no status, media"),
    ),
    Refusal(f"Choose another visibility and {SUBMIT}", _INVALID, says=("visibility",)),
    Refusal(f"Choose another language and {SUBMIT}", _INVALID, says=("language",)),
    Refusal(f"The server has lost an image. Edit the post and {SUBMIT}", _INVALID, says=("media",)),
    # whether it is there already
    Refusal("", (409,), unclear=True, permanent=False),
    Refusal("", (422,), says=("duplicate",), unclear=True, permanent=False),
    Refusal(f"Change the post and {SUBMIT}", _INVALID),
)
