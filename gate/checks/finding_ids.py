"""Which findings each check has: what a setting of review may name. docs/checks.md says what each of them is."""

from typing import Final

from gate.checks import registry

_NAMES: Final = {
    "hidden-text": "control data direction empty other",
    "toxicity": "sentence targeting tone",
    "personal-data": "birthday card email iban ip national-id phone secret",
    "disclosure": "ai ai-camera ai-contradiction ai-enhanced ai-label ai-lifelike ai-public-interest ai-text "
    "contradiction flag late missing own-product relationship unclear",
    "claims": "evidence expired opinion unanswered",
    "declarations": "contradiction evidence facts people public-interest",
    "links": "bare broken denied elsewhere look-alike plain shortener tracking unknown user",
    "platform-rules": "empty hashtags limit links no-channel unknown",
    "image-metadata": "broken-credentials removed unknown",
    "accessibility": "alt-file-name alt-missing alt-true capitals emoji-run hashtag styled-letters",
    "word-list": "competitor inclusive term until",
    "replies": "asks kind late private repeats",
    "timing": "campaign day-off embargo quiet sensitive too-close",
    "duplicates": "forbidden same similar",
}


def of(check_id: str) -> tuple[str, ...]:
    """The ids of a check's findings; none of a check that is not known. One that could not run is `unknown` besides."""
    return tuple(f"{check_id}.{name}" for name in _NAMES.get(check_id, "").split())


def is_known(name: str) -> bool:
    """Whether this is the id of a check, or of one of its findings."""
    check_id = name.partition(".")[0]
    return check_id in registry.CHECKS and name in (check_id, *of(check_id))
