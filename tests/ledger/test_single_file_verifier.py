"""The single-file verifier, run as an auditor runs it: alone, on files, against honest and forged bundles."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import exports, keys, merkle, note, services
from ledger.models import Checkpoint, Entry, Node
from tests import append_only
from tests.ledger.conftest import Write

pytestmark = pytest.mark.django_db

SOURCE = Path(__file__).parents[2] / "script" / "countersign_verify.py"

Line = dict[str, Any]


@dataclass
class Auditor:
    """A folder with the program in it and nothing of ours."""

    folder: Path
    key: str

    def verify(
        self, bundle: list[str] | list[Line], *options: str, key: str = ""
    ) -> subprocess.CompletedProcess[str]:
        lines = [line if isinstance(line, str) else json.dumps(line) + "\n" for line in bundle]
        (self.folder / "bundle.jsonl").write_text("".join(lines), encoding="utf-8")
        return self.run("bundle.jsonl", "--key", key or self.key, *options)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-I", "countersign_verify.py", *words],
            cwd=self.folder,
            env={"PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    def keep(self, name: str, checkpoint: Checkpoint | None) -> str:
        assert checkpoint is not None
        (self.folder / name).write_text(checkpoint.note, encoding="utf-8")
        return name


@pytest.fixture
def auditor(tmp_path: Path) -> Auditor:
    folder = tmp_path / "auditor"
    folder.mkdir()
    shutil.copy(SOURCE, folder)
    return Auditor(folder, str(keys.verifier()))


@pytest.fixture
def bundle(log: list[Entry], write: Write) -> list[Line]:
    """Team 1's entries 0, 3, 6, 9, 13 and 14, where 14 says that text of 3 was erased; checkpoints of 11 and
    15.
    """
    services.checkpoint()
    write(team_id=2)
    write(team_id=2)
    write(personal={"title": "newest"})
    services.erase(log[3], reason="asked for", actor_id=1, fields=["author"])
    return [json.loads(line) for line in exports.bundle(1)]


def entries(bundle: list[Line]) -> list[Line]:
    return [line for line in bundle if line["type"] == "entry"]


def without(bundle: list[Line], number: int) -> None:
    bundle.remove(entries(bundle)[number])
    bundle[-1]["entries"] -= 1


def test_an_honest_bundle_verifies(auditor: Auditor, bundle: list[Line]) -> None:
    result = auditor.verify(bundle, "--team", "1")
    assert (result.returncode, result.stderr) == (0, "")
    assert "The log log.test/publish had 15 entries at its checkpoint" in result.stdout
    assert "The 6 entries of team 1 here are in that log, each as it was written." in result.stdout
    assert "8 personal texts are those written; 1 were erased, as entries say." in result.stdout
    assert "give an older one that you kept" in result.stdout


def test_an_older_checkpoint_is_proved_to_be_a_beginning(auditor: Auditor, bundle: list[Line]) -> None:
    old = auditor.keep("old.txt", Checkpoint.objects.get(size=11))
    new = auditor.keep("new.txt", Checkpoint.objects.get(size=15))
    result = auditor.verify(bundle, "--old-checkpoint", old, "--old-checkpoint", new)
    assert result.returncode == 0
    assert "Nothing in the 11 entries of old.txt was changed or taken out since." in result.stdout
    assert "give an older one" not in result.stdout


def test_the_whole_log_is_proved_complete(auditor: Auditor, bundle: list[Line]) -> None:
    whole = list(exports.bundle(None, everything=True))
    result = auditor.verify(whole)
    assert result.returncode == 0
    assert "The bundle holds all 15 entries, each as it was written." in result.stdout
    assert "newest entries" not in result.stdout


def test_entries_without_a_team_have_a_bundle_too(auditor: Auditor, bundle: list[Line]) -> None:
    assert auditor.verify(list(exports.bundle(None))).returncode == 0


def test_every_checkpoint_of_a_growing_log_is_bridged(auditor: Auditor, write: Write) -> None:
    kept = []
    for size in range(1, 10):
        write()
        kept += ["--old-checkpoint", auditor.keep(f"{size}.txt", services.checkpoint())]
    assert auditor.verify(list(exports.bundle(1)), *kept).returncode == 0


def test_it_prints_what_it_verified(auditor: Auditor, bundle: list[Line]) -> None:
    result = auditor.verify(bundle, "--print")
    printed = [json.loads(line) for line in result.stdout.splitlines()[:6]]
    assert [entry[0] for entry in printed] == [0, 3, 6, 9, 13, 14]
    assert printed[1][2:] == ["post.sent", "post:3", "", 7]


def rewrite_leaf(line: Line) -> None:
    line["leaf"] = line["leaf"].replace("post.sent", "post.lost")


def double_name(line: Line) -> None:
    line["leaf"] = line["leaf"].replace('"kind":', '"kind":"post.lost","kind":')


def swap(bundle: list[Line]) -> None:
    bundle[2], bundle[3] = bundle[3], bundle[2]


FORGERIES: dict[str, tuple[Callable[[list[Line]], object], str]] = {
    "changed leaf": (lambda b: rewrite_leaf(entries(b)[1]), "entry 3: it is not in the log"),
    "two readings of a leaf": (lambda b: double_name(entries(b)[1]), "a name stands twice"),
    "leaf that is no JSON": (lambda b: entries(b)[1].update(leaf="{"), "the leaf in line 4 is not JSON"),
    "leaf that is no object": (lambda b: entries(b)[1].update(leaf="[]"), "is not a JSON object"),
    "leaf of half a character": (
        lambda b: entries(b)[1].update(leaf='{"v":1,"index":3,"x":"\ud800"}'),
        "of a wrong kind",
    ),
    "leaf that says nothing": (
        lambda b: entries(b)[1].update(leaf='{"v":1,"index":3}'),
        "it is not in the log",
    ),
    "leaf of another version": (
        lambda b: entries(b)[1].update(leaf='{"v":2,"index":3}'),
        "is not of version 1",
    ),
    "changed proof": (lambda b: entries(b)[1]["path"].reverse(), "entry 3: it is not in the log"),
    "short proof": (lambda b: entries(b)[1]["path"].pop(), "entry 3: its proof is too short"),
    "long proof": (lambda b: entries(b)[1]["path"].append("00" * 32), "entry 3: its proof is too long"),
    "proof that is none": (lambda b: entries(b)[1].update(path=["zz"]), "is not a list of hashes"),
    "no proof": (lambda b: entries(b)[1].pop("path"), "is not a list of hashes"),
    "entry left out": (lambda b: without(b, 1), "entry 6: it is number 2 of its team, where 1 comes next"),
    "first entry left out": (
        lambda b: without(b, 0),
        "entry 3: it is number 1 of its team, where 0 comes next",
    ),
    "entry twice": (lambda b: b.insert(3, b[2]), "the entry in line 4 is not the next of this log"),
    "entries in another order": (swap, "entry 3: it is number 1 of its team"),
    "changed personal text": (
        lambda b: entries(b)[1]["personal"]["title"].update(text="x"),
        "'title' is not the one",
    ),
    "changed salt": (
        lambda b: entries(b)[1]["personal"]["title"].update(salt="00"),
        "'title' is not the one",
    ),
    "salt that is none": (lambda b: entries(b)[1]["personal"]["title"].update(salt="x"), "cannot be read"),
    "personal text taken out": (
        lambda b: entries(b)[1]["personal"].pop("title"),
        "entry 3: the personal text 'title' is missing",
    ),
    "personal text made up": (
        lambda b: entries(b)[1]["personal"].update(x={}),
        "personal texts that it does not know",
    ),
    "personal texts replaced": (
        lambda b: entries(b)[1].update(personal=[]),
        "personal texts that it does not know",
    ),
    "changed checkpoint": (
        lambda b: b[0].update(checkpoint=b[0]["checkpoint"].replace("\n15\n", "\n16\n")),
        "signature of the checkpoint of the bundle is wrong",
    ),
    "checkpoint that is none": (lambda b: b[0].update(checkpoint="x"), "is not a signed note"),
    "no checkpoint": (lambda b: b[0].pop("checkpoint"), "has no checkpoint"),
    "another team's name": (lambda b: b[0].update(team=2), "entry 0: it is of team 1, the bundle of team 2"),
    "said to be everything": (lambda b: b[0].update(everything=True), "the log has 15 entries, the bundle 6"),
    "another version": (lambda b: b[0].update(version=2), "not a Countersign bundle of version 1"),
    "wrong count": (lambda b: b[-1].update(entries=7), "ends with 7 entries, 6 are in it"),
    "end cut off": (lambda b: b.pop(), "its last line is missing"),
    "lines after the end": (lambda b: b.append(b[1]), "comes after the end"),
    "unknown line": (lambda b: b.insert(1, {"type": "x"}), "line 2 is of no known type"),
    "nothing in it": (lambda b: b.clear(), "the first line is not JSON"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_bundle_does_not_verify(auditor: Auditor, bundle: list[Line], forgery: str) -> None:
    forge, expected = FORGERIES[forgery]
    forge(bundle)
    result = auditor.verify(bundle)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("IT DOES NOT VERIFY: ")
    assert expected in result.stderr


def test_a_bundle_without_its_newest_entry_says_what_it_does_not_prove(
    auditor: Auditor, write: Write
) -> None:
    for _ in range(3):
        write()
    bundle = [json.loads(line) for line in exports.bundle(1)]
    without(bundle, 2)
    result = auditor.verify(bundle)
    assert result.returncode == 0
    assert "It does not prove:\n- that the team's newest entries are in the bundle" in result.stdout


def forge_log(index: int) -> None:
    """Rewrite one entry and everything that hangs on it, with new checkpoints under the real key."""
    entry = Entry.objects.get(index=index)
    leaf = entry.leaf.replace("post.sent", "post.lost")
    Entry.objects.filter(index=index).update(leaf=leaf, leaf_hash=merkle.leaf_hash(leaf.encode()).hex())
    stored = Entry.objects.order_by("index").values_list("leaf_hash", flat=True)
    hashes = merkle.from_leaves([bytes.fromhex(text) for text in stored])
    for node in Node.objects.all():
        Node.objects.filter(pk=node.pk).update(hash=hashes(node.level, node.index).hex())
    for checkpoint in Checkpoint.objects.all():
        root = merkle.root(checkpoint.size, hashes)
        text = note.head_text(note.Head(keys.origin(), checkpoint.size, root))
        signed = note.sign(text, keys.origin(), keys.signing_key())
        Checkpoint.objects.filter(pk=checkpoint.pk).update(root=root.hex(), note=signed)


def test_a_rewritten_log_verifies_alone_and_not_against_a_kept_checkpoint(
    auditor: Auditor, bundle: list[Line]
) -> None:
    old = auditor.keep("old.txt", Checkpoint.objects.get(size=11))
    same = auditor.keep("same.txt", Checkpoint.objects.get(size=15))
    with append_only.suspended():
        forge_log(6)
    forged = list(exports.bundle(1))
    assert auditor.verify(forged).returncode == 0
    result = auditor.verify(forged, "--old-checkpoint", old)
    assert result.returncode == 1
    assert "old.txt: the proof from 11 to 15 entries does not lead from one to the other" in result.stderr
    result = auditor.verify(forged, "--old-checkpoint", same)
    assert result.returncode == 1
    assert "same.txt is of the same size as the bundle's checkpoint, but of other entries" in result.stderr


BRIDGES: dict[str, tuple[Callable[[Line], object], str]] = {
    "another size": (lambda line: line.update(size=10), "does not prove that it continues old.txt"),
    "changed": (lambda line: line["path"].reverse(), "the log was rewritten"),
    "short": (lambda line: line["path"].pop(), "is too short"),
    "long": (lambda line: line["path"].append("00" * 32), "is too long"),
    "empty": (lambda line: line["path"].clear(), "is too short"),
}


@pytest.mark.parametrize("forgery", BRIDGES)
def test_a_forged_consistency_proof_does_not_verify(
    auditor: Auditor, bundle: list[Line], forgery: str
) -> None:
    forge, expected = BRIDGES[forgery]
    old = auditor.keep("old.txt", Checkpoint.objects.get(size=11))
    forge(bundle[1])
    result = auditor.verify(bundle, "--old-checkpoint", old)
    assert result.returncode == 1
    assert expected in result.stderr


def test_a_checkpoint_newer_than_the_bundle_does_not_verify(
    auditor: Auditor, bundle: list[Line], write: Write
) -> None:
    write()
    newer = auditor.keep("newer.txt", services.checkpoint())
    result = auditor.verify(bundle, "--old-checkpoint", newer)
    assert result.returncode == 1
    assert "newer.txt is of 16 entries, the bundle's of only 15" in result.stderr


def test_a_checkpoint_of_another_log_does_not_verify(
    auditor: Auditor, bundle: list[Line], settings: Any
) -> None:
    head = note.Head("other.test/log", 11, bytes(32))
    (auditor.folder / "other.txt").write_text(
        note.sign(note.head_text(head), keys.origin(), keys.signing_key()), encoding="utf-8"
    )
    result = auditor.verify(bundle, "--old-checkpoint", "other.txt")
    assert result.returncode == 1
    assert "is of another log: other.test/log" in result.stderr


def test_a_bundle_under_another_key_does_not_verify(auditor: Auditor, bundle: list[Line]) -> None:
    other = str(note.verifier("log.test/publish", Ed25519PrivateKey.generate()))
    result = auditor.verify(bundle, key=other)
    assert result.returncode == 1
    assert "is not signed by the key that you gave" in result.stderr
    assert auditor.verify(bundle, "--key", other).returncode == 0


def test_a_bundle_of_another_team_than_asked_for_does_not_verify(
    auditor: Auditor, bundle: list[Line]
) -> None:
    result = auditor.verify(bundle, "--team", "2")
    assert result.returncode == 1
    assert "this is not a bundle of team 2" in result.stderr


@pytest.mark.parametrize("key", ["x", "log.test/publish+00000000+AAAA", "a+b+%"])
def test_a_key_that_is_none_could_not_be_checked(auditor: Auditor, bundle: list[Line], key: str) -> None:
    result = auditor.verify(bundle, key=key)
    assert result.returncode == 2
    assert result.stderr.startswith("Could not check: the key")


def test_a_key_that_was_copied_wrongly_could_not_be_checked(auditor: Auditor, bundle: list[Line]) -> None:
    name, key_id, raw = auditor.key.split("+", 2)
    result = auditor.verify(bundle, key=f"{name}+{key_id[::-1]}+{raw}")
    assert result.returncode == 2
    assert "copied wrongly" in result.stderr


def test_a_missing_file_could_not_be_checked(auditor: Auditor, bundle: list[Line]) -> None:
    assert auditor.run("none.jsonl", "--key", auditor.key).returncode == 2
    assert auditor.verify(bundle, "--old-checkpoint", "none.txt").returncode == 2
    assert auditor.run("none.jsonl").returncode == 2


def test_it_shares_no_code_with_the_application() -> None:
    imported = [
        line.split()[1] for line in SOURCE.read_text().splitlines() if line.startswith(("import ", "from "))
    ]
    ours = {"config", "scheduler", "gate", "accounts", "ledger", "platforms", "django", "rfc8785"}
    assert not {name.split(".")[0] for name in imported} & ours
