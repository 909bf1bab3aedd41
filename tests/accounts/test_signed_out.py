"""A sign-in that ended while a page was open: the page keeps what was typed, and says what to do."""

import pytest
from django.test import Client

from accounts.views.errors import SIGNED_IN_ANEW, SIGNED_OUT, UNSENT
from tests import factories as make

BY_HTMX = {"HX-Request": "true"}


@pytest.fixture
def member(db):
    return make.member(make.team(), "author")


@pytest.mark.parametrize(
    ("method", "path"), [("post", "compose/preview/"), ("post", "compose/autosave/"), ("get", "log/")]
)
def test_htmx_hears_that_nobody_is_signed_in_and_gets_no_page_to_swap(member, method, path):
    answer = getattr(Client(), method)(f"/t/{member.team.slug}/{path}", headers=BY_HTMX)
    assert (answer.status_code, answer.content.decode()) == (401, SIGNED_OUT)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"


def test_htmx_hears_that_its_token_is_old(member):
    client = Client(enforce_csrf_checks=True)
    client.force_login(member.user, "django.contrib.auth.backends.ModelBackend")
    answer = client.post(f"/t/{member.team.slug}/compose/autosave/", headers=BY_HTMX)
    assert (answer.status_code, answer.content.decode()) == (401, SIGNED_IN_ANEW)
    assert client.post(f"/t/{member.team.slug}/compose/autosave/").status_code == 403


def test_who_sent_a_form_hears_on_the_sign_in_page_that_it_was_not_kept(member):
    client = Client()
    answer = client.post(f"/t/{member.team.slug}/compose/", {"text": "Gone?"}, follow=True)
    assert answer.redirect_chain[0][0].startswith("/accounts/login/?next=")
    assert UNSENT in answer.content.decode()


def test_who_opens_a_page_is_sent_to_sign_in_without_a_word_about_forms(member):
    answer = Client().get(f"/t/{member.team.slug}/compose/", follow=True)
    assert UNSENT not in answer.content.decode()
