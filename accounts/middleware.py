"""Puts the team of the address on the request, for templates of pages that are not the team's own (errors)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class TeamMiddleware:
    """`request.team` and `request.member` are None until `team_page` has found a membership."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.team = request.member = None  # type: ignore[attr-defined]  # see accounts.access.TeamRequest
        return self.get_response(request)
