"""How often one person may ask for something that takes this process long."""

from __future__ import annotations

from collections import defaultdict, deque
from threading import Lock


class Pace:
    """So many times within so many seconds, counted in this process alone: a person's number and times."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._times: defaultdict[int, deque[float]] = defaultdict(deque)
        self._lock = Lock()

    def allows(self, person: int, now: float) -> bool:
        """And counts it. `now`: of the monotonic clock."""
        with self._lock:
            times = self._times[person]
            while times and times[0] <= now - self._seconds:
                times.popleft()
            if len(times) >= self._most:
                return False
            times.append(now)
            return True
