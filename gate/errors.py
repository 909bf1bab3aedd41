"""How the gate says no. Every message is written for the person who meets it."""


class GateError(Exception):
    """Base of all refusals; `message` says what happened, what was kept and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotApproved(GateError):
    """The door stays shut: this content may not be sent now."""


class WrongState(GateError):
    """Somebody or something else was faster; nothing was changed by this call."""


class NotAllowed(GateError):
    """This person may not do this to this submission."""


class Unanswered(GateError):
    """Attestations are missing. `findings` holds their ids."""

    def __init__(self, message: str, findings: list[int]) -> None:
        super().__init__(message)
        self.findings = findings


class NotAcknowledged(GateError):
    """The person has not acknowledged the code of conduct in force."""


class Incomplete(GateError):
    """What was handed in is not fit to be examined: nothing was frozen."""
