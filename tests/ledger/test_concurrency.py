"""Real processes append to one real database at once; then the commands run on it as an operator runs
them.
"""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings as configured
from django.db import connection
from psycopg import sql

ROOT = Path(__file__).parents[2]
WRITERS, EACH = 4, 25

WRITE = """
import sys
import django
django.setup()
from django.db import transaction
from ledger import services
writer = int(sys.argv[1])
for number in range(int(sys.argv[2])):
    with transaction.atomic():
        services.append(kind="post.sent", team_id=writer % 2 + 1, actor_id=writer, subject=f"post:{number}",
                        personal={"title": "t"}, tags={"post": [number]})
        if number % 5 == 4:
            transaction.set_rollback(True)
    if writer == 0 and number % 8 == 0:
        services.checkpoint()
"""

pytestmark = pytest.mark.processes


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    """A database of the test's own, of the kind that the tests run on."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'log.sqlite3'}"
        return
    name, server = f"log_{uuid.uuid4().hex}", _server()
    with psycopg.connect(server, dbname="postgres", autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield f"{server.rsplit('/', 1)[0]}/{name}"
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _server() -> str:
    said = configured.DATABASES["default"]
    login = f"{said['USER']}:{said['PASSWORD']}" if said["PASSWORD"] else said["USER"]
    return f"postgres://{login}@{said['HOST'] or 'localhost'}:{said['PORT'] or 5432}/postgres"


class Machine:
    """Starts Python processes with the application's settings on one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self.environment = os.environ | {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LEDGER_KEY_PATH": str(folder / "log.pem"),
            "LEDGER_CHECKPOINT_DIR": str(folder / "checkpoints"),
            "PYTHONPATH": str(ROOT),
        }

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *words],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            cwd=ROOT,
        )

    def run(self, *words: str) -> str:
        process = self.start(*words)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        return out


@pytest.fixture
def machine(database_url: str, tmp_path: Path, log_settings: object) -> Machine:
    machine = Machine(database_url, tmp_path)
    machine.run(
        "-c",
        "import sys; from ledger.keys import ensure_key; ensure_key(sys.argv[1])",
        str(tmp_path / "log.pem"),
    )
    machine.run("-m", "django", "migrate", "ledger", "-v0", "--skip-checks")
    return machine


def test_processes_append_without_gaps_or_doubles(machine: Machine, tmp_path: Path) -> None:
    writers = [machine.start("-c", WRITE, str(number), str(EACH)) for number in range(WRITERS)]
    for writer in writers:
        _, err = writer.communicate(timeout=120)
        assert writer.returncode == 0, err
    kept = WRITERS * EACH * 4 // 5
    said = machine.run("-m", "django", "ledger", "verify")
    assert f"The log verifies: {kept} entries." in said
    lines = machine.run("-m", "django", "ledger", "export", "--everything", "--format", "bundle").splitlines()
    leaves = [json.loads(line["leaf"]) for line in map(json.loads, lines) if line["type"] == "entry"]
    assert [leaf["index"] for leaf in leaves] == list(range(kept))
    assert {leaf["actor"] for leaf in leaves} == set(range(WRITERS))
    bundle = tmp_path / "bundle.jsonl"
    bundle.write_text("\n".join(lines) + "\n", encoding="utf-8")
    key = machine.run("-m", "django", "ledger", "key").strip()
    proved = machine.run("script/countersign_verify.py", str(bundle), "--key", key)
    assert f"The bundle holds all {kept} entries" in proved


def test_a_failing_verify_exits_with_one(machine: Machine, tmp_path: Path) -> None:
    machine.run("-c", WRITE, "1", "3")
    assert "Newest checkpoint" not in machine.run("-m", "django", "ledger", "verify")
    assert "\n3\n" in machine.run("-m", "django", "ledger", "checkpoint")
    (note,) = (tmp_path / "checkpoints").iterdir()
    assert "The log verifies" in machine.run("-m", "django", "ledger", "verify", "--checkpoint", str(note))
    note.write_text(note.read_text(encoding="utf-8").replace("\n3\n", "\n2\n"), encoding="utf-8")
    process = machine.start("-m", "django", "ledger", "verify", "--checkpoint", str(note))
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "The log does not verify: 1 problem(s); the first: the checkpoint that you gave: " in err
