"""Who is asked about an outcome that nobody saw, and who hears how it ended."""

from __future__ import annotations

from accounts.models import Membership, Notice, User
from accounts.notices import notify
from gate.models import Decision
from scheduler.models import Delivery, Post


def url(delivery: Delivery, post: Post) -> str:
    """The page on which a person says what they see."""
    return f"/t/{post.team.slug}/deliveries/{delivery.pk}/"


def ask(delivery: Delivery, post: Post) -> None:
    """Nothing can be read any more, so people are asked; those who were asked before and wanted it left are not."""
    if delivery.left_at is None:
        text = f"It may be out: {post} on {delivery.channel}. Look at the account and say what you see."
        notify(team=post.team, users=concerned(delivery, post), text=text, url=url(delivery, post))


def tell(delivery: Delivery, post: Post, text: str, *, by: User) -> None:
    """Somebody has answered: everybody else who is concerned or was asked hears it."""
    users = {user.pk: user for user in [*concerned(delivery, post), *_asked(delivery, post)]}
    users.pop(by.pk, None)
    notify(team=post.team, users=users.values(), text=text, url=url(delivery, post))


def tell_those_asked(delivery: Delivery, post: Post, text: str) -> None:
    """It settled itself after people were asked: they need not look any more."""
    notify(team=post.team, users=_asked(delivery, post), text=text, url=url(delivery, post))


def concerned(delivery: Delivery, post: Post) -> list[User]:
    """Who wrote it and who approved it, as far as they are in the team; where no approver is, every reviewer."""
    members = Membership.objects.filter(team=post.team, ended_at__isnull=True, user__is_active=True)
    wrote = {post.author_id, *post.editors.values_list("user_id", flat=True)}
    approvals = Decision.objects.filter(submission=delivery.submission_id, kind=Decision.Kind.APPROVE)
    reviewers = members.filter(user__in=list(approvals.values_list("reviewer_id", flat=True)))
    if not reviewers.exists():
        reviewers = members.filter(is_reviewer=True)
    people = members.filter(user__in=wrote) | reviewers
    return list(User.objects.filter(pk__in=people.values("user")).order_by("pk"))


def _asked(delivery: Delivery, post: Post) -> list[User]:
    told = Notice.objects.filter(team=post.team, url=url(delivery, post)).values("user")
    members = Membership.objects.filter(team=post.team, ended_at__isnull=True, user__in=told)
    return list(User.objects.filter(pk__in=members.values("user"), is_active=True).order_by("pk"))
