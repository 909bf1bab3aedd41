"""The newest rules of time zones are used, whoever brought them."""

import zoneinfo

import pytest
import tzdata

from config import zone_rules


@pytest.fixture
def rules_of_before():
    before = zoneinfo.TZPATH
    yield before
    zoneinfo.reset_tzpath(to=before)
    zoneinfo.ZoneInfo.clear_cache()


def folder(path, name: str, text: str) -> tuple[str, ...]:
    (path / name).write_text(text)
    return ("/nowhere", str(path))


@pytest.mark.parametrize(
    ("name", "text"), [("tzdata.zi", "# version 2099a\n# more\n"), ("+VERSION", "2099a\n")]
)
def test_a_newer_system_is_believed(tmp_path, rules_of_before, name, text):
    assert zone_rules.use_newest(folder(tmp_path, name, text)) == "2099a"
    assert rules_of_before == zoneinfo.TZPATH


@pytest.mark.parametrize("text", ["# version 2001a\n", ""])
def test_an_older_system_or_one_that_does_not_say_gives_way_to_the_package(tmp_path, rules_of_before, text):
    assert zone_rules.use_newest(folder(tmp_path, "tzdata.zi", text)) == tzdata.IANA_VERSION
    assert zoneinfo.TZPATH == ()


def test_an_operators_own_choice_stands(tmp_path, rules_of_before, monkeypatch):
    monkeypatch.setenv("PYTHONTZPATH", "/somewhere")
    assert zone_rules.use_newest(folder(tmp_path, "tzdata.zi", "# version 2001a\n")) == "2001a"
    assert rules_of_before == zoneinfo.TZPATH
