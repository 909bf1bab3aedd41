"""What becomes of posts on their way when a piece that they rest on is retired: their people hear, the pages say it,
and nobody approves them any more. An approval that was given is a person's word: it stands until one revokes it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from accounts.clean import sentence
from accounts.models import User
from accounts.notices import notify, who_hears
from gate.errors import NotAllowed
from gate.evidence import library
from gate.models import Decision, Evidence, Submission
from ledger.models import Entry

State = Submission.State


@dataclass(frozen=True, slots=True)
class Retired:
    """A piece that a submission cites. `reason`: as the log has it; "" where that was erased."""

    piece: Evidence
    reason: str


def of(submission: Submission) -> list[Retired]:
    """What a submission cites and was retired."""
    rows = _cited(submission).exclude(retired_at=None).select_related("retired_by", "renews")
    return [Retired(row, reason(row)) for row in rows.order_by("pk")]


def reason(piece: Evidence) -> str:
    """Why it was retired, with its full stop; "" where it was not, or where the log's words were erased."""
    if piece.retired_at is None:
        return ""
    first = library.chain(piece)[0]
    said = Entry.objects.filter(
        team_id=piece.team_id, kind="evidence.retired", subject=f"evidence:{first.pk}"
    ).first()
    words = (said.texts.get("reason") or "") if said else ""
    return sentence(words) if words else ""


def require_none(submission: Submission) -> None:
    """Nobody approves what rests on a retired piece. The rows stay locked until the transaction ends: whoever retires
    one of them meanwhile waits, and then finds the approval and tells its people. Raises NotAllowed."""
    rows = list(_cited(submission).select_for_update(no_key=True).order_by("pk"))
    for row in rows:
        if row.retired_at is not None:
            raise NotAllowed(
                f"The evidence “{row.title}” was retired, so nobody can approve what rests on it. Nothing was decided: "
                "ask for changes, so that its author gives other evidence."
            )


def tell(pieces: Collection[Evidence], why: str) -> None:
    """Each open submission that cites one of them: its author, and those who approved it. A post that is out keeps its
    approval until it ends, so that its people hear too."""
    waiting = library.cited_by_waiting(next(iter(pieces)).team)
    for piece in pieces:
        for submission in waiting.get(piece.pk, ()):
            _tell(submission, piece, why)


def _tell(submission: Submission, piece: Evidence, why: str) -> None:
    team = submission.team
    text = f"“{piece.title[:80]}” was retired, and carries a claim of {sentence(submission.title[:120])}"
    approved = submission.state == State.APPROVED
    do = "What is not out goes out unless it is revoked." if approved else "Nobody can approve it so."
    text = f"{text} {do} Submit it with other evidence if need be. Reason: {sentence(why[:150])}"
    authors = who_hears(team, submission.author)
    notify(team=team, users=authors, text=text, url=submission.origin_url)
    others = {user.pk: user for each in _approvers(submission) for user in who_hears(team, each)}
    notify(
        team=team,
        users=[user for pk, user in others.items() if pk not in {each.pk for each in authors}],
        text=text,
        url=f"/t/{team.slug}/review/{submission.pk}/",
    )


def _approvers(submission: Submission) -> Iterable[User]:
    """Those whose approval stands, the first of two included."""
    given = (Decision.Kind.FIRST, Decision.Kind.APPROVE)
    rows = submission.decisions.filter(kind__in=given, round=submission.round)
    return [row.reviewer for row in rows.select_related("reviewer").order_by("pk")]


def _cited(submission: Submission) -> QuerySet[Evidence]:
    ids = {each.id for each in library.cited(submission.frozen)}
    return Evidence.objects.filter(team=submission.team_id, pk__in=ids)
