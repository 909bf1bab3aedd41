"""Thousands of true entries at once: the leaves, hashes, tags, texts and tree that `ledger.services.append` would have
written one by one, in a few statements."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from django.db import transaction

from accounts.models import Team
from ledger import leaf as leaves
from ledger import merkle, services
from ledger.models import Entry, Erasable, Node, Tag

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
EVERY = timedelta(minutes=7)
KINDS = (
    ("post.submitted", ""),
    ("submission.approved", "approved"),
    ("delivery.sent", "sent"),
    ("delivery.failed", "failed"),
)


@transaction.atomic
def append_many(team: Team, count: int, *, person: int, channel: str) -> None:
    """`count` entries of posts, one post to every four of them."""
    services.lock_writers()
    first, seq = services.size(), Entry.objects.filter(team_id=team.pk).count()
    made = [_entry(team, first + n, seq + n, n, person, channel) for n in range(count)]
    Entry.objects.bulk_create([entry for entry, _, _ in made], batch_size=500)
    Tag.objects.bulk_create([tag for _, tags, _ in made for tag in tags], batch_size=500)
    Erasable.objects.bulk_create([text for _, _, text in made], batch_size=500)
    _grow(first)


def _entry(
    team: Team, index: int, seq: int, n: int, person: int, channel: str
) -> tuple[Entry, list[Tag], Erasable]:
    kind, outcome = KINDS[n % 4]
    at, subject, salt, title = START + n * EVERY, f"post:{n // 4}", leaves.new_salt(), f"Post number {n // 4}"
    tags = leaves.tag_values({"origin": [subject], "person": [person], "channel": [channel]})
    text = leaves.canonical(
        {
            "v": leaves.VERSION,
            "index": index,
            "team": team.pk,
            "seq": seq,
            "at": leaves.moment(at),
            "kind": kind,
            "outcome": outcome,
            "actor": person,
            "subject": subject,
            "data": {"digest": f"{n:064x}"},
            "personal": {"title": leaves.personal_digest(salt, title)},
            "tags": tags,
        }
    )
    entry = Entry(
        index=index,
        team_id=team.pk,
        team_seq=seq,
        at=at,
        kind=kind,
        outcome=outcome,
        actor_id=person,
        subject=subject,
        leaf=text,
        leaf_hash=merkle.leaf_hash(text.encode()).hex(),
    )
    filed = [
        Tag(entry=entry, team_id=team.pk, name=name, value=value) for name, [value] in sorted(tags.items())
    ]
    return entry, filed, Erasable(entry=entry, field="title", salt=salt, text=title)


def _grow(first: int) -> None:
    """The complete subtrees that were not there when the log had `first` entries."""
    hashes = Entry.objects.order_by("index").values_list("leaf_hash", flat=True)
    row, level, nodes = [bytes.fromhex(value) for value in hashes], 0, []
    while len(row) > 1:
        row = [merkle.node_hash(left, right) for left, right in list(pairwise(row))[::2]]
        level += 1
        known = first >> level
        nodes += [Node(level=level, index=i, hash=row[i].hex()) for i in range(known, len(row))]
    Node.objects.bulk_create(nodes, batch_size=500)
