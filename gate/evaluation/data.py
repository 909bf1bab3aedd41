"""Labelled texts in the forms in which people have them, read row by row.

JSON Lines or a JSON list, and CSV (or TSV), told apart by the file's ending. What a row means is told by its columns:

- our own: text and label, perhaps group; as JSON everything of gate/evaluation/examples.py
- HateCheck: test_case and label_gold (hateful, non-hateful); groups by target_ident and functionality
- Jigsaw: comment_text and toxic, severe_toxic, ... (0 or 1), or target (from 0.5 on); groups by the identities that
  annotators saw
- presidio-research: full_text and spans with entity_type; with a label where one of them has a form that the check
  for personal data knows; groups by entity type

A row that cannot be read is given as a Bad with its line and why; the rest goes on. A file whose columns belong to none
of these is refused.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate.evaluation import examples
from gate.evaluation.examples import Example

JIGSAW = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
IDENTITIES = (
    "male", "female", "transgender", "other_gender", "heterosexual", "homosexual_gay_or_lesbian", "bisexual",
    "christian", "jewish", "muslim", "hindu", "buddhist", "atheist", "black", "white", "asian", "latino",
    "physical_disability", "intellectual_or_learning_disability", "psychiatric_or_mental_illness",
)  # fmt: skip
"""Columns of Jigsaw's second set ("unintended bias"): the share of annotators who saw that group named."""
HALF = 0.5
FORMED = frozenset(
    {"EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "IP_ADDRESS", "US_SSN", "UK_NHS", "UK_NINO", "ES_NIF",
     "IT_FISCAL_CODE", "PL_PESEL", "IN_AADHAAR", "IN_PAN", "FI_PERSONAL_IDENTITY_CODE", "CRYPTO_KEY", "PASSWORD"}
)  # fmt: skip
"""Entity types that have a form or check digits. Names and places have none: no text is labelled for those."""
csv.field_size_limit(10_000_000)


class Refused(ValueError):
    """A file of which no row can be understood, with words for whoever gave it."""


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    example: Example
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bad:
    line: int
    why: str


Raw = Mapping[str, Any]
Reader = Callable[[Raw], tuple[Example, tuple[str, ...]]]


def rows(path: Path) -> Iterator[Row | Bad]:
    """Every row of the file, in order. Raises Refused, and OSError where it cannot be opened."""
    reader: Reader | None = None
    for line, raw in _raw(path):
        if isinstance(raw, str):
            yield Bad(line, raw)
            continue
        reader = reader or _reader(raw)
        try:
            yield Row(line, *reader(raw))
        except KeyError as error:
            yield Bad(line, f"no {error.args[0]}")
        except ValueError as error:
            yield Bad(line, str(error))


def _raw(path: Path) -> Iterator[tuple[int, Raw | str]]:
    """Line and object of each row, or why there is none."""
    try:
        if path.suffix.lower() in (".csv", ".tsv"):
            yield from _csv(path, "\t" if path.suffix.lower() == ".tsv" else ",")
        elif path.suffix.lower() == ".json":
            yield from _json_list(path)
        elif path.suffix.lower() == ".jsonl":
            yield from _json_lines(path)
        else:
            raise Refused(f"{path.name}: give a file that ends in .csv, .tsv, .jsonl or .json.")
    except UnicodeDecodeError as error:
        raise Refused(f"{path.name} is not in UTF-8: {error.reason} at byte {error.start}.") from error


def _csv(path: Path, delimiter: str) -> Iterator[tuple[int, Raw | str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = csv.DictReader(file, delimiter=delimiter, strict=True)
        begins = 1
        try:
            for raw in table:
                begins, line = table.line_num, begins + 1
                wrong = None in raw or None in raw.values()
                yield line, "another number of columns than the first line" if wrong else raw
        except csv.Error as error:
            yield table.line_num, f"no CSV from here on: {error}"


def _json_lines(path: Path) -> Iterator[tuple[int, Raw | str]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                raw = json.loads(line)
            except json.JSONDecodeError as error:
                yield number, f"no JSON: {error.msg} at character {error.pos + 1}"
                continue
            yield number, raw if isinstance(raw, dict) else "no JSON object"


def _json_list(path: Path) -> Iterator[tuple[int, Raw | str]]:
    """Read whole: the sets that come as one list are small. Lines are counted by item."""
    try:
        listed = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise Refused(f"{path.name} is no JSON: {error.msg} in line {error.lineno}.") from error
    if not isinstance(listed, list):
        raise Refused(f"{path.name} holds no list.")
    for number, raw in enumerate(listed, 1):
        yield number, raw if isinstance(raw, dict) else "no JSON object"


def _reader(first: Raw) -> Reader:
    """How rows with these columns are read. Raises Refused where nobody knows."""
    columns = set(first)
    if {"test_case", "label_gold"} <= columns:
        return _hatecheck
    if "comment_text" in columns and ("target" in columns or columns.intersection(JIGSAW)):
        return _jigsaw
    if {"full_text", "spans"} <= columns:
        return _presidio
    if "label" in columns and columns.intersection(("text", "channels", "media")):
        if unknown := sorted(str(name) for name in columns - examples.KEYS):
            raise Refused(
                f"Unknown columns: {', '.join(unknown)}. Beside text and label there may be a group."
            )
        return _own
    named = ", ".join(sorted(str(name) for name in columns)) or "none"
    raise Refused(
        f"No columns that are known: {named}. Give text and label (1 or 0), perhaps group; or a file of HateCheck "
        "(test_case, label_gold), of Jigsaw (comment_text, toxic or target) or of presidio-research (full_text, spans)."
    )


def _own(raw: Raw) -> tuple[Example, tuple[str, ...]]:
    row = {**raw, "label": _label(raw["label"])}
    return examples.example(row), _named(str(row.get("group") or ""))


def _label(value: Any) -> int:
    known = {"1": 1, "true": 1, "1.0": 1, "0": 0, "false": 0, "0.0": 0}
    try:
        return known[str(value).strip().lower()]
    except KeyError:
        raise ValueError(f"label is neither 0 nor 1 but {str(value)[:40]!r}") from None


def _hatecheck(raw: Raw) -> tuple[Example, tuple[str, ...]]:
    gold = {"hateful": True, "non-hateful": False}
    if raw["label_gold"] not in gold:
        raise ValueError(f"label_gold is neither hateful nor non-hateful but {str(raw['label_gold'])[:40]!r}")
    groups = _named(str(raw.get("target_ident") or ""), str(raw.get("functionality") or ""))
    return Example(examples.post(str(raw["test_case"])), gold[raw["label_gold"]]), groups


def _jigsaw(raw: Raw) -> tuple[Example, tuple[str, ...]]:
    names = ("target",) if "target" in raw else tuple(name for name in JIGSAW if name in raw)
    shares = [_share(name, raw[name]) for name in names]
    if min(shares) < 0:
        raise ValueError("not labelled (-1)")
    groups = [name for name in IDENTITIES if raw.get(name) and _share(name, raw[name]) >= HALF]
    return Example(examples.post(str(raw["comment_text"])), max(shares) >= HALF), tuple(groups)


def _share(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is no number but {str(value)[:40]!r}") from None


def _presidio(raw: Raw) -> tuple[Example, tuple[str, ...]]:
    spans = json.loads(raw["spans"]) if isinstance(raw["spans"], str) else raw["spans"]
    if not isinstance(spans, list) or not all(isinstance(s, dict) and "entity_type" in s for s in spans):
        raise ValueError("spans is no list of objects with entity_type")
    kinds = sorted({str(span["entity_type"]) for span in spans})
    return Example(examples.post(str(raw["full_text"])), not FORMED.isdisjoint(kinds)), tuple(kinds)


def _named(*groups: str) -> tuple[str, ...]:
    return tuple(group for group in groups if group)
