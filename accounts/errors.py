"""How accounts/ says no. Every message is written for the person who meets it."""


class AccountsError(Exception):
    """Base of all refusals. `field` is the form field that the message belongs beside, "" for the whole
    form."""

    status = 422

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotAllowed(AccountsError):
    """This person may not do this."""

    status = 403


class Refused(AccountsError):
    """It cannot be done as asked: the answer or the state of things has to change first."""


class Closed(AccountsError):
    """The invitation or the channel was already used, revoked, ended or disconnected; nothing was changed."""

    status = 409
