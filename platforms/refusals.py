"""What a platform's refusal means, and what a person can do about it. The rows are in each platform's own file.

Only definite answers have rows that decide: 429 always means "later", and 5xx and 408 never say whether a creating call
was acted on (platforms/http.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row of a platform's table. It fits an answer that has one of `statuses` (any, where none is named), `name`
    (the protocol's name of the error) and one of `says` in the server's words, all of them where they are given.

    do: what to do, in plain words; "" where it mends itself.
    permanent: trying the same again cannot help.
    needs_reconnect: it is about the account, not the post: the post is held, and an admin is told.
    unclear: said of a call that creates, it leaves open whether the post is out, so the platform is read.
    """

    do: str
    statuses: tuple[int, ...] = ()
    name: str = ""
    says: tuple[str, ...] = ()
    permanent: bool = True
    needs_reconnect: bool = False
    unclear: bool = False

    def fits(self, status: int, name: str, words: str) -> bool:
        """`words` in lower case."""
        return (
            (not self.statuses or status in self.statuses)
            and (not self.name or name == self.name)
            and (not self.says or any(each in words for each in self.says))
        )


Table = Sequence[Refusal]

MOVED = (301, 302, 307, 308)
COMMON: Table = (
    Refusal(
        "The server sends us to another address. An admin has to connect the channel anew, at that address.",
        MOVED,
    ),
    Refusal("A smaller text or a smaller image may be taken: change the post and submit it again.", (413,)),
    Refusal("", (425,), permanent=False),
    Refusal("The server may not show this, for legal reasons. Its moderators know more.", (451,)),
)
"""What HTTP itself says (RFC 9110, 8470, 7725): after a platform's own rows."""


def meaning(table: Table, status: int, name: str, words: str) -> Refusal | None:
    """The first row that fits, of the platform's and then of HTTP's own. None where nobody knows it."""
    words = words.lower()
    return next((row for row in (*table, *COMMON) if row.fits(status, name, words)), None)
