"""The operators' site: everything of ours to look at, nothing to change, nothing secret."""

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client, RequestFactory

from accounts import channels, invitations, sealing
from accounts.models import Channel, InstanceApp, Invitation, Membership, Role, User
from accounts.read_only_admin import NEVER_SHOWN, ReadOnlyAdmin, site
from tests import factories
from tests.accounts.conftest import Enter

pytestmark = pytest.mark.django_db

OURS = ("accounts", "gate", "ledger", "scheduler")
MODELS = [model for label in OURS for model in apps.get_app_config(label).get_models()]


@pytest.fixture
def operator(db: None) -> User:
    return factories.user("Op", is_superuser=True, is_staff=True)


@pytest.fixture
def browser(enter: Enter, operator: User) -> Client:
    return enter(operator)


def place(model: type[Model]) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


def test_every_model_of_ours_is_there_and_no_other() -> None:
    assert set(site._registry) == set(MODELS)
    assert all(isinstance(page, ReadOnlyAdmin) for page in site._registry.values())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_lists_open_and_adding_is_refused(browser: Client, model: type[Model]) -> None:
    assert browser.get(place(model)).status_code == 200
    assert browser.get(f"{place(model)}add/").status_code == 403
    assert browser.post(f"{place(model)}add/", {}).status_code == 403


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_nothing_is_allowed_but_looking(operator: User, model: type[Model]) -> None:
    request = RequestFactory().get("/")
    request.user = operator
    page = site._registry[model]
    allowed = page.get_model_perms(request)
    assert allowed == {"add": False, "change": False, "delete": False, "view": True}
    assert not page.get_actions(request)
    assert not page.inlines
    assert not NEVER_SHOWN & set(page.get_fields(request))


def test_rows_open_and_cannot_be_changed_or_deleted(browser: Client, admin: Membership) -> None:
    channel = channels.connect_sandbox(member=admin, name="Seal Rescue")
    factories.submitted(factories.member(admin.team, "author"), channel)
    for model in MODELS:
        row = model._default_manager.first()
        if row is None:
            continue
        before = model._default_manager.filter(pk=row.pk).values().get()
        assert browser.get(f"{place(model)}{row.pk}/change/").status_code == 200, model
        assert browser.post(f"{place(model)}{row.pk}/change/", {"name": "X"}).status_code == 403, model
        assert browser.post(f"{place(model)}{row.pk}/delete/", {"post": "yes"}).status_code == 403, model
        chosen = {"action": "delete_selected", "_selected_action": [row.pk]}
        browser.post(place(model), chosen)
        assert model._default_manager.filter(pk=row.pk).values().get() == before


def test_secrets_are_not_on_any_page(browser: Client, admin: Membership) -> None:
    channel = channels.connect_sandbox(member=admin, name="Seal Rescue")
    sealed = sealing.seal({"token": "a-secret"})
    Channel.objects.filter(pk=channel.pk).update(sealed=sealed)
    app = InstanceApp.objects.create(instance="https://x.example", redirect_uri="https://y", sealed=sealed)
    invitation, _ = invitations.invite(by=admin, email="new@example.org", roles=[Role.AUTHOR])
    for row, hidden in [
        (channel, sealed.decode()),
        (app, sealed.decode()),
        (invitation, Invitation.objects.get().token_sha256),
        (admin.user, User.objects.get(pk=admin.user_id).password),
    ]:
        page = browser.get(f"{place(type(row))}{row.pk}/change/").content.decode()
        assert hidden not in page
        assert "a-secret" not in page


@pytest.mark.parametrize(
    "page",
    ["django_q/schedule/", "django_q/ormq/", "account/emailaddress/", "mfa/authenticator/", "auth/group/"],
)
def test_editable_pages_of_other_packages_are_not_served(browser: Client, page: str) -> None:
    """A row of the task queue's schedule names a function to call: that would be a door beside the gate."""
    assert browser.get(f"/admin/{page}").status_code == 404


def test_it_is_for_superusers_alone(enter: Enter, admin: Membership) -> None:
    staff = factories.user("Staff", is_staff=True)
    for person in (admin.user, staff):
        client = enter(person)
        assert client.get("/admin/", follow=True).status_code == 403
        assert client.get("/admin/accounts/channel/", follow=True).status_code == 403
    response = Client().get("/admin/accounts/channel/")
    assert response.status_code == 302
    assert Client().get(response.headers["Location"]).headers["Location"].startswith("/accounts/login/")


def test_its_pages_name_their_icon(browser: Client) -> None:
    """A page that names none makes the browser ask for /favicon.ico, which is not there."""
    assert '<link rel="icon" href="/static/favicon' in browser.get("/admin/").content.decode()
