"""Signed checkpoints, proofs, and the refusal to sign a log that was tampered with."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.core.exceptions import ImproperlyConfigured

from ledger import checks, keys, merkle, note, services, store
from ledger.errors import BadNote, LedgerBroken
from ledger.models import Checkpoint, Entry, Node
from tests import append_only
from tests.ledger.conftest import Write

pytestmark = pytest.mark.django_db

# The example of c2sp.org/signed-note (from golang.org/x/mod/sumdb/note).
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_the_notes_published_example_verifies() -> None:
    assert note.read(NOTE, [note.parse_vkey(VKEY)]) == NOTE.split("\n\n")[0] + "\n"
    assert str(note.parse_vkey(VKEY)) == VKEY


@pytest.mark.parametrize(
    "bad",
    [
        NOTE.replace("answer", "Answer"),
        NOTE.replace("x08go/ZJ", "x08go/ZK"),
        NOTE.replace("— Peter", "- Peter"),
        NOTE.replace("PeterNeumann", "Somebody"),
        NOTE.replace("\n\n", "\n"),
        NOTE[:-1],
        "",
    ],
)
def test_a_changed_note_does_not(bad: str) -> None:
    with pytest.raises(BadNote):
        note.read(bad, [note.parse_vkey(VKEY)])


@pytest.mark.parametrize(
    "bad", [VKEY.replace("c74f", "c74e"), VKEY[:-4], VKEY.replace("+AR", "+BR"), "a b+c+d", ""]
)
def test_a_changed_verifier_key_is_refused(bad: str) -> None:
    with pytest.raises(BadNote):
        note.parse_vkey(bad)


@pytest.mark.parametrize("bad", ["", "x\n1\n", "x\n01\nAAAA\n", "x\n1\nAAAA\n", "\n1\n" + "A" * 43 + "=\n"])
def test_what_is_no_checkpoint_is_refused(bad: str) -> None:
    with pytest.raises(BadNote):
        note.parse_head(bad)


def test_a_checkpoint_is_the_signed_root_of_the_log(log: list[Entry]) -> None:
    checkpoint = services.checkpoint()
    assert checkpoint is not None
    text, signature = checkpoint.note.split("\n\n")
    leaves = [merkle.leaf_hash(entry.leaf.encode()) for entry in log]
    root = merkle.root(11, merkle.from_leaves(leaves))
    assert text.split("\n") == ["log.test/publish", "11", base64.b64encode(root).decode()]
    dash, name, encoded = signature.rstrip("\n").split(" ")
    public = Ed25519PublicKey.from_public_bytes(keys.verifier().public)
    public.verify(base64.b64decode(encoded)[4:], (text + "\n").encode())
    assert (dash, name, checkpoint.root) == ("—", "log.test/publish", root.hex())


def test_no_checkpoint_where_nothing_is_new(write: Write) -> None:
    assert services.checkpoint() is None
    write()
    assert services.checkpoint() is not None
    assert services.checkpoint() is None
    write()
    assert services.checkpoint() is not None
    assert list(Checkpoint.objects.values_list("size", flat=True)) == [1, 2]


def test_every_entry_has_a_proof_in_every_later_checkpoint(write: Write) -> None:
    written, checkpoints = [], []
    for _ in range(9):
        written.append(write())
        checkpoints.append(services.checkpoint())
    for checkpoint in checkpoints:
        for entry in written[: checkpoint.size]:
            proof = json.loads(json.dumps(services.proof(entry, checkpoint)))
            path = [bytes.fromhex(step) for step in proof["path"]]
            leaf, root = bytes.fromhex(proof["leaf_hash"]), bytes.fromhex(proof["root"])
            assert merkle.verify_inclusion(leaf, proof["index"], proof["size"], path, root)
            assert proof["checkpoint"] == checkpoint.note


def test_no_proof_in_an_older_checkpoint(write: Write) -> None:
    write()
    checkpoint = services.checkpoint()
    assert checkpoint is not None
    with pytest.raises(ValueError, match="leaf 1 is not in a tree of 1"):
        services.proof(write(), checkpoint)


def test_a_proof_takes_few_queries(log: list[Entry], django_assert_max_num_queries: Any) -> None:
    checkpoint = services.checkpoint()
    assert checkpoint is not None
    with django_assert_max_num_queries(4):  # one for each level of a tree of eleven
        services.proof(log[0], checkpoint)


def test_a_proof_of_a_changed_leaf_is_refused(log: list[Entry]) -> None:
    checkpoint = services.checkpoint()
    assert checkpoint is not None
    log[3].leaf = log[3].leaf.replace("post.sent", "post.gone")
    with pytest.raises(LedgerBroken, match="does not prove entry 3"):
        services.proof(log[3], checkpoint)


def test_it_refuses_to_sign_a_tree_that_was_changed(log: list[Entry], write: Write) -> None:
    services.checkpoint()
    with append_only.suspended():
        Node.objects.filter(level=3, index=0).update(hash="00" * 32)
    write()
    with pytest.raises(LedgerBroken, match="does not continue"):
        services.checkpoint()
    assert Checkpoint.objects.count() == 1


def test_it_refuses_to_sign_where_a_hash_is_gone(log: list[Entry], write: Write) -> None:
    services.checkpoint()
    with append_only.suspended():
        Node.objects.filter(level=3, index=0).delete()
    write()
    with pytest.raises(LedgerBroken, match="no hash for level 3 index 0"):
        services.checkpoint()


def test_it_refuses_to_sign_a_log_whose_end_was_cut_off(log: list[Entry]) -> None:
    services.checkpoint()
    with append_only.suspended():
        log[10].tags.all().delete()
        log[10].personal.all().delete()
        log[10].delete()
    with pytest.raises(LedgerBroken, match="10 entries cannot be checked"):
        services.checkpoint()


def test_it_refuses_to_sign_after_a_checkpoint_that_was_forged(log: list[Entry], write: Write) -> None:
    services.checkpoint()
    with append_only.suspended():
        Checkpoint.objects.update(note=NOTE)
    write()
    with pytest.raises(LedgerBroken, match="no known key"):
        services.checkpoint()


def test_after_a_change_of_key_the_old_one_still_counts(write: Write, settings: Any, tmp_path: Path) -> None:
    write()
    services.checkpoint()
    old = str(keys.verifier())
    settings.LEDGER_KEY_FILE = str(tmp_path / "new.pem")
    assert keys.ensure_key(settings.LEDGER_KEY_FILE)
    write()
    with pytest.raises(LedgerBroken, match="no known key"):
        services.checkpoint()
    settings.LEDGER_OLD_VKEYS = [old]
    assert services.checkpoint() is not None


def test_a_key_is_created_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "log.pem"
    assert keys.ensure_key(path)
    written = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert not keys.ensure_key(path)
    assert path.read_bytes() == written


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "does not exist"), ("nonsense", "cannot be read as a PEM key")],
)
def test_a_missing_or_broken_key_is_said_plainly(
    settings: Any, tmp_path: Path, write: Write, content: str | None, words: str
) -> None:
    path = tmp_path / "other.pem"
    if content is not None:
        path.write_text(content)
    settings.LEDGER_KEY_FILE = str(path)
    write()
    with pytest.raises(ImproperlyConfigured, match=words):
        services.checkpoint()
    assert [(error.id, words in error.msg) for error in checks.signing_key(None)] == [("ledger.E001", True)]


def test_a_key_of_another_kind_is_refused(settings: Any, tmp_path: Path) -> None:
    pem = X25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "x25519.pem"
    path.write_bytes(pem)
    settings.LEDGER_KEY_FILE = str(path)
    with pytest.raises(ImproperlyConfigured, match="must be an Ed25519 key"):
        keys.signing_key()


def test_without_a_key_file_setting_the_check_says_so(settings: Any) -> None:
    assert checks.signing_key(None) == []
    settings.LEDGER_KEY_FILE = ""
    assert [error.id for error in checks.signing_key(None)] == ["ledger.E001"]


@pytest.mark.parametrize("name", ["", "my log", "a+b"])
def test_a_name_that_no_key_can_have_is_refused(settings: Any, name: str) -> None:
    assert checks.log_name(None) == []
    settings.LEDGER_ORIGIN = name
    assert [error.id for error in checks.log_name(None)] == ["ledger.E002"]


def test_old_keys_that_are_none_are_refused(settings: Any) -> None:
    settings.LEDGER_OLD_VKEYS = ["not a key"]
    with pytest.raises(ImproperlyConfigured, match="LEDGER_OLD_VKEYS"):
        keys.verifiers()


def test_the_store_says_what_it_lacks() -> None:
    with pytest.raises(store.MissingNode, match="level 0 index 0"):
        store.Tree().root(1)
