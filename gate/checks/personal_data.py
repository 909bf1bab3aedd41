"""Data by which a person can be reached, paid or identified, and secrets, by form and check digits.

Patterns find what has a form: e-mail addresses, telephone numbers (libphonenumber at leniency VALID, because
POSSIBLE flagged nine of ten harmless texts), payment cards (Luhn), IBANs and national identity numbers
(python-stdnum), IP addresses, keys and tokens. They do not see names, street addresses or a face.
Each text is also read without characters that nobody sees and in compatibility form, and so is what stands behind the
host of its links (gate/checks/readings.py).
Findings never repeat what they found: they are stored and logged, and the text may have to be erased.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import dropwhile

import phonenumbers
from stdnum import iban

from gate.checks.base import CheckSettings, Finding, Level
from gate.checks.cards import cards, is_of_a_brand
from gate.checks.mail_addresses import PROVIDERS, as_typed, mail_addresses
from gate.checks.national_ids import national_ids
from gate.checks.readings import Reading, link_tails, readings
from gate.checks.secret_patterns import secrets
from gate.checks.settings import Input, Setting, level, override
from gate.checks.texts import Text, texts
from gate.content import Content

# Letters of scripts without case stand directly before and behind what has a form, as in Japanese or Arabic: only Latin
# letters make a number a code.
_IBAN = re.compile(
    r"(?<![A-Z0-9])[A-Z]{2}[\s.-]?\d{2}(?:[\s._/-]?[A-Z0-9]){11,30}(?![A-Z0-9])", re.IGNORECASE
)
_NOT_OF_IBAN = re.compile(r"[\s._/-]")
_LATIN_OR_DIGIT = re.compile(r"[\dA-Za-z]")
_IPV4 = re.compile(r"(?<![\dA-Za-z_.])(?:\d{1,3}\.){3}\d{1,3}(?![\dA-Za-z_]|\.\d)")
_IPV6 = re.compile(r"(?<![\dA-Za-z_:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\dA-Za-z_:])", re.IGNORECASE)
# An identifier in an address is no telephone number; wa.me/ and tel: are. What stands behind an address without a
# blank, as in Japanese, is text again.
_URL = re.compile(r"https?://(?!wa\.me/|api\.whatsapp\.com/)[!-~\u00a1-\u052f]+", re.IGNORECASE)
_VERSION = re.compile(r"(?:\bv|version|release|build)\s*$", re.IGNORECASE)
# A full date, of this century or the last, behind the words for being born: a date alone is an event.
_BIRTHDAY = re.compile(
    r"\b(?:born(?: on)?|date of birth|d\.?o\.?b\.?|birth ?date|geboren(?: am| op)?|geburts(?:datum|tag)|geboortedatum"
    r"|née? le|date de naissance|nascid[oa] (?:em|a)|data de nascimento|nacid[oa] el|fecha de nacimiento|nat[oa] il"
    r"|data di nascita)(?: (?:is|ist|est|es|è|é))?(?: ?[:=])?\s{1,2}"
    r"(?P<day>(?:\d{1,2}(?:st|nd|rd|th|er|º|\.)? ?(?:of |de )?"
    r"(?:[./-] ?\d{1,2} ?[./-]|[^\W\d_]{3,9}\.?,?(?: (?:de|of))?)"
    r"|[^\W\d_]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,?) ?(?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d)(?!\d)",
    re.IGNORECASE,
)
FEWEST_PHONE_DIGITS = 6

ASK = "Those whom this belongs to agreed that it is made public here."


@dataclass(frozen=True, slots=True)
class Kind:
    """What a match is. Where matches overlap, the kind that `matches` looks for first wins."""

    id: str
    level: Level
    message: str
    fix: str
    question: str = ""
    clause: str = "3.1"


_PUBLIC = "Remove it, or have an admin add it to the organisation's public contacts."
KINDS = {
    kind.id: kind
    for kind in (
        Kind("secret", Level.BLOCKS, "This looks like a password, key or token.",
             "Remove it, and change it now: somebody may have seen it already.", clause="3.3"),
        Kind("iban", Level.BLOCKS, "This is a valid bank account number (IBAN).", _PUBLIC),
        Kind("card", Level.BLOCKS, "These digits pass the check of a payment card number.", "Remove it."),
        Kind("national-id", Level.BLOCKS, "This has the form of an identity number: {}.", "Remove it."),
        Kind("email", Level.BLOCKS, "This is an e-mail address.", _PUBLIC),
        Kind("ip", Level.ATTEST, "This is an IP address, which can lead to a person.", "Remove it.", ASK),
        Kind("birthday", Level.ATTEST, "This is the day on which somebody was born.", "Leave the year or the day out.",
             "Whoever was born then agreed that it is made public here, or died long ago."),
        Kind("phone", Level.ATTEST, "This is a valid telephone number.", _PUBLIC, ASK),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Match:
    kind: Kind
    start: int
    end: int
    name: str = ""


_PERSONAL = (Level.BLOCKS, Level.ATTEST)


class PersonalData:
    id = "personal-data"
    version = "1.4"
    clause = "3.1"
    also_guards = ("3.3",)
    title = "Personal data and secrets"
    findings = ("birthday", "card", "email", "iban", "ip", "national-id", "phone", "secret")
    settings: tuple[Setting, ...] = (
        Setting(
            "regions",
            "Countries",
            Input.LINES,
            ["GB", "US", "PT", "DE", "FR"],
            "Two-letter codes whose telephone and identity numbers are looked for, such as GB, PT, DE.",
            valid=lambda code: region(code),
        ),
        Setting(
            "public_contacts",
            "Public contacts",
            Input.LINES,
            [],
            "One a line: e-mail addresses, @ with a domain of yours, telephone numbers, IBANs, all yours to publish. "
            "They are no finding.",
            valid=lambda line: contact(line),
        ),
        level("personal-data.email", "An e-mail address", Level.BLOCKS, _PERSONAL),
        level("personal-data.phone", "A telephone number", Level.ATTEST),
        level("personal-data.ip", "An IP address", Level.ATTEST),
        level("personal-data.birthday", "A date of birth", Level.ATTEST),
        override(),
    )

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        return [text.note(f) for text in texts(content) for f in _findings(text, settings)]


def _regions(settings: CheckSettings) -> tuple[str, ...]:
    return tuple(settings.value(PersonalData(), "regions"))


def region(code: str) -> None:
    """Raises ValueError for what is no region of libphonenumber."""
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"{code} is not a country code like GB or PT.")


def contact(line: str) -> None:
    """Raises ValueError for a public contact that nothing could match, and for everybody's domain."""
    plain = _squeezed(line)
    if plain.removeprefix("@") in PROVIDERS:
        raise ValueError(f"At “{line}” anybody can have an address: name the addresses that are yours.")
    address = f"name{plain}" if plain.startswith("@") else plain
    is_address = (0, len(address)) in mail_addresses(address)
    if not (is_address or iban.is_valid(plain) or sum(c.isdecimal() for c in line) >= FEWEST_PHONE_DIGITS):
        raise ValueError(
            f"“{line}” matches nothing: give an e-mail address, @ with a domain of yours (@example.org), a telephone "
            "number or an IBAN."
        )


def matches(text: str, settings: CheckSettings) -> list[Match]:
    """What was found, in order and without overlaps, the public contacts left out."""
    allowed = _Allowed(settings)
    found: list[Match] = []
    for reading in readings(text):
        found += _moved(reading, _in_text(reading.text, settings, allowed))
        for tail in link_tails(reading):
            found += _moved(tail, _in_link(tail.text, settings, allowed))
    rank = list(KINDS)
    taken = bytearray(len(text))
    kept: list[Match] = []
    for match in sorted(found, key=lambda match: rank.index(match.kind.id)):
        if not any(taken[match.start : match.end]):
            taken[match.start : match.end] = b"\1" * (match.end - match.start)
            kept.append(match)
    return sorted(kept, key=lambda match: match.start)


def _moved(reading: Reading, found: Iterable[Match]) -> Iterator[Match]:
    for match in found:
        start, end = reading.original(match.start, match.end)
        yield replace(match, start=start, end=end)


def _in_text(text: str, settings: CheckSettings, allowed: "_Allowed") -> list[Match]:
    unlinked = _URL.sub(lambda url: " " * len(url[0]), text)
    phones = list(_phones(unlinked, _regions(settings)))
    dialled = {span for span, _ in phones}
    return [
        *(Match(KINDS["secret"], *span) for span in secrets(text)),
        *(Match(KINDS["iban"], *span) for span in _ibans(text) if not allowed.text(text[slice(*span)])),
        *(Match(KINDS["card"], *span) for span in cards(unlinked) if span not in dialled),
        *(
            Match(KINDS["national-id"], s, e, name)
            for name, s, e in national_ids(unlinked, _regions(settings))
        ),
        *(Match(KINDS["email"], *s) for s in mail_addresses(text) if not allowed.email(text[slice(*s)])),
        *(Match(KINDS["ip"], *span) for span in _addresses(text)),
        *(Match(KINDS["phone"], *span) for span, number in phones if not allowed.phone(number)),
        *(Match(KINDS["birthday"], *m.span("day")) for m in _BIRTHDAY.finditer(text)),
    ]


def _in_link(tail: str, settings: CheckSettings, allowed: "_Allowed") -> list[Match]:
    """What blocks, in path, query and fragment. Numbers of posts and pages are everywhere in paths, so identity numbers
    count in the query only, and cards only with the beginning of a brand."""
    of_brands = [span for span in cards(tail) if is_of_a_brand(tail[slice(*span)])]
    query = tail.find("?") if "?" in tail else len(tail)
    return [
        *(Match(KINDS["secret"], *span) for span in secrets(tail)),
        *(Match(KINDS["iban"], *span) for span in _ibans(tail) if not allowed.text(tail[slice(*span)])),
        *(Match(KINDS["card"], *span) for span in of_brands),
        *(Match(KINDS["national-id"], s, e, name) for name, s, e in national_ids(tail, _regions(settings))
          if s > query),
        *(Match(KINDS["email"], *s) for s in mail_addresses(tail) if not allowed.email(tail[slice(*s)])),
    ]  # fmt: skip


def _findings(text: Text, settings: CheckSettings) -> Iterator[Finding]:
    for match in matches(text.text, settings):
        kind = match.kind
        message, span = kind.message.format(match.name), text.at(match.start, match.end)
        yield Finding(
            f"personal-data.{kind.id}", kind.level, message, kind.fix, kind.question, span, kind.clause
        )


class _Allowed:
    """The organisation's public contacts: addresses, "@domain" for all addresses of a domain, numbers."""

    def __init__(self, settings: CheckSettings) -> None:
        self._plain = {_squeezed(contact) for contact in settings.value(PersonalData(), "public_contacts")}
        self._domains = tuple(c for c in self._plain if c.startswith("@"))
        contacts = "\n".join(settings.value(PersonalData(), "public_contacts"))
        self._phones = {number for _, number in _phones(contacts, _regions(settings))}

    def text(self, found: str) -> bool:
        return _squeezed(found) in self._plain

    def email(self, found: str) -> bool:
        behind = "".join(dropwhile(_has_no_case, found))
        typed = as_typed(found)
        return any(map(self.text, (found, behind, typed))) or _squeezed(typed).endswith(self._domains)

    def phone(self, number: str) -> bool:
        return number in self._phones


def _has_no_case(character: str) -> bool:
    """A letter that may stand directly before an address without belonging to it."""
    return character.isalpha() and character.lower() == character.upper()


def _squeezed(contact: str) -> str:
    return "".join(contact.split()).casefold()


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """The shortest valid beginning of each candidate: capitals that follow would belong to it by form. What is none may
    hold one: "to 20 DE89 ..." begins like an IBAN."""
    at = 0
    while match := _IBAN.search(text, at):
        ends = (
            end for end in range(match.start() + 15, match.end() + 1) if not _LATIN_OR_DIGIT.match(text, end)
        )
        end = next((end for end in ends if iban.is_valid(_NOT_OF_IBAN.sub("", text[match.start() : end]))), 0)
        if end:
            yield match.start(), end
        at = end or match.start() + 2


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    """Addresses of the public internet. Four numbers after "version" are a version."""
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            if not _VERSION.search(text, max(0, match.start() - 12), match.start()) and _is_global(match[0]):
                yield match.span()


def _is_global(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


def _phones(text: str, regions: tuple[str, ...]) -> Iterator[tuple[tuple[int, int], str]]:
    """Span and international form of each number that is valid in one of the regions (or has its +code)."""
    if sum(c.isdecimal() for c in text) < FEWEST_PHONE_DIGITS:
        return
    for region in regions or (None,):
        for match in phonenumbers.PhoneNumberMatcher(text, region, phonenumbers.Leniency.VALID):
            number = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
            yield (match.start, match.end), str(number)
