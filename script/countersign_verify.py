#!/usr/bin/env python3
"""Verifies an export of a Countersign publish log, without Countersign.

    python3 countersign_verify.py BUNDLE --key VKEY [--old-checkpoint FILE ...] [--team ID] [--print]

Needs Python 3.9+ and the `cryptography` package, and shares no code with the application. Get this file, the
key and your older checkpoints from somewhere other than the machine that made the bundle.

It reads the bundle of `manage.py ledger export --format bundle` (docs/verify.md describes the format),
checks all of it, and says what that proves and what it does not. Exit codes: 0 it verifies, 1 it does not, 2
it could not be checked (a file cannot be read, a wrong option).

Formats: RFC 6962 and RFC 9162 (tree and proofs), c2sp.org/signed-note, c2sp.org/tlog-checkpoint, Ed25519.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Failed(Exception):
    """Something does not verify."""


class Unreadable(Exception):
    """The check could not be made."""


@dataclass(frozen=True)
class Key:
    name: str
    id: bytes
    public: bytes


@dataclass(frozen=True)
class Checkpoint:
    origin: str
    size: int
    root: bytes


# --- keys, notes, checkpoints ---


def decode64(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Failed(f"{what} is not base64") from None


def parse_key(text: str) -> Key:
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise Unreadable("the key is not of the form name+id+key")
    try:
        raw = decode64(parts[2], "the key")
    except Failed as error:
        raise Unreadable(str(error)) from None
    if len(raw) != 33 or raw[0] != 1:
        raise Unreadable("the key is not an Ed25519 key")
    key_id = hashlib.sha256(parts[0].encode() + b"\n" + raw).digest()[:4]
    if key_id.hex() != parts[1]:
        raise Unreadable("the id in the key does not fit it: it was copied wrongly, or changed")
    return Key(parts[0], key_id, raw[1:])


def parse_checkpoint(note: str, keys: Iterable[Key], what: str) -> Checkpoint:
    """Check the signature of a note, and read the checkpoint in it."""
    body, separator, signatures = note.rpartition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise Failed(f"{what} is not a signed note")
    body += "\n"
    if not any(_signed(body, line, key, what) for line in signatures[:-1].split("\n") for key in keys):
        raise Failed(f"{what} is not signed by the key that you gave")
    lines = body.split("\n")
    if len(lines) < 4 or not re.fullmatch("0|[1-9][0-9]{0,17}", lines[1]):
        raise Failed(f"{what} is not a checkpoint")
    root = decode64(lines[2], f"the root in {what}")
    if len(root) != 32:
        raise Failed(f"the root in {what} is not 32 bytes long")
    return Checkpoint(lines[0], int(lines[1]), root)


def _signed(body: str, line: str, key: Key, what: str) -> bool:
    words = line.split(" ")
    if len(words) != 3 or words[0] != "\u2014":
        raise Failed(f"{what} has a line among its signatures that is none")
    raw = decode64(words[2], f"a signature of {what}")
    if words[1] != key.name or raw[:4] != key.id:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(raw[4:], body.encode())
    except InvalidSignature:
        raise Failed(f"the signature of {what} is wrong") from None
    return True


# --- the tree ---


def leaf_hash(leaf: str) -> bytes:
    return hashlib.sha256(b"\x00" + leaf.encode()).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two below `size`."""
    half = 1
    while half * 2 < size:
        half *= 2
    return half


def read_path(value: Any, what: str) -> list[bytes]:
    if not isinstance(value, list) or len(value) > 64:
        raise Failed(f"the proof of {what} is not a list of hashes")
    if not all(isinstance(step, str) and re.fullmatch("[0-9a-f]{64}", step) for step in value):
        raise Failed(f"the proof of {what} is not a list of hashes")
    return [bytes.fromhex(step) for step in value]


def root_of_inclusion(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root of the tree of `size` leaves in which `path` proves the leaf (RFC 9162, PATH read
    backwards).
    """

    def climb(index: int, size: int, steps: list[bytes]) -> bytes:
        if size == 1:
            if steps:
                raise Failed("is too long")
            return leaf
        if not steps:
            raise Failed("is too short")
        half = split(size)
        if index < half:
            return node_hash(climb(index, half, steps[:-1]), steps[-1])
        return node_hash(steps[-1], climb(index - half, size - half, steps[:-1]))

    return climb(index, size, path)


def check_consistency(old: Checkpoint, new: Checkpoint, path: list[bytes]) -> None:
    """Is the log at `old` a beginning of the log at `new` (RFC 9162, SUBPROOF read backwards)?"""

    def climb(small: int, large: int, whole: bool, steps: list[bytes]) -> tuple[bytes, bytes]:
        if small == large and whole:
            if steps:
                raise Failed("is too long")
            return old.root, old.root
        if not steps:
            raise Failed("is too short")
        if small == large:
            if len(steps) > 1:
                raise Failed("is too long")
            return steps[0], steps[0]
        half = split(large)
        if small <= half:
            before, after = climb(small, half, whole, steps[:-1])
            return before, node_hash(after, steps[-1])
        before, after = climb(small - half, large - half, False, steps[:-1])
        return node_hash(steps[-1], before), node_hash(steps[-1], after)

    if climb(old.size, new.size, True, path) != (old.root, new.root):
        raise Failed("does not lead from one to the other")


# --- the bundle ---


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which a name stands twice could be read in two ways."""
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return dict(pairs)


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def read_json(text: str, what: str) -> dict[str, Any]:
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Failed(f"{what} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Failed(f"{what} is not a JSON object")
    return value


@dataclass
class Audit:
    """One pass over a bundle, and what was found."""

    keys: list[Key]
    older: list[tuple[str, Checkpoint]]
    show: bool = False
    team: int | None = None
    everything: bool = False
    checkpoint: Checkpoint = field(default_factory=lambda: Checkpoint("", 0, b""))
    entries: int = 0
    texts: int = 0
    erased: int = 0
    bridges: dict[int, list[bytes]] = field(default_factory=dict)
    last_index: int = -1
    next_seq: dict[int | None, int] = field(default_factory=dict)
    gone: dict[tuple[int, str], None] = field(default_factory=dict)

    def run(self, lines: Iterator[str], team: int | None) -> None:
        self.header(read_json(next(lines, ""), "the first line"), team)
        ended = False
        for number, line in enumerate(lines, start=2):
            if ended:
                raise Failed(f"line {number} comes after the end")
            value = read_json(line, f"line {number}")
            if value.get("type") == "end":
                if value.get("entries") != self.entries:
                    raise Failed(
                        f"the bundle ends with {value.get('entries')} entries, {self.entries} are in it"
                    )
                ended = True
            else:
                self.line(value, number)
        if not ended:
            raise Failed("the bundle was cut off: its last line is missing")
        self.finish()

    def header(self, value: dict[str, Any], team: int | None) -> None:
        if value.get("type") != "countersign-bundle" or value.get("version") != 1:
            raise Failed("this is not a Countersign bundle of version 1")
        if not isinstance(value.get("checkpoint"), str):
            raise Failed("the bundle has no checkpoint")
        self.everything, self.team = value.get("everything") is True, value.get("team")
        if team is not None and (self.everything or self.team != team):
            raise Failed(f"this is not a bundle of team {team}")
        self.checkpoint = parse_checkpoint(value["checkpoint"], self.keys, "the checkpoint of the bundle")

    def line(self, value: dict[str, Any], number: int) -> None:
        if value.get("type") == "consistency" and type(value.get("size")) is int:
            self.bridges[value["size"]] = read_path(value.get("path"), f"line {number}")
        elif value.get("type") == "entry" and isinstance(value.get("leaf"), str):
            self.entry(value, number)
        else:
            raise Failed(f"line {number} is of no known type")

    def entry(self, value: dict[str, Any], number: int) -> None:
        leaf = read_json(value["leaf"], f"the leaf in line {number}")
        index = leaf.get("index")
        if leaf.get("v") != 1 or type(index) is not int:
            raise Failed(f"the leaf in line {number} is not of version 1")
        if not self.last_index < index < self.checkpoint.size:
            raise Failed(f"the entry in line {number} is not the next of this log")
        name, hashed = f"entry {index}", leaf_hash(value["leaf"])
        path = read_path(value.get("path"), name)
        try:
            root = root_of_inclusion(hashed, index, self.checkpoint.size, path)
        except Failed as error:
            raise Failed(f"{name}: its proof {error}") from None
        if root != self.checkpoint.root:
            raise Failed(f"{name}: it is not in the log that the checkpoint was signed for")
        self.order(leaf, name)
        self.personal(leaf, value.get("personal"), name)
        self.last_index = index
        self.entries += 1
        if self.show:
            print(json.dumps([leaf[name] for name in ("index", "at", "kind", "subject", "outcome", "actor")]))

    def order(self, leaf: dict[str, Any], name: str) -> None:
        team, expected = leaf["team"], self.next_seq.get(leaf["team"], 0)
        if not self.everything and team != self.team:
            raise Failed(f"{name}: it is of team {team}, the bundle of team {self.team}")
        if leaf["seq"] != expected:
            raise Failed(
                f"{name}: it is number {leaf['seq']} of its team, where {expected} comes next: "
                "entries were left out"
            )
        self.next_seq[team] = expected + 1

    def personal(self, leaf: dict[str, Any], given: Any, name: str) -> None:
        if not isinstance(given, dict) or not set(given) <= set(leaf["personal"]):
            raise Failed(f"{name}: it comes with personal texts that it does not know")
        for label, digest in leaf["personal"].items():
            if label not in given:
                self.gone[leaf["index"], label] = None
                continue
            self.texts += 1
            if _digest(given[label], name) != digest:
                raise Failed(f"{name}: the personal text {label!r} is not the one that was written")
        if leaf["kind"] == "ledger.erased":
            for label in leaf["data"]["fields"]:
                if (leaf["data"]["entry"], label) in self.gone:
                    del self.gone[leaf["data"]["entry"], label]
                    self.erased += 1

    def finish(self) -> None:
        for index, label in self.gone:
            raise Failed(
                f"entry {index}: the personal text {label!r} is missing, and no entry says it was erased"
            )
        if self.everything and self.entries != self.checkpoint.size:
            raise Failed(f"the log has {self.checkpoint.size} entries, the bundle {self.entries}")
        for path, old in self.older:
            self.continues(path, old)

    def continues(self, path: str, old: Checkpoint) -> None:
        new = self.checkpoint
        if old.origin != new.origin:
            raise Failed(f"{path} is of another log: {old.origin}")
        if old.size > new.size:
            raise Failed(
                f"{path} is of {old.size} entries, the bundle's of only {new.size}: an end was cut off, "
                "or the bundle is older than your checkpoint"
            )
        if old.size == new.size:
            if old.root != new.root:
                raise Failed(f"{path} is of the same size as the bundle's checkpoint, but of other entries")
            return
        if old.size == 0:
            return
        if old.size not in self.bridges:
            raise Failed(f"the bundle does not prove that it continues {path} ({old.size} entries)")
        try:
            check_consistency(old, new, self.bridges[old.size])
        except Failed as error:
            raise Failed(
                f"{path}: the proof from {old.size} to {new.size} entries {error}: the log was rewritten"
            ) from None


def _digest(given: Any, name: str) -> str:
    try:
        return hashlib.sha256(bytes.fromhex(given["salt"]) + given["text"].encode()).hexdigest()
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Failed(f"{name}: a personal text in it cannot be read") from None


# --- the report ---


def report(audit: Audit) -> Iterator[str]:
    new, count = audit.checkpoint, audit.entries
    yield "It verifies. This proves:"
    yield f"- The log {new.origin} had {new.size} entries at its checkpoint, root {new.root.hex()}."
    for path, old in audit.older:
        yield f"- Nothing in the {old.size} entries of {path} was changed or taken out since."
    if audit.everything:
        yield f"- The bundle holds all {count} entries, each as it was written."
    else:
        yield f"- The {count} entries of team {audit.team} here are in that log, each as it was written."
        yield "- None before the last of them was left out: their numbers have no gap."
    yield f"- {audit.texts} personal texts are those written; {audit.erased} were erased, as entries say."
    yield "It does not prove:"
    if not audit.everything:
        yield "- that the team's newest entries are in the bundle: compare the last one with what you know."
    if not audit.older:
        yield "- that the log was not rewritten before this checkpoint: give an older one that you kept."
    yield "- that what the entries say, and their times, are true: they are the words of that machine."
    yield "- anything, if the key or this program came from whoever runs that machine."


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Verifies an export of a Countersign publish log.")
    parser.add_argument("bundle", help="the file that `manage.py ledger export --format bundle` wrote")
    parser.add_argument(
        "--key",
        action="append",
        required=True,
        metavar="VKEY",
        help="the verifier key (name+id+key); again for a key that was replaced",
    )
    parser.add_argument(
        "--old-checkpoint",
        action="append",
        default=[],
        metavar="FILE",
        help="a checkpoint that you kept; may be given several times",
    )
    parser.add_argument("--team", type=int, help="fail unless the bundle is of this team")
    parser.add_argument("--print", action="store_true", dest="show", help="print each entry that verifies")
    return parser


def read_file(path: str) -> str:
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path} cannot be read: {error}") from None


def verify(options: argparse.Namespace) -> Audit:
    keys = [parse_key(text) for text in options.key]
    older = [(path, parse_checkpoint(read_file(path), keys, path)) for path in options.old_checkpoint]
    audit = Audit(keys, older, show=options.show)
    try:
        with open(options.bundle, encoding="utf-8", newline="\n") as file:
            audit.run(iter(file), options.team)
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{options.bundle} cannot be read: {error}") from None
    except (KeyError, TypeError, UnicodeEncodeError) as error:
        raise Failed(f"a leaf lacks something or is of a wrong kind: {error}") from None
    return audit


def main() -> int:
    try:
        audit = verify(arguments().parse_args())
    except Unreadable as error:
        print(f"Could not check: {error}", file=sys.stderr)
        return 2
    except Failed as error:
        print(f"IT DOES NOT VERIFY: {error}", file=sys.stderr)
        return 1
    print("\n".join(report(audit)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
