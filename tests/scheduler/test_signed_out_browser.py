"""The compose page in Chromium when the sign-in ends while somebody writes."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, expect

from accounts.models import Membership
from accounts.views.errors import SIGNED_OUT
from scheduler.models import Post
from tests.scheduler.pages import url

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = "The ferry sails at nine from the old harbour."


def sign_in(context: BrowserContext, author: Membership, at: str) -> None:
    client = Client()
    client.force_login(author.user, "django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    context.clear_cookies()  # the token of the forms with them, as signing in changes it
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": at}])


def test_words_typed_after_the_sign_in_ended_are_saved_after_signing_in_again(
    browser: Browser, live_server: Any, author: Membership
) -> None:
    context = browser.new_context(base_url=live_server.url)
    sign_in(context, author, live_server.url)
    page = context.new_page()
    page.goto(url("compose", author))
    Session.objects.all().delete()
    page.locator("#text-all-0").fill(WORDS)
    expect(page.locator("#saved")).to_have_text(SIGNED_OUT)
    expect(page.get_by_text("Sign in", exact=True)).to_have_count(0)
    page.locator(".decide").get_by_role("button", name="Save draft").click()
    expect(page.locator(".toast", has_text=SIGNED_OUT)).to_have_count(1)
    expect(page.locator("#text-all-0")).to_have_value(WORDS)
    assert not Post.objects.exists()
    sign_in(context, author, live_server.url)
    page.locator(".decide").get_by_role("button", name="Save draft").click()
    page.wait_for_url("**/edit/")
    assert Post.objects.get().parts == [WORDS]
    context.close()
