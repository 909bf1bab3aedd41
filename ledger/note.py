"""Signed notes and checkpoints in the C2SP formats, with Ed25519.

https://c2sp.org/signed-note (the note, its signature lines and the verifier key) and
https://c2sp.org/tlog-checkpoint (the text inside: origin, size, root).
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import BadNote

_ED25519 = b"\x01"
_NAME = re.compile(r"[^\s+]+\Z")


@dataclass(frozen=True, slots=True)
class Head:
    """What a checkpoint states."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key and its name: what a "vkey" line says."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(_ED25519 + self.public)}"


def valid_name(name: str) -> bool:
    """A key name has no white space and no plus sign."""
    return bool(_NAME.match(name))


def verifier(name: str, key: Ed25519PrivateKey) -> Verifier:
    return Verifier(name, key.public_key().public_bytes_raw())


def parse_vkey(text: str) -> Verifier:
    """Read a verifier key line. BadNote if it is not one, or its id does not fit its key."""
    name, _, rest = text.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    raw = _unbase64(encoded)
    if not valid_name(name) or len(raw) != 33 or raw[:1] != _ED25519:
        raise BadNote("not an Ed25519 verifier key (name+id+key)")
    found = Verifier(name, raw[1:])
    if found.id.hex() != key_id:
        raise BadNote("the id of the verifier key does not fit its key")
    return found


def sign(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """The note: the text, an empty line, one signature line. The text ends with a line end."""
    signature = verifier(name, key).id + key.sign(text.encode())
    return f"{text}\n— {name} {_base64(signature)}\n"


def read(note: str, verifiers: Iterable[Verifier]) -> str:
    """The text of a note that at least one of `verifiers` signed; signatures of others are ignored.

    BadNote if it is no note, if none signed it, or if a signature under a known key is wrong.
    """
    text, separator, block = note.rpartition("\n\n")
    if not separator or not block.endswith("\n"):
        raise BadNote("not a signed note")
    text, known, good = text + "\n", {(v.name, v.id): v for v in verifiers}, False
    for line in block[:-1].split("\n"):
        name, raw = _signature(line)
        signer = known.get((name, raw[:4]))
        if signer:
            _check(signer, raw[4:], text)
            good = True
    if not good:
        raise BadNote("no known key signed this note")
    return text


def head_text(head: Head) -> str:
    return f"{head.origin}\n{head.size}\n{_base64(head.root)}\n"


def parse_head(text: str) -> Head:
    """Read the text of a checkpoint; extension lines are ignored. BadNote if it is not one."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or not re.fullmatch(r"0|[1-9][0-9]*", lines[1]):
        raise BadNote("not a checkpoint")
    root = _unbase64(lines[2])
    if len(root) != 32:
        raise BadNote("the root of a checkpoint is 32 bytes")
    return Head(lines[0], int(lines[1]), root)


def _signature(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    raw = _unbase64(encoded)
    if dash != "—" or not valid_name(name) or len(raw) < 5:
        raise BadNote("not a signature line of a note")
    return name, raw


def _check(signer: Verifier, signature: bytes, text: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(signer.public).verify(signature, text.encode())
    except InvalidSignature as error:
        raise BadNote(f"the signature of {signer.name} is wrong") from error


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadNote("not base64") from error
