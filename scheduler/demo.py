"""The demo team: a small harbour charity, with posts in every state, made through the product's own services.

Nothing is written past them: what is published here was frozen, checked, countersigned and sent like anything else.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import channels as channel_services
from accounts import services as accounts
from accounts.models import Channel, Membership, Role, Team, User
from gate import decisions, policy
from platforms import rehearsal
from platforms.rehearsal import Fault, Kind
from scheduler import (
    demo_evidence,
    demo_pictures,
    demo_two_people,
    lifecycle,
    missing,
    progress,
    sender,
    teams,
)
from scheduler.demo_scene import ZONE, Scene, approve, at, submit, write
from scheduler.models import Post

SLUG = "harbour-trust"
PEOPLE = [
    ("Amara Obi", "author@harbour.example", {Role.AUTHOR}),
    ("Tomás Vidal", "author2@harbour.example", {Role.AUTHOR}),
    ("Rosa Marín", "reviewer@harbour.example", {Role.REVIEWER}),
    ("Jonas Lindqvist", "reviewer2@harbour.example", {Role.REVIEWER}),
    ("Ken Adeyemi", "auditor@harbour.example", {Role.AUDITOR}),
    ("Inês Duarte", "admin@harbour.example", {Role.ADMIN}),
]


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
    say("Writing, checking and countersigning a score of posts ...")
    _later(scene)
    demo_two_people.build(scene)
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
            **demo_two_people.settings(),
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
        members["reviewer2@harbour.example"],
    )


def _member(team: Team, user: User, roles: set[Role]) -> Membership:
    flags = {f"is_{role.value}": role in roles for role in Role}
    member, _ = Membership.objects.update_or_create(team=team, user=user, defaults=flags)
    return member


def _channels(scene: Scene) -> None:
    admin = Membership.objects.get(team=scene.team, is_admin=True)
    for name in ("Harbour Trust", "Harbour Trust Kids"):
        scene.channels.append(channel_services.connect_sandbox(member=admin, name=name))


def _later(scene: Scene) -> None:
    """What waits: drafts, posts in review and posts that were countersigned."""
    write(
        scene,
        "Winter opening times: from December the museum ship closes at four.",
        at(9, 10),
        title="Winter opening",
    )
    write(scene, "A year in numbers. (Figures to come from the annual report.)", at(12, 15), by=scene.second)
    tides = write(
        scene,
        "The tide tables for next week are on our page. Mind the spring tide on Friday.",
        at(1, 12),
        title="New tide tables",
    )
    approve(scene, submit(tides, scene.author))
    crew = write(
        scene,
        "Meet the crew: our workshop is open on Saturday from ten. Bring gloves and a warm coat.",
        at(2, 17),
        title="Meet the crew",
        by=scene.second,
        channels=2,
        picture=(
            demo_pictures.harbour(),
            "harbour.jpg",
            "A sailing boat leaves the harbour in front of a low sun.",
        ),
    )
    approve(scene, submit(crew, scene.second))
    counted = "We did it: 340 volunteers, 12 beaches, one Saturday."
    results = write(
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
    submit(results, scene.author)
    visits = write(
        scene,
        "School visits in spring can be booked from Monday. Each class gets half a day on the boat.",
        at(3, 11),
        title="School visits",
        by=scene.second,
        more=[
            "What we need from you: the number of children, one adult for each eight, and a date in April or May."
        ],
    )
    submit(visits, scene.second)


def _refused(scene: Scene) -> None:
    """What the gate stopped, each in its own way."""
    blocked = write(
        scene,
        "Questions about the auction? Write to j.silva.private@mail.example or call +351 912 345 678.",
        at(1, 18),
        title="Partner auction",
        by=scene.second,
    )
    submit(blocked, scene.second)
    changes = write(
        scene,
        "Our new ferry is the cleanest in the whole country, and it sails on Monday.",
        at(4, 9),
        title="New ferry",
        claims=[
            {
                "text": "Our new ferry is the cleanest in the whole country, and it sails on Monday.",
                "kind": "superlative",
                "stance": "opinion",
            }
        ],
    )
    submission = submit(changes, scene.author)
    decisions.ask_for_changes(
        submission_id=submission.pk,
        version=submission.version,
        member=scene.reviewer,
        reason="Cleanest by what measure? Add the survey, or say what we know ourselves.",
        clause="2.1",
    )
    rejected = write(
        scene,
        "Some captains on this coast cannot even read a chart. You know who you are.",
        at(5, 9),
        title="Chart reading",
        by=scene.second,
    )
    submission = submit(rejected, scene.second)
    decisions.reject(
        submission_id=submission.pk,
        version=submission.version,
        member=scene.reviewer,
        reason="It mocks people who can be recognised. We invite, we do not shame.",
        clause="1.2",
    )
    given_up = write(
        scene, "Open evening on the quay, with music. Rain or shine.", at(2, 19), title="Open evening"
    )
    lifecycle.cancel(post_id=given_up.pk, member=scene.author, reason="The quay is closed for repairs.")


def _past(scene: Scene) -> None:
    """What the clock has overtaken: nobody was there to send, or nobody decided. None of it is sent late."""
    then = timezone.now() - timedelta(hours=2)
    missed = write(
        scene, "Last places for the night walk along the pier.", then, title="Night walk", by=scene.second
    )
    approve(scene, submit(missed, scene.second, now=then - timedelta(hours=1)))
    expired = write(
        scene, "Tonight: a talk about lighthouses, free for everybody.", then, title="Lighthouse talk"
    )
    submit(expired, scene.author, now=then - timedelta(hours=1))
    missing.miss(post_ids=[missed.pk, expired.pk], now=timezone.now())
    back = write(
        scene, "Our boat is back in the water after its winter rest.", at(6, 10), title="Back in the water"
    )
    submit(back, scene.author)
    lifecycle.withdraw(post_id=back.pk, member=scene.author)
    just = timezone.now() - timedelta(minutes=2)
    held = write(scene, "The swing bridge opens at four today instead of five.", just, title="Swing bridge")
    submit(held, scene.author, now=just - timedelta(hours=1))
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
        post = write(
            scene,
            text,
            now + timedelta(hours=1),
            title=title,
            channels=channels,
            picture=None if number else picture,
        )
        approve(scene, submit(post, scene.author))
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
    begun = timezone.now() - timedelta(minutes=1)
    local = begun.astimezone(scene.team.tz)
    lifecycle.retime(
        post_id=post.pk,
        version=post.version,
        member=member,
        due_local=f"{local:%Y-%m-%dT%H:%M}",
        due_zone=ZONE,
        fold=local.fold,
        now=begun - timedelta(minutes=2),
    )
    for delivery in post.deliveries.all():
        if refused and delivery.channel_id == refused[0].pk:
            rehearsal.ask_for(refused[1], Fault(Kind.REFUSED))
        sender.send(delivery.pk)
