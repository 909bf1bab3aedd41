"""Verifies what a page of the log shows, and says in words what that proves and what it does not.

For the whole log there is `manage.py ledger verify` (ledger/verification.py); against whoever runs this machine only
a checkpoint that somebody else kept proves anything (docs/verify.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from ledger import keys, leaf_check, merkle, note, services, store
from ledger.errors import BadNote, LedgerBroken
from ledger.models import Checkpoint, Entry
from scheduler import log_queries

NOT_PROVED = (
    "anything against whoever runs this machine: for that, compare with a checkpoint that you kept elsewhere.",
    "that what the entries say, and their times, are true: they are the words of this machine.",
)


@dataclass
class Verdict:
    """What was found. Good is only what found no problem, and had a checkpoint to be compared with."""

    at: datetime = field(default_factory=timezone.now)
    checkpoint: Checkpoint | None = None
    problems: list[str] = field(default_factory=list)
    proved: list[str] = field(default_factory=list)
    not_proved: list[str] = field(default_factory=lambda: list(NOT_PROVED))
    broken: set[int] = field(default_factory=set)
    """Indexes of the entries that do not verify."""

    @property
    def good(self) -> bool:
        return not self.problems and self.checkpoint is not None

    def bad(self, index: int, words: str) -> None:
        self.problems.append(f"Entry {index}: {words}.")
        self.broken.add(index)


def signature(checkpoint: Checkpoint) -> str:
    """Why the signature of a stored checkpoint is not good; nothing where it is. Needs no query."""
    try:
        head = note.parse_head(note.read(checkpoint.note, keys.verifiers()))
    except BadNote as error:
        return f"the checkpoint of {checkpoint.size} entries: {error}"
    except ImproperlyConfigured as error:
        return f"the signature of the checkpoint cannot be checked: {error}"
    if (head.origin, head.size, head.root.hex()) != (keys.origin(), checkpoint.size, checkpoint.root):
        return f"the checkpoint of {checkpoint.size} entries: its columns are not what was signed"
    return ""


def verify(entries: Sequence[Entry], *, team_id: int, consecutive: bool) -> Verdict:
    """Checks these entries of a team, the newest checkpoint and that it continues the one before it.

    `consecutive`: they are all of the team's entries between the first and the last, so a gap in the team's own
    numbers is a problem. The number of queries grows with the height of the tree, not with the entries.
    """
    verdict = Verdict()
    _rows(verdict, entries, team_id)
    if consecutive:
        _gaps(verdict, entries)
    checkpoint = verdict.checkpoint = services.latest_checkpoint()
    if checkpoint is None:
        verdict.not_proved.insert(0, "that they are in a signed checkpoint: the first one is still to come.")
    elif wrong := signature(checkpoint):
        verdict.problems.append(_sentence(wrong))
    else:
        _tree(verdict, checkpoint, entries)
    return verdict


def _rows(verdict: Verdict, entries: Sequence[Entry], team_id: int) -> None:
    """Each row against its own leaf; a text that is gone must have an entry that says so."""
    said = log_queries.erasures(team_id, entries)
    for entry in entries:
        for words in leaf_check.problems(entry):
            verdict.bad(entry.index, words)
        for name in leaf_check.gone(entry):
            if name not in said.get(entry.index, {}):
                verdict.bad(
                    entry.index, f"the personal text {name!r} is gone, and no entry says it was erased"
                )
    if entries and not verdict.problems:
        verdict.proved.append(
            f"{_these(entries)} is what was hashed: row, tags and personal texts."
            if len(entries) == 1
            else f"{_these(entries)} are what was hashed: rows, tags and personal texts."
        )


def _gaps(verdict: Verdict, entries: Sequence[Entry]) -> None:
    if not entries:
        return
    numbers = sorted(entry.team_seq for entry in entries)
    if numbers == list(range(numbers[0], numbers[-1] + 1)):
        verdict.proved.append("No entry of this team between the first and the last of them was left out.")
        return
    verdict.problems.append("Entries of this team are missing between the first and the last one shown.")


def _tree(verdict: Verdict, checkpoint: Checkpoint, entries: Sequence[Entry]) -> None:
    """The checkpoint's signature is good; does the stored tree say the same?"""
    tree = store.Tree()
    signed = f"The checkpoint of {checkpoint.size:,} entries is signed by {keys.origin()}"
    try:
        if tree.root(checkpoint.size) == bytes.fromhex(checkpoint.root):
            verdict.proved.append(f"{signed}, and the log still has that root.")
        else:
            verdict.problems.append("The stored tree does not have the root that was signed.")
        _inclusion(verdict, tree, checkpoint, entries)
        _consistency(verdict, tree, checkpoint)
    except LedgerBroken as error:
        verdict.problems.append(_sentence(str(error)))


def _inclusion(verdict: Verdict, tree: store.Tree, checkpoint: Checkpoint, entries: Sequence[Entry]) -> None:
    covered = [entry for entry in entries if entry.index < checkpoint.size]
    paths = tree.inclusion_proofs([entry.index for entry in covered], checkpoint.size)
    root, before = bytes.fromhex(checkpoint.root), len(verdict.problems)
    for entry, path in zip(covered, paths, strict=True):
        leaf_hash = merkle.leaf_hash(entry.leaf.encode("utf-8"))
        if not merkle.verify_inclusion(leaf_hash, entry.index, checkpoint.size, path, root):
            verdict.bad(entry.index, "it is not in the log that the checkpoint was signed for")
    if covered and len(verdict.problems) == before:
        verb = "is" if len(covered) == 1 else "are"
        those = (
            _these(covered)
            if len(covered) == len(entries)
            else f"{len(covered)} of the {len(entries)} entries here"
        )
        verdict.proved.append(f"{those} {verb} in that checkpoint: an inclusion proof for each.")
    if younger := len(entries) - len(covered):
        newest = "the newest entry here is" if younger == 1 else f"the {younger} newest entries here are"
        verdict.not_proved.insert(0, f"that {newest} in a checkpoint: the next one will cover them all.")


def _consistency(verdict: Verdict, tree: store.Tree, checkpoint: Checkpoint) -> None:
    older = log_queries.checkpoint_before(checkpoint)
    if older is None:
        return
    if wrong := signature(older):
        verdict.problems.append(_sentence(wrong))
        return
    path = tree.consistency_proof(older.size, checkpoint.size)
    old_root, root = bytes.fromhex(older.root), bytes.fromhex(checkpoint.root)
    if merkle.verify_consistency(older.size, checkpoint.size, path, old_root, root):
        verdict.proved.append(
            f"It continues the checkpoint before it: nothing in those {older.size:,} entries was changed."
        )
    else:
        verdict.problems.append(f"The newest checkpoint does not continue the one of {older.size:,} entries.")


def _these(entries: Sequence[Entry]) -> str:
    if len(entries) == 1:
        return f"Entry {entries[0].index:,}"
    return f"The {len(entries):,} entries here"


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."
