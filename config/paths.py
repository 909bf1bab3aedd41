"""Where things are. Standard library only: `script/run` asks before anything is installed."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def var_dir() -> Path:
    """The folder for everything that this installation makes: COUNTERSIGN_VAR, or var/ beside the code."""
    return Path(os.environ.get("COUNTERSIGN_VAR") or ROOT / "var").resolve()
