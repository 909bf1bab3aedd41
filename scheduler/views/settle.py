"""One delivery: what was sent when, what the looks at the platform saw, and, where nobody knows whether it is out, what
a person says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.access import TeamRequest, team_page
from accounts.clean import number
from accounts.models import Role
from gate.errors import Incomplete
from scheduler import delivery_story, forms, settle, when
from scheduler import preview as live
from scheduler.models import Delivery
from scheduler.settle import Seen
from scheduler.views.answers import REFUSALS, Refusal, status_of

SUGGESTED: Final = timedelta(minutes=10)
"""How far ahead the page suggests to send again what is past its window."""
AGAIN, LEAVE = "again", "leave"
DONE: Final = {
    Seen.ALL: "Settled: it is out. Thank you for looking.",
    Seen.PART: "Settled: a part of it is out. Thank you for looking.",
    Seen.NONE: "Settled: it is not out, and it is not sent. Thank you for looking.",
    AGAIN: "To be sent again. The log says that you looked and did not find it.",
    LEAVE: "Left as it is. Nobody is asked about it any more; it can still be settled here.",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the form says; `attempt` is the last one that its page showed."""

    answer: str = ""
    attempt: int = -1
    url: str = ""
    looked: bool = False
    date: str = ""
    time: str = ""
    fold: int | None = None


@team_page()
@require_GET
def page(request: TeamRequest, pk: int) -> HttpResponse:
    return _page(request, _delivery(request, pk), Answer())


@team_page(Role.AUTHOR, Role.REVIEWER, Role.ADMIN)
@require_POST
def answer(request: TeamRequest, pk: int) -> HttpResponse:
    """Somebody has looked at the account and says what they see, or leaves it."""
    delivery = _delivery(request, pk)
    said = _read(request)
    try:
        _act(request, delivery, said)
    except REFUSALS as error:
        return _page(request, _delivery(request, pk), said, error)
    messages.success(request, DONE[said.answer])
    return redirect("delivery", request.team.slug, pk)


def _act(request: TeamRequest, delivery: Delivery, said: Answer) -> None:
    about: dict[str, Any] = {"delivery_id": delivery.pk, "member": request.member, "after": said.attempt}
    if said.answer == AGAIN:
        settle.send_again(**about, looked=said.looked, due_at=_new_time(request, said))
    elif said.answer == LEAVE:
        settle.leave(**about)
    elif said.answer in Seen.values:
        settle.say(**about, seen=Seen(said.answer), url=said.url)
    else:
        raise Incomplete("Say what you see on the account, or leave it. Nothing was changed.")


def _new_time(request: TeamRequest, said: Answer) -> datetime | None:
    """The time that the form gives, in the team's zone; None where it gives none. Raises WhenError."""
    if not said.date and not said.time:
        return None
    return when.resolve(f"{said.date}T{said.time[:5]}", request.team.zone, fold=said.fold)


def _read(request: TeamRequest) -> Answer:
    given = request.POST
    attempt = number(given.get("attempt", ""))
    return Answer(
        answer=given.get("answer", ""),
        attempt=-1 if attempt is None else attempt,
        url=given.get("url", "").strip(),
        looked=given.get("looked") == "yes",
        date=given.get("due_date", "")[:10],
        time=given.get("due_time", "")[:8],
        fold={"0": 0, "1": 1}.get(given.get("fold", "")),
    )


def _delivery(request: TeamRequest, pk: int) -> Delivery:
    rows = Delivery.objects.select_related("team", "channel", "submission", "post", "post__team", "left_by")
    return get_object_or_404(rows.prefetch_related("attempts"), pk=pk, team=request.team)


def _page(
    request: TeamRequest, delivery: Delivery, said: Answer, error: Refusal | None = None
) -> HttpResponse:
    frozen = delivery.submission.frozen
    content = replace(frozen, channels=(frozen.channels[delivery.position],))
    now = timezone.now()
    is_late = delivery.is_late(now)
    if is_late and not said.date:
        at = (now + SUGGESTED).astimezone(request.team.tz)
        said = replace(said, date=f"{at:%Y-%m-%d}", time=f"{at:%H:%M}")
    typed = forms.Typed(
        team=request.team, date=said.date, time=said.time, zone=request.team.zone, fold=said.fold
    )
    member = request.member
    context = {
        "delivery": delivery,
        "post": delivery.post,
        "views": live.channel_views(content, [delivery.channel], []),
        "steps": delivery_story.steps(delivery),
        "account_url": settle.account_url(delivery.channel),
        "last_attempt": settle.last_attempt(delivery),
        "is_thread": len(delivery.record_keys) > 1,
        "is_late": is_late,
        "why_not_again": settle.why_not_again(delivery, now, now),
        "may_settle": member.is_author or member.is_reviewer or member.is_admin,
        "said": said,
        "typed": typed,
        "when": forms.look_at_time(typed),
        "error": error,
        "nav_current": "calendar",
    }
    return render(request, "scheduler/delivery.html", context, status=status_of(error) if error else 200)
