"""Labelled texts in the forms in which people have them, read row by row.

JSON Lines or a JSON list, and CSV (or TSV), told apart by the file's ending. What a row means is told by its columns:

- our own: text and label, perhaps group; as JSON everything of gate/evaluation/examples.py
- HateCheck: test_case and label_gold (hateful, non-hateful); groups by target_ident and functionality
- Jigsaw: comment_text and toxic, severe_toxic, ... (0 or 1), or the share of annotators in target or toxicity (from 0.5
  on); groups by the identities that annotators saw
- presidio-research: full_text and spans with entity_type; with a label where one of them has a form that the check
  for personal data knows; groups by entity type

A row that cannot be read is given as a Bad with its line and why; the rest goes on. A file is refused whose columns
belong to none of these, or of which nobody could say how many rows were lost.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from gate.content import Content
from gate.evaluation import examples
from gate.evaluation.examples import Example

SHARES = ("target", "toxicity")
"""Columns of Jigsaw's second set ("unintended bias"): the share of annotators who found the comment toxic, as its
training and its test files call it."""
JIGSAW = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
IDENTITIES = (
    "male", "female", "transgender", "other_gender", "heterosexual", "homosexual_gay_or_lesbian", "bisexual",
    "other_sexual_orientation", "christian", "jewish", "muslim", "hindu", "buddhist", "atheist", "other_religion",
    "black", "white", "asian", "latino", "other_race_or_ethnicity", "physical_disability",
    "intellectual_or_learning_disability", "psychiatric_or_mental_illness", "other_disability",
)  # fmt: skip
"""Columns of the same set: the share of annotators who saw that group named."""
HALF = 0.5
FORMED = frozenset(
    {"EMAIL_ADDRESS", "EMAIL", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "IBAN", "IP_ADDRESS", "US_SSN", "UK_NHS",
     "UK_NINO", "ES_NIF", "ES_NIE", "IT_FISCAL_CODE", "PL_PESEL", "IN_AADHAAR", "IN_PAN", "FI_PERSONAL_IDENTITY_CODE",
     "PASSWORD"}
)  # fmt: skip
"""Entity types of which the check for personal data knows a form, as newer and older sets call them. Names and places
have none: no text is labelled for those."""
LONGEST = 100_000
"""Characters of a line of JSON, or of a field of CSV: no post is as long, and checks would read it for minutes."""
csv.field_size_limit(LONGEST)


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
            yield from _csv(path, "\t" if path.suffix.lower() == ".tsv" else ",;\t")
        elif path.suffix.lower() == ".json":
            yield from _json_list(path)
        elif path.suffix.lower() == ".jsonl":
            yield from _json_lines(path)
        else:
            raise Refused(f"{path.name}: give a file that ends in .csv, .tsv, .jsonl or .json.")
    except UnicodeDecodeError as error:
        raise Refused(f"{path.name} is not in UTF-8: {error.reason}. Save it as UTF-8.") from error


def _csv(path: Path, delimiters: str) -> Iterator[tuple[int, Raw | str]]:
    """Columns are parted by the first of `delimiters` that the first line has: spreadsheets write ";" where a comma
    is for decimals."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline(LONGEST)
        file.seek(0)
        delimiter = next((each for each in delimiters if each in first), delimiters[0])
        table = csv.DictReader(file, delimiter=delimiter, strict=True)
        ended = 0
        try:
            columns = table.fieldnames or ()
            if len(set(columns)) < len(columns):
                raise Refused(f"{path.name} has two columns of one name.")
            ended = table.line_num
            for raw in table:
                ended, line = table.line_num, ended + 1
                wrong = None in raw or None in raw.values()
                yield line, "another number of columns than the first line" if wrong else raw
        except csv.Error as error:
            raise Refused(f"{path.name} is no CSV from line {ended + 1} on: {error}.") from error


def _json_lines(path: Path) -> Iterator[tuple[int, Raw | str]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(_lines(file), 1):
            if line.strip():
                yield number, _object(line)


def _lines(file: TextIO) -> Iterator[str]:
    """Each line; of one that is too long only the beginning, which is longer than LONGEST."""
    while line := file.readline(LONGEST + 1):
        yield line
        while len(line) > LONGEST and not line.endswith("\n"):
            line = file.readline(LONGEST + 1)


def _json_list(path: Path) -> Iterator[tuple[int, Raw | str]]:
    """Read whole: the sets that come as one list are small. Lines are counted by item."""
    text = path.read_text(encoding="utf-8-sig")
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused(f"{path.name} is no JSON: {error}.") from error
    if not isinstance(listed, list):
        raise Refused(f"{path.name} holds no list.")
    for number, raw in enumerate(listed, 1):
        yield number, raw if isinstance(raw, dict) else "no JSON object"


def _json(text: str) -> Any:
    """Raises ValueError with words, also for what is nested too deeply to be read."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no JSON: {getattr(error, 'msg', error)}") from error


def _object(line: str) -> Raw | str:
    """What the line holds, or why that is no row."""
    if len(line) > LONGEST:
        return f"longer than {LONGEST:,} characters"
    try:
        parsed = _json(line)
    except ValueError as error:
        return str(error)
    return parsed if isinstance(parsed, dict) else "no JSON object"


def _reader(first: Raw) -> Reader:
    """How rows with these columns are read. Raises Refused where nobody knows."""
    columns = set(first)
    if {"test_case", "label_gold"} <= columns:
        return _hatecheck
    if "comment_text" in columns and columns.intersection((*SHARES, *JIGSAW)):
        return _jigsaw
    if {"full_text", "spans"} <= columns:
        return _presidio
    if "label" in columns and columns.intersection(("text", "channels", "media")):
        if unknown := sorted(str(name) for name in columns - examples.KEYS):
            raise Refused(f"Unknown columns: {_few(unknown)}. Beside text and label there may be a group.")
        return _own
    named = _few(sorted(str(name) for name in columns)) or "none"
    raise Refused(
        f"No columns that are known: {named}. Give text and label (1 or 0), perhaps group; or a file of HateCheck "
        "(test_case, label_gold), of Jigsaw (comment_text, toxic or target) or of presidio-research (full_text, spans)."
    )


def _few(names: Sequence[str]) -> str:
    """For a message: a file that is no table may have anything for its first line."""
    shown = ", ".join(name[:40] for name in names[:10])
    return f"{shown} and {len(names) - 10} more" if len(names) > 10 else shown


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
    gold = str(raw["label_gold"])
    if gold not in ("hateful", "non-hateful"):
        raise ValueError(f"label_gold is neither hateful nor non-hateful but {gold[:40]!r}")
    groups = _named(str(raw.get("target_ident") or ""), str(raw.get("functionality") or ""))
    return Example(_post(raw, "test_case"), gold == "hateful"), groups


def _jigsaw(raw: Raw) -> tuple[Example, tuple[str, ...]]:
    names = [name for name in SHARES if name in raw][:1] or [name for name in JIGSAW if name in raw]
    shares = [_share(name, raw[name]) for name in names]
    if not shares:
        raise ValueError("no toxic and no target")
    if min(shares) < 0:
        raise ValueError("not labelled (-1)")
    groups = [name for name in IDENTITIES if raw.get(name) and _share(name, raw[name]) >= HALF]
    return Example(_post(raw, "comment_text"), max(shares) >= HALF), tuple(groups)


def _share(name: str, value: Any) -> float:
    """From 0 to 1, or -1 for what nobody labelled. Not "not a number", which would pass for 0."""
    try:
        share = float(value)
    except (TypeError, ValueError):
        share = 2.0
    if share != -1 and not 0 <= share <= 1:
        raise ValueError(f"{name} is no number from 0 to 1 but {str(value)[:40]!r}")
    return share


def _presidio(raw: Raw) -> tuple[Example, tuple[str, ...]]:
    spans = _json(raw["spans"]) if isinstance(raw["spans"], str) else raw["spans"]
    if not isinstance(spans, list) or not all(isinstance(s, dict) and "entity_type" in s for s in spans):
        raise ValueError("spans is no list of objects with entity_type")
    kinds = sorted({str(span["entity_type"]) for span in spans})
    return Example(_post(raw, "full_text"), not FORMED.isdisjoint(kinds)), tuple(kinds)


def _post(raw: Raw, name: str) -> Content:
    """Raises ValueError where that is no text: null would be measured as the word "None"."""
    if not isinstance(raw[name], str):
        raise ValueError(f"{name} is no text but {str(raw[name])[:40]!r}")
    return examples.post(raw[name])


def _named(*groups: str) -> tuple[str, ...]:
    return tuple(group for group in groups if group)
