"""manage.py toxicity: install, status, remove (docs/operations.md)."""

import json
import os
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gate import toxicity
from gate.toxicity import EngineError, installed, serving, sources
from gate.toxicity.sources import Source


class Command(BaseCommand):
    help = "Installs a trained toxicity model, says which engine serves, takes the model away."
    requires_system_checks = []  # a broken model must not keep anybody from installing another

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        install = actions.add_parser("install", help="convert one of detoxify's models and put it in service")
        install.add_argument(
            "model", nargs="?", choices=sorted(sources.RELEASES), default="original", help="(original)"
        )
        install.add_argument(
            "--checkpoint",
            metavar="FILE",
            default=os.environ.get("COUNTERSIGN_DETOXIFY_CHECKPOINT", ""),
            help="weights on this disk, in detoxify's format; nothing is downloaded then",
        )
        install.add_argument(
            "--tokenizer",
            metavar="FOLDER",
            default=os.environ.get("COUNTERSIGN_DETOXIFY_CONFIG", ""),
            help="config.json and the vocabulary on this disk",
        )
        install.add_argument(
            "--sha256",
            metavar="DIGEST",
            default=os.environ.get("COUNTERSIGN_DETOXIFY_SHA256", ""),
            help="what the weights must have; without it the digest is shown and kept",
        )
        install.add_argument(
            "--precision", choices=["int8", "fp32"], default="int8", help="fp32 is four times as large (int8)"
        )
        install.add_argument(
            "--unless-installed", action="store_true", help="leave a model that is there as it is"
        )
        status = actions.add_parser(
            "status", help="which engine serves, its version, and whether it is whole"
        )
        status.add_argument("--json", action="store_true", help="the model card too, as JSON")
        actions.add_parser("remove", help="delete the trained model; the embedded screen serves then")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            getattr(self, f"_{action}")(options)
        except EngineError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"A file cannot be read or written: {error}.") from error

    def _install(self, options: dict[str, Any]) -> None:
        root = toxicity.place().folder
        if options["unless_installed"] and installed.exists(root):
            return self._status({"json": False})
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=installed.DOWNLOADS, dir=root, ignore_cleanup_errors=True
        ) as own:
            source = self._source(options, Path(own))
            try:
                # Here, so that status and remove work where torch is not installed, and start at once.
                from gate.toxicity import installing
            except ImportError as error:
                raise CommandError(f"{error}. The conversion needs what requirements.txt lists.") from error
            manifest = installing.install(
                root,
                options["model"],
                source,
                options["precision"],
                installing.Progress(self._say, _bar),
            )
        self._say(f"Installed: {manifest.version}.")
        self._say(f"Model card: {root / manifest.folder / installed.CARD_TEXT}")
        self._status({"json": False})

    def _source(self, options: dict[str, Any], folder: Path) -> Source:
        """What is given, or else what is downloaded. The downloads go before the conversion, which forbids them."""
        release = sources.RELEASES[options["model"]]
        given, vocabulary, sha256 = options["checkpoint"], options["tokenizer"], options["sha256"]
        if given and not vocabulary:
            raise CommandError(
                "--checkpoint needs --tokenizer: the folder with config.json and the vocabulary."
            )
        said = {"checkpoint": given, "vocabulary": vocabulary or release.vocabulary}
        if given:
            os.environ["HF_HUB_OFFLINE"] = "1"
        else:
            said["checkpoint"] = url = sources.address(options["model"])
            self._say(f"Downloading {url} ...")
            given, sha256 = str(sources.checkpoint(url, folder)), sha256 or release.sha256
        if not vocabulary:
            self._say(f"Downloading the vocabulary {release.vocabulary} ...")
            vocabulary = str(sources.vocabulary(release.vocabulary, folder / "vocabulary"))
        return Source(Path(given), sha256, Path(vocabulary), said)

    def _status(self, options: dict[str, Any]) -> None:
        found = serving.state(settings.GATE_TOXICITY_ENGINE, serving.Look.LOAD)
        if options["json"]:
            self._say(json.dumps(found.as_json(), ensure_ascii=False))
        else:
            self._say(found.words)
        if not found.ok:
            raise CommandError(
                "The check of toxicity is unknown until this is mended, and no post passes it."
            )

    def _remove(self, options: dict[str, Any]) -> None:
        root = toxicity.place().folder
        with installed.only_one(root):
            there = installed.remove(root)
        self._say("The trained model is removed." if there else "No trained model was installed.")
        self._status({"json": False})

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _bar(things: Sequence[str]) -> Iterable[str]:
    from tqdm import tqdm

    bar: Iterable[str] = tqdm(things, unit="sentence", leave=False)
    return bar
