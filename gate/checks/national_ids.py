"""National identity numbers: where a number of one country's form also passes its check digits.

Numbers that are only a row of digits with a weak checksum pass by chance (one of eleven telephone numbers
passes a modulus of 11), so they count only beside the word that people write before them.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

BEFORE = 30
"""How far before the number its keyword may stand, in characters."""


@dataclass(frozen=True, slots=True)
class Form:
    """`validator` is the module of python-stdnum, "" where the form itself is strict enough (the British
    National Insurance number has no check digit). `keyword` must stand before the number, if there is one."""

    region: str
    name: str
    pattern: re.Pattern[str]
    validator: str
    keyword: re.Pattern[str] | None = None


def _form(region: str, name: str, pattern: str, validator: str, keyword: str = "") -> Form:
    flags = re.IGNORECASE
    # Letters without case stand directly beside a number, as in Japanese or Arabic: only Latin ones make it a code.
    number = re.compile(rf"(?<![\dA-Za-z_-]){pattern}(?![\dA-Za-z_-])", flags)
    before = re.compile(rf"(?<![\dA-Za-z_])(?:{keyword})(?![\dA-Za-z_])", flags) if keyword else None
    return Form(region, name, number, validator, before)


_NINE = r"\d{3}[ .]?\d{3}[ .]?\d{3}"
_ELEVEN = r"\d{2}[ ]?\d{3}[ ]?\d{3}[ ]?\d{3}"

FORMS = (
    _form("GB", "National Insurance number",
          r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]", ""),
    _form("GB", "NHS number", r"\d{3}[ -]?\d{3}[ -]?\d{4}", "gb.nhs", "NHS(?: number| no)?"),
    _form("US", "Social Security number", r"\d{3}[- ]\d{2}[- ]\d{4}", "us.ssn"),
    _form("PT", "NIF", _NINE, "pt.nif", "NIF|contribuinte|NIPC"),
    _form("PT", "Cartão de Cidadão number", r"\d{8} ?\d ?(?:[A-Z][A-Z0-9]|\d[A-Z])\d", "pt.cc"),
    _form("DE", "Steuer-ID", _ELEVEN, "de.idnr", r"Steuer-?ID|IdNr\.?|Identifikationsnummer|TIN"),
    _form("FR", "numéro de sécurité sociale",
          r"[12] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}", "fr.nir"),
    _form("ES", "DNI", r"\d{8}[ -]?[A-Z]", "es.dni"),
    _form("ES", "NIE", r"[XYZ][ -]?\d{7}[ -]?[A-Z]", "es.nie"),
    _form("IT", "codice fiscale", r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", "it.codicefiscale"),
    _form("NL", "BSN", _NINE, "nl.bsn", "BSN|burgerservicenummer|sofinummer"),
    _form("BE", "rijksregisternummer", r"\d{2}\.\d{2}\.\d{2}[-.]\d{3}\.\d{2}", "be.nn"),
    _form("IE", "PPS number", r"\d{7}[A-W][ABHWTX]?", "ie.pps"),
    _form("PL", "PESEL", r"\d{11}", "pl.pesel", "PESEL"),
    _form("SE", "personnummer", r"(?:\d{2})?\d{6}[-+]\d{4}", "se.personnummer"),
    _form("DK", "CPR number", r"\d{6}-\d{4}", "dk.cpr"),
    _form("FI", "henkilötunnus", r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]", "fi.hetu"),
    _form("NO", "fødselsnummer", r"\d{6} ?\d{5}", "no.fodselsnummer", "fødselsnummer|personnummer|fnr"),
    _form("CH", "AHV number", r"756\.\d{4}\.\d{4}\.\d{2}", "ch.ssn"),
    _form("CA", "Social Insurance number", r"\d{3}[ -]\d{3}[ -]\d{3}", "ca.sin",
          "SIN|social insurance(?: no)?"),
    _form("BR", "CPF", r"\d{3}\.\d{3}\.\d{3}-\d{2}", "br.cpf"),
    _form("IN", "Aadhaar number", r"\d{4}[ -]\d{4}[ -]\d{4}", "in_.aadhaar"),
    _form("IN", "PAN", r"[A-Z]{3}[ABCFGHLJPTK][A-Z]\d{4}[A-Z]", "in_.pan"),
)  # fmt: skip


def national_ids(text: str, regions: tuple[str, ...]) -> Iterator[tuple[str, int, int]]:
    """Name, start and end of each identity number of the regions."""
    for form in FORMS:
        if form.region not in regions:
            continue
        for match in form.pattern.finditer(text):
            if _has_keyword(form, text, match.start()) and _is_valid(form, match[0]):
                yield form.name, match.start(), match.end()


def _has_keyword(form: Form, text: str, start: int) -> bool:
    return form.keyword is None or form.keyword.search(text, max(0, start - BEFORE), start) is not None


def _is_valid(form: Form, number: str) -> bool:
    return not form.validator or bool(_validator(form.validator).is_valid(_ascii(number)))


def _ascii(number: str) -> str:
    """With the digits and letters that python-stdnum computes with: patterns match those of other scripts too."""
    plain = unicodedata.normalize("NFKC", number)
    return "".join(str(unicodedata.decimal(c, c)) for c in plain)


@cache
def _validator(name: str) -> ModuleType:
    return import_module(f"stdnum.{name}")
