"""The installation's secrets: made once, for nobody else to read, and never replaced in silence."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from config import secrets

ROOT = Path(__file__).resolve().parent.parent
NAMES = ["secret_key", "seal_keys", "ledger_key.pem"]


def test_everything_is_made_once(tmp_path: Path) -> None:
    var = tmp_path / "var"
    assert secrets.ensure(var) == NAMES
    before = {name: (var / name).read_bytes() for name in NAMES}
    assert secrets.ensure(var) == []
    assert {name: (var / name).read_bytes() for name in NAMES} == before


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    secrets.ensure(tmp_path / "a")
    secrets.ensure(tmp_path / "b")
    for name in NAMES:
        assert (tmp_path / "a" / name).read_bytes() != (tmp_path / "b" / name).read_bytes()


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    secrets.ensure(tmp_path / "var")
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700
    assert {(tmp_path / "var" / name).stat().st_mode & 0o777 for name in NAMES} == {0o600}


def test_a_mode_that_a_copy_opened_is_closed_again(tmp_path: Path) -> None:
    secrets.ensure(tmp_path)
    (tmp_path / "seal_keys").chmod(0o644)
    secrets.ensure(tmp_path)
    assert (tmp_path / "seal_keys").stat().st_mode & 0o777 == 0o600


def test_they_serve_their_purpose(tmp_path: Path) -> None:
    secrets.ensure(tmp_path)
    seal = MultiFernet([Fernet(key) for key in secrets.read_seal_keys(tmp_path / "seal_keys")])
    assert seal.decrypt(seal.encrypt(b"token")) == b"token"
    assert len(secrets.read_secret(tmp_path / "secret_key")) >= 64
    load_pem_private_key((tmp_path / "ledger_key.pem").read_bytes(), password=None)


def test_a_rotated_key_file_is_read_newest_first(tmp_path: Path) -> None:
    new, old = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    (tmp_path / "seal_keys").write_text(f"{new}\n{old}\n")
    assert secrets.read_seal_keys(tmp_path / "seal_keys") == [new, old]


@pytest.mark.parametrize(("name", "text"), [("secret_key", "\n"), ("seal_keys", ""), ("seal_keys", "short")])
def test_a_spoilt_file_is_refused_and_kept(tmp_path: Path, name: str, text: str) -> None:
    secrets.ensure(tmp_path)
    (tmp_path / name).write_text(text)
    with pytest.raises(secrets.SecretError):
        secrets.ensure(tmp_path)
    assert (tmp_path / name).read_text() == text


def test_the_message_about_a_bad_key_does_not_repeat_it(tmp_path: Path) -> None:
    (tmp_path / "seal_keys").write_text("not-a-key-but-still-private")
    with pytest.raises(secrets.SecretError) as refused:
        secrets.read_seal_keys(tmp_path / "seal_keys")
    assert "not-a-key" not in str(refused.value)
    assert "line 1" in str(refused.value)


def test_several_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: secrets.ensure(tmp_path), range(16)))
    assert sorted(name for names in made for name in names) == sorted(NAMES)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(NAMES)


def test_the_command_says_what_it_made_and_prints_no_secret(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "config.secrets"],
        cwd=ROOT,
        env={**os.environ, "COUNTERSIGN_VAR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(name in done.stdout for name in NAMES)
    assert (tmp_path / "var" / "secret_key").read_text().strip() not in done.stdout
