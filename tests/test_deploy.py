"""The units, the compose file and the image start what there is, with settings that there are.

No container engine runs here. So the files are read, checked by the linters of their formats where there are some, and
what they start is started for real, to the point where it says that it could.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class
from ruamel.yaml import YAML

from config import secrets, serve, supervisor
from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PLACE = "/usr/local/lib/countersign"
"""Where the units expect the product."""
COMPOSE: dict[str, Any] = YAML(typ="safe").load(DEPLOY / "compose.yaml")
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}
KNOWN = set(re.findall(r'"([A-Z][A-Z_]+)"', (ROOT / "config" / "settings.py").read_text())) | {
    "COUNTERSIGN_VAR",
    "WEB_WORKERS",
    "WEB_THREADS",
}


def unit(path: Path) -> dict[str, list[str]]:
    """Every setting of a unit, with all its values. AssertionError for a line that is none."""
    found: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        if not line or line.startswith("#") or re.fullmatch(r"\[(Unit|Service|Install)\]", line):
            continue
        name, equals, value = line.partition("=")
        assert equals, line
        assert name.isalpha(), line
        found.setdefault(name, []).append(value)
    return found


def commands() -> Iterator[tuple[str, list[str]]]:
    """Everything that the units and the compose file start, in this checkout's words."""
    for path in UNITS:
        for line in unit(path)["ExecStart"]:
            for part in serve.PARTS if "%i" in line else ("",):
                words = shlex.split(line.replace("%i", part))
                assert words[0] == f"{PLACE}/.venv/bin/python"
                yield f"{path.name} {part}", words[1:]
    for name, service in OURS.items():
        assert service["command"][0] == "python"
        yield f"compose {name}", service["command"][1:]
    yield "image", image_command()[1:]


def image_command() -> list[str]:
    line = next(line for line in instructions() if line.startswith("CMD "))
    words: list[str] = YAML(typ="safe").load(line.removeprefix("CMD "))
    return words


def instructions() -> list[str]:
    """The Dockerfile's, a line each."""
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text(), flags=re.MULTILINE)
    return [line for line in text.replace("\\\n", " ").splitlines() if line]


def environment(values: dict[str, str], var: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "DJANGO_SETTINGS_MODULE": "config.settings", "COUNTERSIGN_VAR": str(var), **values}


def different_commands() -> list[Any]:
    """Each once, though units and containers start the same."""
    by_words = {tuple(words): name for name, words in commands()}
    return [pytest.param(list(words), id=name) for words, name in by_words.items()]


@pytest.mark.parametrize("words", different_commands())
def test_what_is_started_is_there_and_could_start(words: list[str], tmp_path: Path) -> None:
    if words[0] == "manage.py":
        return understands(words[1], words[2:])
    if "config.serve" in words:
        words = [str(free_port()) if word == "8000" else word for word in [*words, "--check"]]
        words += [] if "--port" in words else ["--port", str(free_port())]
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment({}, tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def understands(name: str, words: list[str]) -> None:
    """A management command of this name takes these words: its parser ends the test with SystemExit otherwise."""
    command = load_command_class(get_commands()[name], name)
    assert command.create_parser("manage.py", name).parse_args(words)


def test_every_part_is_started_once_by_units_and_by_containers() -> None:
    text = (DEPLOY / "systemd" / "countersign@.service").read_text()
    assert all(f"countersign@{part}" in text for part in serve.PARTS)
    started = [" ".join(service["command"]) for service in OURS.values()]
    for part in serve.PARTS:
        assert sum(f"--only {part} " in f"{command} " for command in started) == 1


def test_the_compose_file_is_one() -> None:
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*words, str(DEPLOY / "compose.yaml")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_linter_would_find_a_slip(tmp_path: Path) -> None:
    slip = tmp_path / "compose.yaml"
    slip.write_text((DEPLOY / "compose.yaml").read_text().replace("healthcheck:", "healthchek:", 1))
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(slip)]
    assert subprocess.run(words, capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize(
    "path", [*UNITS, DEPLOY / "systemd" / "countersign.target"], ids=lambda path: path.name
)
def test_systemd_takes_the_units(path: Path, tmp_path: Path) -> None:
    """With this checkout in the place where the product would be."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed. Debian, Ubuntu: apt-get install systemd")
    for each in (DEPLOY / "systemd").iterdir():
        here = each.read_text().replace(f"{PLACE}/.venv/bin/python", sys.executable)
        (tmp_path / each.name).write_text(here.replace(PLACE, str(ROOT)))
    name = path.name.replace("@.", "@web.")
    done = subprocess.run(
        [analyze, "verify", "--man=no", "--recursive-errors=no", str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert str(tmp_path) not in done.stderr, done.stderr


def test_systemd_waits_for_a_post_that_is_being_sent_and_asks_the_supervisor_alone() -> None:
    found = unit(DEPLOY / "systemd" / "countersign@.service")
    assert int(found["TimeoutStopSec"][0]) > supervisor.GRACE
    assert found["KillMode"] == ["mixed"]
    assert found["Restart"] == ["always"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_the_units_run_as_nobody_who_could_do_more(path: Path) -> None:
    found = unit(path)
    assert found["User"] == ["countersign"]
    assert found["NoNewPrivileges"] == ["yes"]
    assert found["ProtectSystem"] == ["strict"]
    assert found["CapabilityBoundingSet"] == [""]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_the_units_may_write_where_the_settings_put_things(path: Path) -> None:
    found = unit(path)
    writable = [f"/var/lib/{name}" for name in found["StateDirectory"]]
    writable += [name.removeprefix("-") for name in found["ReadWritePaths"]]
    text = (DEPLOY / "systemd" / "countersign.env").read_text()
    places = re.findall(r"^#?(?:MEDIA_ROOT|SANDBOX_DIR|LEDGER_CHECKPOINT_DIR)=(.+)$", text, re.MULTILINE)
    assert len(places) == 3
    assert all(any(place.startswith(f"{folder}/") for folder in writable) for place in places)
    assert "COUNTERSIGN_VAR=/var/lib/countersign" in found["Environment"][0].split()


@pytest.mark.parametrize("name", OURS)
def test_our_containers_are_given_little_and_stop_in_time(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["init"] is True
    assert int(service["stop_grace_period"].removesuffix("s")) > supervisor.GRACE
    if name != "migrate":
        assert service["restart"] == "unless-stopped"
        assert "healthcheck" in service
        assert service["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", ["dispatch", "gate", "publish"])
def test_a_container_is_healthy_while_its_supervisor_runs(name: str, tmp_path: Path) -> None:
    shell, line = OURS[name]["healthcheck"]["test"]
    assert shell == "CMD-SHELL"
    line = line.replace("python", shlex.quote(sys.executable))
    ask = {"cwd": ROOT, "env": environment({}, tmp_path), "check": False}
    assert subprocess.run(["/bin/sh", "-c", line], **ask).returncode != 0
    with serve.only_one(tmp_path, [name]):
        assert subprocess.run(["/bin/sh", "-c", line], **ask).returncode == 0


def test_no_secret_stands_in_the_compose_file() -> None:
    used = set()
    for service in COMPOSE["services"].values():
        used |= set(service.get("secrets", ()))
        for name, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|KEY|DATABASE_URL", name):
                assert name.endswith(("_FILE", "_PATH")), name
                assert value.removeprefix("/run/secrets/") in service["secrets"], name
    assert used == set(COMPOSE["secrets"])
    assert all(str(secret["file"]).startswith("./secrets/") for secret in COMPOSE["secrets"].values())


def test_the_settings_that_are_given_are_settings() -> None:
    lines = (DEPLOY / "systemd" / "countersign.env").read_text().splitlines()
    given = {line.lstrip("#").partition("=")[0] for line in lines if re.match(r"#?[A-Z_]+=", line)}
    for service in OURS.values():
        given |= set(service["environment"])
    assert {name.removesuffix("_FILE") for name in given} <= KNOWN


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What deploy/prepare makes."""
    folder = tmp_path_factory.mktemp("deploy")
    for _ in range(2):
        subprocess.run([str(DEPLOY / "prepare"), str(folder)], check=True, capture_output=True)
    return folder


def test_what_prepare_makes_is_what_the_product_reads(prepared: Path) -> None:
    assert len(secrets.read_secret(prepared / "secrets" / "secret_key")) > 50
    assert len(secrets.read_seal_keys(prepared / "secrets" / "seal_keys")) == 1
    for path in (prepared / "secrets").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    files = {Path(str(secret["file"])).name for secret in COMPOSE["secrets"].values()}
    assert {path.name for path in (prepared / "secrets").iterdir()} == files
    password = (prepared / "secrets" / "database_password").read_text().strip()
    assert f":{password}@postgres:5432/" in (prepared / "secrets" / "database_url").read_text()


def test_prepare_keeps_what_is_there(prepared: Path) -> None:
    before = {path: path.read_bytes() for path in (prepared / "secrets").iterdir()}
    (prepared / "secrets" / "seal_keys").unlink()
    subprocess.run([str(DEPLOY / "prepare"), str(prepared)], check=True, capture_output=True)
    after = {path: path.read_bytes() for path in (prepared / "secrets").iterdir()}
    assert {path for path in before if before[path] != after[path]} == {prepared / "secrets" / "seal_keys"}


def test_the_containers_settings_pass_the_deployment_check(prepared: Path, tmp_path: Path) -> None:
    """As a container gets them: nothing in its var folder, secrets as files."""
    answers = dict(line.split("=", 1) for line in (prepared / ".env").read_text().splitlines())
    files = {name: Path(str(secret["file"])).name for name, secret in COMPOSE["secrets"].items()}
    given = {}
    for name, value in OURS["web"]["environment"].items():
        value = re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda m: answers.get(m[1], m[2] or ""), str(value))
        secret = value.removeprefix("/run/secrets/")
        given[name] = str(prepared / "secrets" / files[secret]) if secret in files else value
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment({**given, "HASHED_STATIC": "yes"}, tmp_path / "empty"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_image_copies_all_that_the_product_needs_and_only_what_is_there() -> None:
    copied = set()
    for line in instructions():
        if line.startswith("COPY "):
            *sources, _ = line.removeprefix("COPY ").split()
            assert all((ROOT / source).exists() for source in sources), line
            copied |= set(sources)
    code = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert copied == code | {"manage.py", "pyproject.toml", "requirements-base.txt", "static", "templates"}
    let_in = {
        line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[0] == "!"
    }
    assert let_in == copied


def test_the_image_runs_as_nobody_and_its_base_is_named_exactly() -> None:
    lines = instructions()
    assert re.fullmatch(r"FROM python:3\.1\d-slim-\w+", lines[0])
    assert "USER 10001:10001" in lines
    assert not [line for line in lines if line.startswith("ADD ")]
    client = re.search(r"postgresql-client-(\d+)", " ".join(lines))
    assert client is not None
    assert COMPOSE["services"]["postgres"]["image"] == f"postgres:{client[1]}"


def test_the_image_can_collect_its_static_files(tmp_path: Path) -> None:
    line = next(line for line in instructions() if "collectstatic" in line)
    words = shlex.split(line.removeprefix("RUN "))
    given = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
    command = words[len(given) :]
    assert command[:2] == ["python", "manage.py"]
    places = {"COUNTERSIGN_VAR": str(tmp_path / "var"), "STATIC_ROOT": str(tmp_path / "static")}
    done = subprocess.run(
        [sys.executable, *command[1:]],
        cwd=ROOT,
        env={**environment(given, tmp_path), **places, "HASHED_STATIC": "no"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert any((tmp_path / "static").iterdir())


def test_the_proxies_let_through_what_a_form_may_hold() -> None:
    caddy = re.search(r"max_size (\d+)MB", (DEPLOY / "Caddyfile").read_text())
    nginx = re.search(r"client_max_body_size (\d+)m;", (DEPLOY / "nginx.conf").read_text())
    assert caddy is not None
    assert nginx is not None
    assert min(int(caddy[1]), int(nginx[1])) * 1_000_000 >= settings.REQUEST_MAX_BYTES
