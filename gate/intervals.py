"""How sure a share is: k of n, with the interval that it stands for."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z = 1.959964
"""Of the normal distribution for 95 %."""


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The Wilson score interval at 95 % (E. B. Wilson, 1927), also for few and for none: (0, 1) of nothing."""
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is no share")
    if n == 0:
        return 0.0, 1.0
    share, square = hits / n, Z * Z / n
    middle = (share + square / 2) / (1 + square)
    half = Z * sqrt(share * (1 - share) / n + square / (4 * n)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Rate:
    """k of n."""

    hits: int
    n: int

    @property
    def share(self) -> float | None:
        """None of nothing."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.hits, self.n)

    def __str__(self) -> str:
        """ "3 of 40 (8%, 95 % interval 3% to 20%)"."""
        if not self.n:
            return "none"
        low, high = self.interval
        return f"{self.hits} of {self.n} ({self.hits / self.n:.0%}, 95 % interval {low:.0%} to {high:.0%})"
