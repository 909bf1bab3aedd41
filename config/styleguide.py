"""The page of all components, for developers: /styleguide/ while DEBUG is on."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone


def styleguide(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    times = {
        "now": now,
        "soon": now + timedelta(minutes=42),
        "ago": now - timedelta(minutes=4),
        "past": now - timedelta(days=3),
    }
    return render(request, "styleguide.html", times)
