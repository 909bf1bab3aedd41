"""The demo team: a small harbour charity, with posts in every state, made through the product's own services.

Nothing is written past them: what is published here was frozen, checked, countersigned and sent like anything else.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import channels as channel_services
from accounts import services as accounts
from accounts.models import Channel, Membership, Role, Team, User
from gate import decisions, policy, readings, runner
from gate.models import Submission
from platforms import rehearsal
from platforms.rehearsal import Fault, Kind
from scheduler import demo_evidence, demo_pictures, images, lifecycle, missing, progress, sender, teams
from scheduler.lifecycle import Draft
from scheduler.models import Post

SLUG = "harbour-trust"
ZONE = "Europe/Lisbon"
PLAIN = {"relationship": "none", "ai": "no", "states_fact": "no", "people": "nobody"}
PEOPLE = [
    ("Amara Obi", "author@harbour.example", {Role.AUTHOR}),
    ("Tomás Vidal", "author2@harbour.example", {Role.AUTHOR}),
    ("Rosa Marín", "reviewer@harbour.example", {Role.REVIEWER}),
    ("Ken Adeyemi", "auditor@harbour.example", {Role.AUDITOR}),
    ("Inês Duarte", "admin@harbour.example", {Role.ADMIN}),
]


@dataclass(slots=True)
class Scene:
    """Who and what the demo posts are made with."""

    team: Team
    author: Membership
    second: Membership
    reviewer: Membership
    channels: list[Channel] = field(default_factory=list)


def sign_ins() -> str:
    """The page of sign-ins that script/run prints."""
    password = _password()
    rows = [
        f"  {email:<26} {', '.join(sorted(r.label for r in roles)).lower()}" for _, email, roles in PEOPLE
    ]
    return "\n".join(["Demo team Harbour Trust. Everybody's password: " + password, *rows])


def exists() -> bool:
    return Team.objects.filter(slug=SLUG).exists()


def build(say: Callable[[str], None]) -> None:
    """Makes the demo team once; a second call does nothing."""
    if exists():
        return
    say("Making the demo team Harbour Trust ...")
    with transaction.atomic():
        scene = _people()
    _channels(scene)
    say("Writing, checking and countersigning a dozen posts ...")
    _later(scene)
    _refused(scene)
    _past(scene)
    say("Publishing some of them in the sandbox ...")
    _published(scene)


def _password() -> str:
    """One for all, made once per installation: a known default would be an open door on a machine with a network."""
    path = Path(settings.VAR_DIR) / "demo_password"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text("-".join(secrets.token_hex(2) for _ in range(4)))
    return path.read_text().strip()


def _people() -> Scene:
    password = _password()
    users = {
        email: accounts.create_user(email=email, name=name, password=password) for name, email, _ in PEOPLE
    }
    admin = users["admin@harbour.example"]
    team = teams.with_conduct(name="Harbour Trust", zone=ZONE, by=admin)
    Team.objects.filter(pk=team.pk).update(slug=SLUG)
    team.refresh_from_db()
    members = {admin.email: Membership.objects.get(team=team, user=admin)}
    policy.change_settings(
        member=members[admin.email],
        settings={
            "personal-data": {"public_contacts": ["hello@harbour.example"]},
            "word-list": {"words": ["project pelican: blocks"]},
        },
    )
    for _, email, roles in PEOPLE:
        members[email] = _member(team, users[email], roles)
        policy.acknowledge(team=team, user=users[email])
    return Scene(
        team,
        members["author@harbour.example"],
        members["author2@harbour.example"],
        members["reviewer@harbour.example"],
    )


def _member(team: Team, user: User, roles: set[Role]) -> Membership:
    flags = {f"is_{role.value}": role in roles for role in Role}
    member, _ = Membership.objects.update_or_create(team=team, user=user, defaults=flags)
    return member


def _channels(scene: Scene) -> None:
    admin = Membership.objects.get(team=scene.team, is_admin=True)
    for name in ("Harbour Trust", "Harbour Trust Kids"):
        scene.channels.append(channel_services.connect_sandbox(member=admin, name=name))


def _post(
    scene: Scene,
    text: str,
    due: datetime,
    *,
    title: str = "",
    by: Membership | None = None,
    channels: int = 1,
    declarations: dict[str, str] | None = None,
    picture: tuple[bytes, str, str] | None = None,
    claims: list[dict[str, Any]] | None = None,
    more: list[str] | None = None,
) -> Post:
    """A draft; `picture` is its bytes, file name and alt text."""
    member = by or scene.author
    local = due.astimezone(scene.team.tz)
    draft = Draft(
        title=title,
        parts=[text, *(more or [])],
        declarations={**PLAIN, **(declarations or {})},
        due_local=f"{local:%Y-%m-%dT%H:%M}",
        due_zone=ZONE,
        fold=local.fold,
        variants={c.pk: (None, {}) for c in scene.channels[:channels]},
        claims=claims or [],
    )
    post = lifecycle.create(member=member, draft=draft)
    if picture:
        data, filename, alt = picture
        images.add(
            post_id=post.pk, version=post.version, member=member, data=data, filename=filename, alt=alt
        )
        post.refresh_from_db()
    return post


def _submit(post: Post, by: Membership, *, now: datetime | None = None) -> Submission:
    submission = lifecycle.submit(post_id=post.pk, version=post.version, member=by, now=now)
    runner.run(submission.pk)
    submission.refresh_from_db()
    post.refresh_from_db()
    return submission


def _approve(scene: Scene, submission: Submission) -> None:
    asked = submission.findings.filter(round=submission.round, level="attest").values_list("pk", flat=True)
    # The demo is made in a few seconds; a reviewer would have read for a while.
    readings.opened(submission, scene.reviewer.user, timezone.now() - timedelta(seconds=40))
    decisions.approve(
        submission_id=submission.pk, version=submission.version, member=scene.reviewer, attested=list(asked)
    )


def _at(days: int, hour: int, minute: int = 0) -> datetime:
    """A time on a day from today, as the team's clocks show it."""
    tz = timezone.now().astimezone(Team(zone=ZONE).tz)
    return (tz + timedelta(days=days)).replace(hour=hour, minute=minute, second=0, microsecond=0)


def _later(scene: Scene) -> None:
    """What waits: drafts, posts in review and posts that were countersigned."""
    _post(
        scene,
        "Winter opening times: from December the museum ship closes at four.",
        _at(9, 10),
        title="Winter opening",
    )
    _post(scene, "A year in numbers. (Figures to come from the annual report.)", _at(12, 15), by=scene.second)
    tides = _post(
        scene,
        "The tide tables for next week are on our page. Mind the spring tide on Friday.",
        _at(1, 12),
        title="New tide tables",
    )
    _approve(scene, _submit(tides, scene.author))
    crew = _post(
        scene,
        "Meet the crew: our workshop is open on Saturday from ten. Bring gloves and a warm coat.",
        _at(2, 17),
        title="Meet the crew",
        by=scene.second,
        channels=2,
        picture=(
            demo_pictures.harbour(),
            "harbour.jpg",
            "A sailing boat leaves the harbour in front of a low sun.",
        ),
    )
    _approve(scene, _submit(crew, scene.second))
    counted = "We did it: 340 volunteers, 12 beaches, one Saturday."
    results = _post(
        scene,
        f"{counted} Thank you to everybody who came.",
        timezone.now() + timedelta(hours=3),
        title="Beach clean-up results",
        declarations={"states_fact": "yes"},
        claims=[
            {
                "text": counted,
                "kind": "statistic",
                "stance": "evidence",
                "evidence": [demo_evidence.count_sheets(scene.author)],
            }
        ],
        picture=(demo_pictures.beach(), "beach.jpg", "Seven full green bags stand in a row on the sand."),
    )
    _submit(results, scene.author)
    visits = _post(
        scene,
        "School visits in spring can be booked from Monday. Each class gets half a day on the boat.",
        _at(3, 11),
        title="School visits",
        by=scene.second,
        more=[
            "What we need from you: the number of children, one adult for each eight, and a date in April or May."
        ],
    )
    _submit(visits, scene.second)


def _refused(scene: Scene) -> None:
    """What the gate stopped, each in its own way."""
    blocked = _post(
        scene,
        "Questions about the auction? Write to j.silva.private@mail.example or call +351 912 345 678.",
        _at(1, 18),
        title="Partner auction",
        by=scene.second,
    )
    _submit(blocked, scene.second)
    changes = _post(
        scene,
        "Our new ferry is the cleanest in the whole country, and it sails on Monday.",
        _at(4, 9),
        title="New ferry",
        claims=[
            {
                "text": "Our new ferry is the cleanest in the whole country, and it sails on Monday.",
                "kind": "superlative",
                "stance": "opinion",
            }
        ],
    )
    submission = _submit(changes, scene.author)
    decisions.ask_for_changes(
        submission_id=submission.pk,
        version=submission.version,
        member=scene.reviewer,
        reason="Cleanest by what measure? Add the survey, or say what we know ourselves.",
        clause="2.1",
    )
    rejected = _post(
        scene,
        "Some captains on this coast cannot even read a chart. You know who you are.",
        _at(5, 9),
        title="Chart reading",
        by=scene.second,
    )
    submission = _submit(rejected, scene.second)
    decisions.reject(
        submission_id=submission.pk,
        version=submission.version,
        member=scene.reviewer,
        reason="It mocks people who can be recognised. We invite, we do not shame.",
        clause="1.2",
    )
    given_up = _post(
        scene, "Open evening on the quay, with music. Rain or shine.", _at(2, 19), title="Open evening"
    )
    lifecycle.cancel(post_id=given_up.pk, member=scene.author, reason="The quay is closed for repairs.")


def _past(scene: Scene) -> None:
    """What the clock has overtaken: nobody was there to send, or nobody decided. None of it is sent late."""
    then = timezone.now() - timedelta(hours=2)
    missed = _post(
        scene, "Last places for the night walk along the pier.", then, title="Night walk", by=scene.second
    )
    _approve(scene, _submit(missed, scene.second, now=then - timedelta(hours=1)))
    expired = _post(
        scene, "Tonight: a talk about lighthouses, free for everybody.", then, title="Lighthouse talk"
    )
    _submit(expired, scene.author, now=then - timedelta(hours=1))
    missing.miss(post_ids=[missed.pk, expired.pk], now=timezone.now())
    back = _post(
        scene, "Our boat is back in the water after its winter rest.", _at(6, 10), title="Back in the water"
    )
    _submit(back, scene.author)
    lifecycle.withdraw(post_id=back.pk, member=scene.author)
    just = timezone.now() - timedelta(minutes=2)
    held = _post(scene, "The swing bridge opens at four today instead of five.", just, title="Swing bridge")
    _submit(held, scene.author, now=just - timedelta(hours=1))
    progress.hold(post_id=held.pk, reason="It is due, and the review says: in review.")


def _published(scene: Scene) -> None:
    """Sent for real, now: two go out, one only on one of its channels, one is refused by its platform."""
    now = timezone.now()
    texts = [
        (
            "Seal pup released",
            "The seal pup went back to the sea this morning. Keep your distance, and dogs on the lead.",
            2,
        ),
        (
            "Storm warning service",
            "Storm warnings for small boats now come by text message too. Sign up on our page.",
            1,
        ),
        (
            "Knots for beginners",
            "A bowline in three moves: up through the hole, round the tree, back down the hole.",
            2,
        ),
        ("Harbour radio", "Harbour radio moves to channel 14 tonight. Please listen before you call.", 1),
    ]
    picture = (demo_pictures.seal(), "seal.jpg", "A young seal looks out of the water.")
    posts = []
    for number, (title, text, channels) in enumerate(texts):
        post = _post(
            scene,
            text,
            now + timedelta(hours=1),
            title=title,
            channels=channels,
            picture=None if number else picture,
        )
        _approve(scene, _submit(post, scene.author))
        posts.append(post)
    partly, failed = posts[2], posts[3]
    for post, number in ((partly, 1), (failed, 0)):
        home = Path(settings.SANDBOX_DIR) / str(scene.team.pk) / scene.channels[number].account_id
        _send_now(scene, post, refused=(scene.channels[number], home))
    for post in posts[:2]:
        _send_now(scene, post)


def _send_now(scene: Scene, post: Post, refused: tuple[Channel, Path] | None = None) -> None:
    """Re-times the approved post to the minute that has just begun, inside its window, and sends it."""
    post.refresh_from_db()
    member = scene.team.members.get(user=post.author)
    at = timezone.now() - timedelta(minutes=1)
    local = at.astimezone(scene.team.tz)
    lifecycle.retime(
        post_id=post.pk,
        version=post.version,
        member=member,
        due_local=f"{local:%Y-%m-%dT%H:%M}",
        due_zone=ZONE,
        fold=local.fold,
        now=at - timedelta(minutes=2),
    )
    for delivery in post.deliveries.all():
        if refused and delivery.channel_id == refused[0].pk:
            rehearsal.ask_for(refused[1], Fault(Kind.REFUSED))
        sender.send(delivery.pk)
