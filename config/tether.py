"""Starts a program that asks itself to stop when its supervisor dies, however that died (on Linux).

    python -P config/tether.py SUPERVISOR_PID COMMAND...

A file of its own with few imports: it runs before every start, and it becomes the command by exec, so that
the supervisor's child is the program itself. A preexec_fn could do the same, but is not safe beside threads.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def become(parent: int, command: Sequence[str]) -> None:
    """Turn this process into `command`, to get SIGTERM when process `parent` dies. Returns only by raising:
    OSError where the command cannot be started, SystemExit where the parent is already gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the line above
            sys.exit("the supervisor is gone")
    os.execvp(command[0], list(command))  # noqa: S606 - a shell is what we do not want


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2:])
