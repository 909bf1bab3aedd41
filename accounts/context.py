"""What every template may count on, whatever the page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.models import Team


def product(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    return {
        "product_name": settings.PRODUCT_NAME,
        "theme": theme if theme in {"light", "dark"} else "",
        "team": getattr(request, "team", None),
        "member": getattr(request, "member", None),
        "teams": _teams(request),
    }


def _teams(request: HttpRequest) -> list[Team]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or getattr(request, "team", None) is None:
        return []
    return list(Team.objects.filter(members__user=user, members__ended_at__isnull=True).order_by("name"))
