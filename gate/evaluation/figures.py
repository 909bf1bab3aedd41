"""Counts of what a check said of labelled texts, and the figures that follow from them."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from gate.intervals import Rate


@dataclass(slots=True)
class Counts:
    """How many of the texts with and without the thing were found."""

    hits: int = 0
    missed: int = 0
    alarms: int = 0
    passed: int = 0

    def add(self, label: bool, found: bool) -> None:
        if label:
            self.hits, self.missed = self.hits + found, self.missed + (not found)
        else:
            self.alarms, self.passed = self.alarms + found, self.passed + (not found)

    @property
    def n(self) -> int:
        return self.hits + self.missed + self.alarms + self.passed

    @property
    def precision(self) -> Rate:
        """Of what was found, how much should be."""
        return Rate(self.hits, self.hits + self.alarms)

    @property
    def recall(self) -> Rate:
        """Of what should be found, how much was."""
        return Rate(self.hits, self.hits + self.missed)

    @property
    def false_alarms(self) -> Rate:
        """Of what should not be found, how much was."""
        return Rate(self.alarms, self.alarms + self.passed)


@dataclass(slots=True)
class Figures:
    """Of a whole set and of its groups. Scores are kept as plain numbers, so that two million rows fit."""

    counts: Counts = field(default_factory=Counts)
    groups: dict[str, Counts] = field(default_factory=dict)
    _with: array[float] = field(default_factory=lambda: array("d"))
    _without: array[float] = field(default_factory=lambda: array("d"))

    def add(self, label: bool, found: bool, score: float, groups: Iterable[str] = ()) -> None:
        self.counts.add(label, found)
        (self._with if label else self._without).append(score)
        for name in groups:
            self.groups.setdefault(name, Counts()).add(label, found)

    @property
    def auc(self) -> float | None:
        """How often a text with the thing has a higher score than one without, ties counted half (the Mann-Whitney
        statistic over all pairs). None where one of the two kinds is missing."""
        if not self._with or not self._without:
            return None
        others = sorted(self._without)
        wins = sum(bisect_left(others, score) + bisect_right(others, score) for score in self._with)
        return wins / (2 * len(self._with) * len(others))

    def as_json(self) -> dict[str, Any]:
        """n, precision, recall, auc, false_alarm_rate and groups; null for what nothing can be said of."""
        return {
            "n": self.counts.n,
            "precision": _rounded(self.counts.precision.share),
            "recall": _rounded(self.counts.recall.share),
            "auc": _rounded(self.auc),
            "false_alarm_rate": _rounded(self.counts.false_alarms.share),
            "groups": {name: _group(counts) for name, counts in sorted(self.groups.items())},
        }


def _group(counts: Counts) -> dict[str, Any]:
    alarms = counts.false_alarms
    return {
        "n": counts.n,
        "recall": _rounded(counts.recall.share),
        "false_alarm_rate": _rounded(alarms.share),
        "interval": [_rounded(end) for end in alarms.interval],
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
