"""Which checks there are. A new check is one file, one line here and one section in docs/checks.md."""

from functools import cache
from importlib import import_module
from typing import cast

from gate import conduct
from gate.checks.base import Check

CHECKS: dict[str, str] = {
    "hidden-text": "gate.checks.hidden_text.HiddenText",
    "toxicity": "gate.checks.toxicity.Toxicity",
    "personal-data": "gate.checks.personal_data.PersonalData",
    "disclosure": "gate.checks.disclosure.Disclosure",
    "claims": "gate.checks.claims.Claims",
    "declarations": "gate.checks.declarations.DeclarationsAnswered",
    "links": "gate.checks.links.Links",
    "platform-rules": "gate.checks.platform_rules.PlatformRules",
    "image-metadata": "gate.checks.image_metadata.ImageMetadata",
    "accessibility": "gate.checks.accessibility.Accessibility",
    "word-list": "gate.checks.word_list.WordList",
    "replies": "gate.checks.replies.Replies",
    "timing": "gate.checks.timing.Timing",
    "duplicates": "gate.checks.duplicates.Duplicates",
}


def load(check_id: str) -> Check:
    """The check with this id, imported at its first use. Raises KeyError for an id that is not registered
    and ImportError or AttributeError for a dotted path that leads nowhere."""
    return _load(CHECKS[check_id])


def all_checks() -> list[Check]:
    """Every check, in the order of the registry."""
    return [load(check_id) for check_id in CHECKS]


def finding_ids(check_id: str) -> list[str]:
    """Of all that this check may find. Raises as `load` does."""
    return [f"{check_id}.{name}" for name in load(check_id).findings]


def problems() -> list[str]:
    """What is wrong with the registry, one sentence each: for the system check."""
    clauses = {clause.id for clause in conduct.parse(conduct.default_text())}
    return [problem for check_id in CHECKS for problem in _problems(check_id, clauses)]


@cache
def _load(path: str) -> Check:
    module, _, name = path.rpartition(".")
    return cast(Check, getattr(import_module(module), name)())


def _problems(check_id: str, clauses: set[str]) -> list[str]:
    try:
        check = load(check_id)
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        return [f"{check_id}: {CHECKS[check_id]} cannot be loaded: {error}"]
    found = [
        f"{check_id}: the check has no {attribute}."
        for attribute in ("id", "version", "clause", "title")
        if not getattr(check, attribute, "")
    ]
    if getattr(check, "id", "") not in ("", check_id):
        found.append(f"{check_id}: the check calls itself {check.id}.")
    if getattr(check, "clause", "") and check.clause not in clauses:
        found.append(f"{check_id}: clause {check.clause} is not in the default code of conduct.")
    if "override" not in {setting.name for setting in getattr(check, "settings", ())}:
        found.append(f"{check_id}: the check does not say who may override it.")
    if not getattr(check, "findings", ()):
        found.append(f"{check_id}: the check does not name its findings.")
    if not callable(getattr(check, "run", None)):
        found.append(f"{check_id}: the check has no run().")
    return found
