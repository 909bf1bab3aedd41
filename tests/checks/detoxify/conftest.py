"""Detoxify's three models, as small as a model can be: made, trained and installed once for all files of this folder.

Those are one group, so that one worker makes the models: that takes longer than most tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gate import toxicity
from tests.checks.detoxify.made import MODELS, install


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    from tests.checks import tiny_models  # here, because it needs torch

    folder = tmp_path_factory.mktemp("checkpoints")
    return {model: tiny_models.write(model, folder / model) for model in MODELS}


@pytest.fixture(scope="session")
def checkpoint(checkpoints: dict[str, Path]) -> Path:
    return checkpoints["original"]


@pytest.fixture(scope="session")
def roots(checkpoints: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each model, installed by itself."""
    folder = tmp_path_factory.mktemp("installed")
    for model, path in checkpoints.items():
        install(folder / model, path, model)
    return {model: folder / model for model in MODELS}


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """An installation that has no model yet."""
    before = toxicity.place()
    toxicity.configure(tmp_path / "toxicity", 1)
    yield tmp_path / "toxicity"
    toxicity.configure(before.folder, before.threads)


@pytest.fixture
def serving(roots: dict[str, Path]) -> Iterator[Path]:
    """An installation in which the original model serves."""
    before = toxicity.place()
    toxicity.configure(roots["original"], 1)
    yield roots["original"]
    toxicity.configure(before.folder, before.threads)
