"""What can go wrong with the publish log."""


class LedgerBroken(Exception):
    """The stored log contradicts itself or a checkpoint: stop, keep everything, and find out who changed
    it.
    """


class BadNote(ValueError):
    """A signed note or checkpoint that cannot be read, or that no known key signed."""
