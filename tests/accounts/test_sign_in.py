"""Signing in: by password, locked out, with a second factor; and no signing up."""

import base64
import hashlib
import hmac
import struct
import time
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.core.cache import cache
from django.db import connection
from django.test import Client

from accounts import services
from accounts.models import Membership, User
from tests import factories
from tests.accounts.log import written

pytestmark = pytest.mark.django_db

ADDRESS = "rosa@example.org"


@pytest.fixture(autouse=True)
def rosa(db: None) -> User:
    cache.clear()  # allauth's rate limits
    return services.create_user(email=ADDRESS, name="Rosa Marín", password=factories.PASSWORD)


def sign_in(client: Client, password: str, email: str = ADDRESS) -> int:
    return client.post("/accounts/login/", {"login": email, "password": password}).status_code


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_the_right_password_signs_in_whatever_the_case_of_the_address() -> None:
    client = Client()
    sign_in(client, factories.PASSWORD, "Rosa@Example.ORG")
    assert is_signed_in(client)


def test_signing_in_is_not_announced() -> None:
    client = Client()
    response = client.post(
        "/accounts/login/", {"login": ADDRESS, "password": factories.PASSWORD}, follow=True
    )
    assert "You are in no team" in response.content.decode()
    assert not list(response.context["messages"])


def test_a_wrong_password_is_refused_and_the_address_kept() -> None:
    client = Client()
    page = client.post("/accounts/login/", {"login": ADDRESS, "password": "wrong"}).content.decode()
    assert not is_signed_in(client)
    assert f'value="{ADDRESS}"' in page


def test_eight_wrong_tries_lock_out_and_the_right_password_too() -> None:
    client = Client()
    assert [sign_in(client, "wrong") for _ in range(7)] == [200] * 7
    response = client.post("/accounts/login/", {"login": ADDRESS, "password": "wrong"})
    assert response.status_code == 429
    page = response.content.decode()
    assert "Too many wrong passwords" in page
    assert ADDRESS in page
    assert sign_in(client, factories.PASSWORD) == 429
    assert sign_in(Client(), factories.PASSWORD, ADDRESS.upper()) == 429
    assert not is_signed_in(client)


def test_the_lock_out_counts_the_address_and_shuts_nobody_else_out() -> None:
    services.create_user(email="jun@example.org", name="Jun", password=factories.PASSWORD)
    for _ in range(8):
        sign_in(Client(), "wrong")
    attempt = AccessAttempt.objects.get()
    assert (attempt.username, attempt.failures_since_start) == (ADDRESS, 8)
    assert "wrong" not in attempt.post_data
    other = Client()
    sign_in(other, factories.PASSWORD, "jun@example.org")
    assert is_signed_in(other)


def test_an_address_without_account_is_locked_out_alike() -> None:
    """Otherwise the lock-out would tell who has an account."""
    tries = [sign_in(Client(), "wrong", "nobody@example.org") for _ in range(8)]
    assert tries == [200] * 7 + [429]


def test_a_success_starts_the_count_anew() -> None:
    for _ in range(7):
        sign_in(Client(), "wrong")
    sign_in(Client(), factories.PASSWORD)
    assert not AccessAttempt.objects.exists()


def test_passwords_are_not_in_the_server_log() -> None:
    with written() as text:
        for password in ("wrong-Pass-word", factories.PASSWORD):
            sign_in(Client(), password)
    assert text.getvalue()
    assert "wrong-Pass-word" not in text.getvalue()
    assert factories.PASSWORD not in text.getvalue()


def test_nobody_signs_up_without_an_invitation() -> None:
    client = Client()
    page = client.get("/accounts/signup/").content.decode().lower()
    assert "invit" in page
    given = {"email": "new@example.org", "password1": factories.PASSWORD, "password2": factories.PASSWORD}
    client.post("/accounts/signup/", given)
    assert not User.objects.filter(email="new@example.org").exists()


def test_who_was_switched_off_does_not_come_in(rosa: User) -> None:
    rosa.is_active = False
    rosa.save()
    client = Client()
    sign_in(client, factories.PASSWORD)
    assert not is_signed_in(client)


@pytest.mark.parametrize("page", ["", "totp/activate/", "webauthn/", "webauthn/add/"])
def test_the_pages_of_the_second_factor_open(page: str) -> None:
    assert confirmed().get(f"/accounts/2fa/{page}").status_code == 200


def test_setting_an_app_up_goes_in_three_steps_and_keeps_the_secret_after_a_wrong_code() -> None:
    client = confirmed()
    response = client.get("/accounts/2fa/totp/activate/")
    page, secret = response.content.decode(), response.context["form"].secret
    assert page.split('<ol class="steps">')[1].split("</ol>")[0].count("<li>") == 3
    assert f'data-copy="{secret}"' in page
    assert " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)) in page
    assert "Code from the app</label>" in page
    again = client.post("/accounts/2fa/totp/activate/", {"code": "nonsense"}).content.decode()
    assert f'data-copy="{secret}"' in again
    assert 'aria-invalid="true"' in again
    assert 'role="alert"' in again


def test_a_key_is_added_with_what_the_browsers_script_looks_for() -> None:
    page = confirmed().get("/accounts/2fa/webauthn/add/").content.decode()
    for name in ("mfa_webauthn_add", "id_passwordless", "id_credential", "js_data"):
        assert page.count(f'id="{name}"') == 1
        assert f'"{name}"' in page.split('data-allauth-onload="allauth.webauthn.forms.addForm"')[1]
    assert "Sign in with it alone" in page


def test_changing_the_second_factor_asks_for_the_password_again() -> None:
    client = Client()
    sign_in(client, factories.PASSWORD)
    response = client.get("/accounts/2fa/totp/activate/")
    assert response.headers["Location"].startswith("/accounts/reauthenticate/")


def confirmed() -> Client:
    """Signed in, and the password given once more."""
    client = Client()
    sign_in(client, factories.PASSWORD)
    client.post("/accounts/reauthenticate/", {"password": factories.PASSWORD})
    return client


def code_of(secret: str) -> str:
    """RFC 6238, six digits, 30 seconds."""
    key = base64.b32decode(secret)
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def with_second_factor() -> str:
    """Sets TOTP up over the pages; gives the secret."""
    client = confirmed()
    page = client.get("/accounts/2fa/totp/activate/")
    secret: str = page.context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    cache.clear()  # a code counts once; here the same half minute is used twice
    return secret


def test_with_a_second_factor_the_password_is_not_enough() -> None:
    secret = with_second_factor()
    client = Client()
    response = client.post("/accounts/login/", {"login": ADDRESS, "password": factories.PASSWORD})
    assert not is_signed_in(client)
    assert response.headers["Location"] == "/accounts/2fa/authenticate/"
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert is_signed_in(client)


def at_the_second_factor() -> Client:
    """The password was right; the code is asked for."""
    client = Client()
    client.post("/accounts/login/", {"login": ADDRESS, "password": factories.PASSWORD})
    return client


def wrong_codes(client: Client, number: int) -> str:
    """The page after so many wrong codes."""
    pages = [client.post("/accounts/2fa/authenticate/", {"code": "wrong"}) for _ in range(number)]
    assert {page.status_code for page in pages} == {200}
    return pages[-1].content.decode()


def test_recovery_codes_are_made_anew_only_after_a_word_about_the_old_ones() -> None:
    client = confirmed()
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    page = client.get("/accounts/2fa/recovery-codes/generate/").content.decode()
    assert "stop working as soon as new ones are made" in page
    assert 'class="btn danger">Make new codes</button>' in page


def test_the_second_factor_cannot_be_guessed_without_end() -> None:
    secret = with_second_factor()
    client = at_the_second_factor()
    assert "Too many wrong codes" not in wrong_codes(client, 10)
    assert "Too many wrong codes. Wait five minutes" in wrong_codes(client, 1)
    for browser in (client, at_the_second_factor()):
        page = browser.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}).content.decode()
        assert "Too many wrong codes" in page, "another browser and the right code change nothing"
        assert not is_signed_in(browser)


def test_the_guesses_of_one_shut_nobody_else_out() -> None:
    with_second_factor()
    wrong_codes(at_the_second_factor(), 11)
    services.create_user(email="jun@example.org", name="Jun", password=factories.PASSWORD)
    other = Client()
    sign_in(other, factories.PASSWORD, "jun@example.org")
    assert is_signed_in(other)


def test_a_right_code_starts_the_count_anew() -> None:
    secret = with_second_factor()
    wrong_codes(at_the_second_factor(), 9)
    client = at_the_second_factor()
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert is_signed_in(client)
    assert "Too many wrong codes" not in wrong_codes(at_the_second_factor(), 10)


def test_wrong_passwords_from_many_places_do_not_close_an_account() -> None:
    """Django-axes counts them for one place; nobody can shut somebody else out."""
    for number in range(12):
        Client(REMOTE_ADDR=f"192.0.2.{number}").post(
            "/accounts/login/", {"login": ADDRESS, "password": "wrong"}
        )
    client = Client()
    sign_in(client, factories.PASSWORD)
    assert is_signed_in(client)


def test_what_is_counted_is_shared_between_processes() -> None:
    """A count in the memory of one process would start anew in the next."""
    cache.set("countersign", 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM countersign_cache")
        assert cursor.fetchone()[0] == 1


def test_the_operators_site_has_no_way_around_the_second_factor(rosa: User) -> None:
    User.objects.filter(pk=rosa.pk).update(is_superuser=True, is_staff=True)
    with_second_factor()
    client = Client()
    given = {"username": ADDRESS, "password": factories.PASSWORD}
    response = client.post("/admin/login/", given)
    assert response.headers["Location"].startswith("/accounts/login/")
    assert not is_signed_in(client)


def test_signing_out_ends_the_session() -> None:
    client = Client()
    sign_in(client, factories.PASSWORD)
    assert is_signed_in(client)
    client.get("/accounts/logout/")
    assert is_signed_in(client), "a link or an image must not sign anybody out"
    client.post("/accounts/logout/")
    assert not is_signed_in(client)
    assert Membership.objects.count() == 0


def test_a_mail_server_that_is_down_is_said_on_the_page(client: Client, settings: Any) -> None:
    """Nothing listens on port 1."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    response = client.post("/accounts/password/reset/", {"email": ADDRESS}, follow=True)
    assert response.status_code == 200
    assert "could not be sent just now" in response.content.decode()
