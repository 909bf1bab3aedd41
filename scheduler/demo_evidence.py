"""What carries the claims of the demo team's posts."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from accounts.models import Membership
from gate.evidence import library, services

COUNTS: Final = {
    "North mole": 41,
    "Town beach": 58,
    "Lido": 22,
    "Lighthouse": 19,
    "Old slip": 27,
    "River mouth": 33,
    "Fort": 16,
    "Dunes east": 36,
    "Dunes west": 31,
    "Campsite": 24,
    "Ferry quay": 15,
    "Rocks": 18,
}
"""Volunteers on each beach."""


def count_sheets(member: Membership) -> int:
    """The sheets of the beach leaders as a file in the team's library; its id."""
    total = f"Together: {sum(COUNTS.values())} volunteers on {len(COUNTS)} beaches"
    lines = [
        "Beach clean-up, count sheets of the beach leaders",
        *(f"{b}: {n}" for b, n in COUNTS.items()),
        total,
    ]
    made = services.add_file(
        member=member,
        data="\n".join(lines).encode(),
        filename="count-sheets.txt",
        title="Count sheets of the beach leaders",
        quote=total,
        expires_on=library.today(member.team) + timedelta(days=365),
    )
    return made.pk
