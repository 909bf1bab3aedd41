"""Set-up that every test shares: its own folders, no network but loopback."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connections

from tests import append_only, chromium, marked, migrated
from tests.servers import MissingServer
from tests.servers.redis import PrivateRedis

append_only.install()

SQLITE = "django.db.backends.sqlite3"


@pytest.fixture(autouse=True)
def own_folders(settings: Any, tmp_path: Path) -> None:
    """Media, sandbox posts and checkpoints of each test in a folder of its own."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.SANDBOX_DIR = tmp_path / "sandbox"
    settings.LEDGER_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    settings.GATE_TOXICITY_ENGINE = "screen"  # whatever model is installed on this machine
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.LOOK_AT_LINKS = False  # texts of tests name hosts of the internet
    settings.WHITENOISE_USE_FINDERS = False  # each test's browser would read every static file again


@pytest.fixture(scope="session", autouse=True)
def static_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    """An empty folder, before anything asks for a page: WhiteNoise warns where there is none."""
    django_settings.STATIC_ROOT = tmp_path_factory.mktemp("static")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """What pytest-playwright starts."""
    path = chromium.find()
    if path is None:
        pytest.skip(chromium.HOW_TO_INSTALL)
    return {**browser_type_launch_args, "executable_path": path, "args": chromium.LAUNCH}


@pytest.fixture(scope="session", autouse=True)
def async_unsafe() -> Iterator[None]:
    """Playwright runs its own event loop in the test's thread; the ORM is still used from that thread alone."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite tests run on a real file, as the product does: threads and processes lock as they would there. But nothing
    waits for the disk, since no test pulls the plug."""
    database = connections["default"].settings_dict
    if database["ENGINE"] != SQLITE:
        database["TEST"]["TEMPLATE"] = migrated.postgres_template(os.environ.get("DATABASE_URL", ""))
        return
    database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
    database["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
    if made := migrated.sqlite_file():
        shutil.copy(made, database["TEST"]["NAME"])


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """Whether it is there already: on SQLite, as a copy."""
    copied = connections["default"].settings_dict["ENGINE"] == SQLITE and migrated.sqlite_file() is not None
    return django_db_keepdb or copied


@pytest.fixture
def redis() -> Iterator[PrivateRedis]:
    """A Redis server of the test's own."""
    try:
        server = PrivateRedis()
    except MissingServer as missing:
        pytest.skip(str(missing))
    with server:
        yield server


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only",
        action="store_true",
        help="leave out tests that touch no database: the run on the other database has them",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    marked.require_names(items)
    for item in items:
        if item.get_closest_marker("live") and not item.get_closest_marker("browser"):
            item.add_marker(
                pytest.mark.xdist_group("bluesky")
            )  # they take from its accounts what others need
    # The longest first, or at the end of a stage its other workers wait for the one that has them.
    items.sort(key=lambda item: item.get_closest_marker("processes") is None)
    if not config.getoption("--database-only"):
        return
    kept = [item for item in items if _touches_the_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _touches_the_database(item: pytest.Item) -> bool:
    """By mark or fixture. What a browser shows is the same on both; `both_databases` marks the exception."""
    if item.get_closest_marker("browser"):
        return item.get_closest_marker("both_databases") is not None
    marks = ("django_db", "both_databases")
    return any(item.get_closest_marker(mark) for mark in marks) or "db" in getattr(item, "fixturenames", ())
