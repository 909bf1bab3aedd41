"""The publish log: entries, Merkle tree, checkpoints and proofs. Knows no other app of ours."""

from importlib import import_module

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"
    verbose_name = "Publish log"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("ledger.checks")  # registers the system checks
