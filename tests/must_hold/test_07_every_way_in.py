"""7. Every way in goes through the same functions; the admin site shows our models read-only."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import reverse

from accounts.read_only_admin import site
from gate.models import Submission
from scheduler.models import Delivery, Post
from tests import factories as make

WRITERS = {
    "ConductVersion": {"gate/policy.py"},
    "Acknowledgement": {"gate/policy.py"},
    "Submission": {"gate/services.py", "gate/transitions.py", "gate/decisions.py", "gate/runner.py"},
    "Decision": {"gate/decisions.py"},
    "Attestation": {"gate/decisions.py"},
    "CheckRun": {"gate/runner.py"},
    "Finding": {"gate/runner.py"},
    "Editor": {"gate/services.py"},
    "Evidence": {"gate/evidence/services.py"},
    "Override": {"gate/overrides.py"},
    "Delivery": {
        "scheduler/lifecycle.py",
        "scheduler/missing.py",
        "scheduler/retiming.py",
        "scheduler/sender.py",
        "scheduler/outcomes.py",
        "scheduler/reconcile.py",
        "scheduler/restoring.py",
        "scheduler/settle.py",
        "scheduler/dispatcher.py",
        "scheduler/set_back.py",
        "scheduler/read_back.py",
    },
    "Attempt": {
        "scheduler/lifecycle.py",
        "scheduler/missing.py",
        "scheduler/sender.py",
        "scheduler/reconcile.py",
        "scheduler/restoring.py",
    },
    "Post": {"scheduler/lifecycle.py", "scheduler/progress.py"},
    "Pause": {"scheduler/pauses.py", "scheduler/resuming.py"},
    "Beat": {"scheduler/beats.py", "scheduler/restoring.py"},
}
WRITES = {
    "create",
    "bulk_create",
    "update",
    "bulk_update",
    "update_or_create",
    "get_or_create",
    "delete",
    "save",
}


def writes_of(tree: ast.AST) -> set[tuple[str, str]]:
    """(model, method) of every `Model.objects...method(...)` chain in a file."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            base: ast.AST = node.func.value
            while isinstance(base, ast.Attribute | ast.Call):
                base = base.func if isinstance(base, ast.Call) else base.value
            if isinstance(base, ast.Name):
                found.add((base.id, node.func.attr))
    return found


def test_each_state_is_written_in_its_own_modules_alone():
    root = Path(settings.BASE_DIR)
    strangers = []
    for app in ("accounts", "gate", "ledger", "scheduler", "config"):
        for file in (root / app).rglob("*.py"):
            name = str(file.relative_to(root))
            for model, method in writes_of(ast.parse(file.read_text())):
                if model in WRITERS and name not in WRITERS[model]:
                    strangers.append(f"{name}: {model}.{method}")
    assert strangers == []


def test_the_search_above_would_find_a_stranger():
    tree = ast.parse("Post.objects.filter(pk=1).update(state='published')")
    assert writes_of(tree) == {("Post", "update")}


def test_every_model_of_ours_is_read_only_in_the_admin_site(rf, db):
    request = rf.get("/")
    request.user = make.user(is_superuser=True, is_staff=True)
    ours = {
        m
        for label in ("accounts", "gate", "scheduler", "ledger")
        for m in apps.get_app_config(label).get_models()
    }
    shown = {model for model in site._registry if model in ours}
    assert {Post, Delivery, Submission} <= shown
    for model in shown:
        page = site._registry[model]
        assert not page.has_add_permission(request)
        assert not page.has_change_permission(request)
        assert not page.has_delete_permission(request)


@pytest.mark.parametrize("action", ["change", "delete", "history"])
def test_a_superuser_cannot_change_a_submission_there(client, db, action):
    submission = make.examined(make.member(make.team(), "author"))
    client.force_login(make.user(is_superuser=True, is_staff=True))
    before = Submission.objects.values().get(pk=submission.pk)
    address = reverse(f"admin:gate_submission_{action}", args=[submission.pk])
    client.post(address, {"state": "approved", "content": "{}", "post": "yes"})
    assert Submission.objects.values().get(pk=submission.pk) == before


def test_a_superuser_without_a_membership_opens_no_door(client, db):
    """The operator of an installation is not a reviewer of its teams."""
    team = make.team()
    submission = make.examined(make.member(team, "author"))
    client.force_login(make.user(is_superuser=True, is_staff=True))
    assert client.get(f"/t/{team.slug}/review/{submission.pk}/").status_code == 404
