"""Posts of the demo team that wait for somebody: for a second person, and for an answer to a customer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from gate import overrides
from scheduler.demo_scene import Scene, approve, at, submit, write

CAMPAIGN: Final = "Winter appeal"


def settings() -> dict[str, Any]:
    """Of the checks and of review: a campaign, whose posts take two approvals."""
    return {
        "timing": {"campaigns": [f"{CAMPAIGN}: {at(-7, 9):%Y-%m-%d} to {at(60, 9):%Y-%m-%d}"]},
        "review": {"two_campaigns": [CAMPAIGN]},
    }


def build(scene: Scene) -> None:
    """An answer in review, a block that two reviewers overrode, and a post with the first of its two approvals."""
    _answer(scene)
    _overridden(scene)
    _appeal(scene)


def _answer(scene: Scene) -> None:
    post = write(
        scene,
        "@brisa.nunes Thank you for asking. Dogs are welcome on deck, on a lead; there is water at the gangway.",
        timezone.now() + timedelta(hours=20),
        title="Dogs on board",
        by=scene.second,
        answers={
            "text": "Can I bring my dog on Saturday? He is old and very calm.",
            "author": "@brisa.nunes",
            "url": "https://social.example/@brisa.nunes/114",
            "received_at": (timezone.now() - timedelta(hours=2)).isoformat(),
        },
    )
    submit(post, scene.second)


def _overridden(scene: Scene) -> None:
    post = write(
        scene,
        "Project Pelican has a home: the old customs shed on the east quay. Come and see it on Sunday at three.",
        at(6, 12),
        title="A home for Project Pelican",
    )
    submission = submit(post, scene.author)
    block = submission.findings.get(round=submission.round, level="blocks")
    reasons = (
        (scene.reviewer, "The mayor named the project in public this morning, so it is no secret any more."),
        (scene.second_reviewer, "I asked Inês: the word comes off the list with the next version."),
    )
    for member, reason in reasons:
        overrides.override(finding_id=block.pk, version=submission.version, member=member, reason=reason)
        submission.refresh_from_db()


def _appeal(scene: Scene) -> None:
    post = write(
        scene,
        "Nights at sea are cold, and our rescue boat needs a new heater. If you can, give the price of a coffee.",
        at(4, 18),
        title="A heater for the rescue boat",
        by=scene.second,
        campaign=CAMPAIGN,
    )
    approve(scene, submit(post, scene.second))
