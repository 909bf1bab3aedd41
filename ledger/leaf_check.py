"""Does one row say what its leaf says? The leaf is what was hashed; everything else only repeats it."""

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from ledger import leaf as leaves
from ledger import merkle
from ledger.models import Entry

_COLUMNS = {
    "index": "index",
    "team": "team_id",
    "seq": "team_seq",
    "kind": "kind",
    "outcome": "outcome",
    "actor": "actor_id",
    "subject": "subject",
}


def problems(row: Entry) -> Iterator[str]:
    """What does not agree about one entry, whose tags and personal texts are prefetched."""
    if merkle.leaf_hash(row.leaf.encode("utf-8")).hex() != row.leaf_hash:
        yield "its leaf does not have its leaf hash"
    content = _read(row.leaf)
    if content is None:
        yield "its leaf is not canonical JSON of this log"
        return
    yield from _columns(row, content)
    yield from _tags(row, content)
    yield from _personal(row, content)


def gone(row: Entry) -> list[str]:
    """The fields whose personal text is not there any more."""
    content = _read(row.leaf) or {"personal": {}}
    return sorted(set(content["personal"]) - {text.field for text in row.personal.all()})


def erased(row: Entry) -> list[tuple[int, str]]:
    """What an entry of kind "ledger.erased" says was erased: (index of the entry, field)."""
    data = (_read(row.leaf) or {"data": {}})["data"]
    return [(data.get("entry"), field) for field in data.get("fields", ())]


def _read(text: str) -> dict[str, Any] | None:
    try:
        content = json.loads(text)
        if leaves.canonical(content) != text or content["v"] != leaves.VERSION:
            return None
    except (ValueError, KeyError, TypeError):
        return None
    complete = {*_COLUMNS, "v", "at", "data", "personal", "tags"} == set(content)
    return content if complete else None


def _columns(row: Entry, content: dict[str, Any]) -> Iterator[str]:
    for name, column in _COLUMNS.items():
        if content[name] != getattr(row, column):
            yield f"its column {column} says {getattr(row, column)!r}, its leaf {content[name]!r}"
    if leaves.moment(row.at) != content["at"]:
        yield f"its column at says {leaves.moment(row.at)}, its leaf {content['at']}"


def _tags(row: Entry, content: dict[str, Any]) -> Iterator[str]:
    stored: dict[str, list[str]] = defaultdict(list)
    for tag in sorted(row.tags.all(), key=lambda tag: (tag.name, tag.value)):
        stored[tag.name].append(tag.value)
        if tag.team_id != row.team_id:
            yield f"its tag {tag} is filed under team {tag.team_id}"
    if leaves.tag_values(stored) != content["tags"]:
        yield "its tags are not those of its leaf"


def _personal(row: Entry, content: dict[str, Any]) -> Iterator[str]:
    for text in sorted(row.personal.all(), key=lambda text: text.field):
        digest = content["personal"].get(text.field)
        if digest is None:
            yield f"its leaf knows no personal text {text.field!r}"
        elif not _fits(text.salt, text.text, digest):
            yield f"its personal text {text.field!r} is not the one that was written"


def _fits(salt: str, text: str, digest: str) -> bool:
    try:
        return leaves.personal_digest(salt, text) == digest
    except ValueError:
        return False
