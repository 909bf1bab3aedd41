"""The page of a post in Chromium: while its deliveries wait, it looks again by itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, expect

from accounts.models import Channel
from platforms.rehearsal import Fault, Kind, ask_for
from scheduler import sender
from scheduler.models import Delivery
from tests.must_hold.sending import due_delivery, home
from tests.scheduler.pages import url

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_what_waits_is_shown_as_sent_without_a_reload(browser: Browser, live_server: Any) -> None:
    delivery = due_delivery()
    ask_for(home(delivery), Fault(Kind.BUSY, retry_after=90.0))
    sender.send(delivery.pk)
    author = delivery.team.members.get(user=delivery.post.author)
    client = Client()
    client.force_login(author.user, "django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    context = browser.new_context(base_url=live_server.url)
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page = context.new_page()
    page.clock.install()
    page.goto(url("post", author, delivery.post_id))
    expect(page.locator("#deliveries")).to_contain_text("Next try")
    story = page.locator(f"#steps-{delivery.pk}")
    story.focus()
    Channel.objects.update(quiet_until=None)
    Delivery.objects.update(next_try_at=None)
    sender.send(delivery.pk)
    page.clock.run_for(5_000)
    expect(page.locator("#deliveries")).to_contain_text("Attempt 2: sent")
    expect(page.locator("#deliveries")).not_to_contain_text("Next try")
    expect(page.locator("#step-title")).to_have_text("Published")
    expect(story).to_be_focused()
    expect(page.locator("#deliveries[hx-get]")).to_have_count(0)
    context.close()
