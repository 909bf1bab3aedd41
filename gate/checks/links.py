"""Does a link lead where it seems to lead?

What can be read in the address is decided here; where it leads was found out beforehand (gate/links.py) and is handed
over in `CheckSettings.links`. While somebody writes nobody looks, and nothing is said about it.
Messages name the host at the end of the way, and of a shortened link the whole address, unless that holds personal
data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl

from gate.checks import hosts, personal_data
from gate.checks.addresses import Address, addresses, host_of, split
from gate.checks.base import CheckSettings, Finding, Level
from gate.checks.settings import Input, Setting, level, override
from gate.checks.texts import Text, texts
from gate.content import Content
from platforms.visits import End, Visit

LOOKED = "I opened this link, and it leads to what the post says."
TRACKING = frozenset({
    "utm_", "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "twclid", "ttclid",
    "li_fat_id", "igshid", "igsh", "mc_cid", "mc_eid", "mkt_tok", "oly_anon_id", "oly_enc_id", "vero_id", "s_cid",
    "_hsenc", "_hsmi", "__hstc", "__hsfp", "hsctatracking", "wickedid", "epik", "ref_src", "rb_clickid", "si", "spm",
    "scm", "pk_campaign", "pk_kwd", "piwik_campaign", "mtm_campaign", "mtm_source",
})  # fmt: skip
"""Parameters that say who passed a link on, after the documents of the services that add them: Meta, Google, Microsoft,
Yandex, X, TikTok, LinkedIn, Mailchimp, HubSpot, Matomo and others; "utm_" is all that begin so (Google Analytics)."""
SHOWN = 200
"""Characters of an address in a message."""


class Links:
    id = "links"
    version = "1.2"
    clause = "2.4"
    title = "Honest links"
    findings = (
        "bare", "broken", "denied", "elsewhere", "look-alike", "plain", "shortener", "tracking", "unknown",
        "unreadable", "user",
    )  # fmt: skip
    settings: tuple[Setting, ...] = (
        Setting(
            "deny",
            "Never link to",
            Input.LINES,
            [],
            "One host a line, such as example.org: all its subdomains count too, and links that end there.",
            valid=lambda line: hosts.named(line),
        ),
        Setting(
            "own_shorteners",
            "Our own short links",
            Input.LINES,
            [],
            "One host a line: short addresses that readers know as yours. Where they lead is not asked about.",
            valid=hosts.own_shortener,
        ),
        level("links.broken", "A link to what is not there", Level.BLOCKS),
        level(
            "links.unknown", "A link at which nobody could look", Level.ATTEST, (Level.BLOCKS, Level.ATTEST)
        ),
        level("links.elsewhere", "A link that ends on another host", Level.ATTEST),
        level("links.shortener", "A shortened link", Level.ATTEST),
        level(
            "links.look-alike", "A host that looks like another", Level.ATTEST, (Level.BLOCKS, Level.ATTEST)
        ),
        level("links.plain", "A link without https", Level.ATTEST),
        level("links.tracking", "A link that tracks readers", Level.ADVISES),
        level("links.bare", "An address without https://", Level.ADVISES),
        override(),
    )

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        own = [hosts.named(line) for line in settings.value(self, "own_shorteners")]
        deny = [hosts.named(line) for line in settings.value(self, "deny")]
        return [
            text.note(finding)
            for text in texts(content)
            for address in addresses(text.text)
            for finding in _findings(text, address, settings, deny, own)
        ]


def _findings(
    text: Text, address: Address, settings: CheckSettings, deny: list[str], own: list[str]
) -> Iterator[Finding]:
    parts = address.parts
    visit = (settings.links or {}).get(address.url)
    if parts is None or not parts.hostname:
        message = "This is no address that a browser opens."
        yield _said("broken", Level.BLOCKS, message, "Write the address again.", text, address)
        return
    if not address.host:
        message = "The host holds a sign that no host has, so that platforms lead to different places."
        fix = "Write a blank behind the address, or the address again."
        yield _said("unreadable", Level.BLOCKS, message, fix, text, address)
        return
    if "@" in parts.netloc:
        message = "A name stands before the host, so that readers may take it for the host."
        yield _said("user", Level.BLOCKS, message, "Take out everything before the @.", text, address)
        return
    if denied := next((host for host in _way(address, visit) if hosts.is_in(host, deny)), ""):
        where = "This host is" if denied == address.host else f"It leads over {denied}, which is"
        message = f"{where} on the organisation's list of hosts that are never linked to."
        yield _said("denied", Level.BLOCKS, message, "Take the link out.", text, address)
        return
    yield from _as_typed(text, address, visit)
    if settings.links is not None and not address.bare:
        yield from _where_it_leads(text, address, visit, settings, own)


def _way(address: Address, visit: Visit | None) -> Iterable[str]:
    return dict.fromkeys([address.host, *(host_of(hop) for hop in (visit.hops if visit else ()))])


def _as_typed(text: Text, address: Address, visit: Visit | None) -> Iterator[Finding]:
    """What can be read in the address alone."""
    if kind := hosts.disguise(address.host):
        question = "I know whose host this is, and it is the one that readers will take it for."
        fix = "Type the address of the page yourself, letter by letter."
        yield _said("look-alike", Level.ATTEST, kind, fix, text, address, question)
    if address.bare:
        message = "Without https:// some platforms make a link of this and others leave it as text."
        fix = "Write https:// before it, so that it is looked at and is a link everywhere."
        yield _said("bare", Level.ADVISES, message, fix, text, address)
    elif address.url.lower().startswith("http:"):
        works = visit is not None and visit.end == End.REACHED
        fix = (
            "Use https://: the page answers there too."
            if works
            else "Use the https address, or another page."
        )
        message = "This address begins with http, so what it shows can be changed on the way."
        question = "There is no https address of this page, and it asks readers for nothing."
        yield _said("plain", Level.ATTEST, message, fix, text, address, question)
    if names := _tracking(address.url):
        message = f"The address says who passed it on ({', '.join(names)}): readers are followed by it."
        yield _said("tracking", Level.ADVISES, message, "Take this out of the address.", text, address)


def _tracking(url: str) -> list[str]:
    parts = split(url)
    names = [name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)] if parts else []
    known = ["utm_" if name.startswith("utm_") else name for name in names]
    return [each for each in dict.fromkeys(known) if each in TRACKING]


def _where_it_leads(
    text: Text, address: Address, visit: Visit | None, settings: CheckSettings, own: list[str]
) -> Iterator[Finding]:
    if visit is None or visit.end == End.UNKNOWN:
        why = visit.why if visit else "there was no time, or this installation does not look"
        link = "shortened link" if hosts.is_in(address.host, hosts.SHORTENERS) else "link"
        message = f"Nobody could look where this {link} leads: {why}."
        fix = "Have the checks run again, or open the link yourself."
        yield _said("unknown", Level.ATTEST, message, fix, text, address, LOOKED)
    elif visit.end == End.BROKEN:
        message = f"This link leads to nothing: {visit.why}."
        fix = "Correct the address, or take it out."
        yield _said("broken", Level.BLOCKS, message, fix, text, address)
    elif hosts.is_in(address.host, own) or (address.host, host_of(visit.final)) in hosts.SAME_OWNER:
        return
    elif hosts.is_in(address.host, hosts.SHORTENERS):
        message = f"A shortened link hides where it leads: {_end(visit, settings)}."
        fix = "Use that address itself."
        yield _said("shortener", Level.ATTEST, message, fix, text, address, LOOKED)
    elif not hosts.same_site(address.host, host_of(visit.final)):
        message = f"This link leads on to another host: {host_of(visit.final)}."
        fix = "Link to that page itself, so that readers see where they go."
        yield _said("elsewhere", Level.ATTEST, message, fix, text, address, LOOKED)


def _end(visit: Visit, settings: CheckSettings) -> str:
    """The address at the end, without what may be personal."""
    shown = visit.final.partition("?")[0]
    if personal_data.matches(shown, settings):
        return host_of(visit.final)
    return shown if len(shown) <= SHOWN else shown[: SHOWN - 1] + "…"


def _said(
    kind: str, level: Level, message: str, fix: str, text: Text, address: Address, question: str = ""
) -> Finding:
    asked = question if level == Level.ATTEST else ""
    return Finding(f"links.{kind}", level, message, fix, asked, text.at(address.start, address.end))
