"""E-mail addresses, as they are typed and as people write them out: "name [at] example [dot] org".

A word before "at" may also say where something is ("find us at example.org"), so an address that is written out counts
where its dot is a word too ("name at example dot com"), and one whose sign stands between blanks where the name
has a dot of its own or the host gives addresses to everybody.
"""

import re
from collections.abc import Iterator

PROVIDERS = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "outlook.de", "outlook.fr", "outlook.es", "outlook.pt", "hotmail.com",
    "hotmail.co.uk", "hotmail.de", "hotmail.fr", "hotmail.es", "hotmail.it", "live.com", "live.co.uk", "msn.com",
    "yahoo.com", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "yahoo.es", "yahoo.it", "yahoo.com.br", "ymail.com", "aol.com",
    "icloud.com", "me.com", "mac.com", "proton.me", "protonmail.com", "pm.me", "tutanota.com", "tuta.com", "mail.com",
    "gmx.de", "gmx.net", "gmx.com", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de", "posteo.de",
    "mailbox.org", "fastmail.com", "zoho.com", "orange.fr", "wanadoo.fr", "free.fr", "sfr.fr", "laposte.net",
    "libero.it", "virgilio.it", "sapo.pt", "uol.com.br", "bol.com.br", "terra.com.br", "btinternet.com", "sky.com",
    "comcast.net", "verizon.net", "mail.ru", "yandex.ru", "yandex.com", "qq.com", "163.com", "126.com", "naver.com",
    "seznam.cz", "wp.pl", "o2.pl", "interia.pl", "ziggo.nl", "kpnmail.nl", "bluewin.ch", "bigpond.com",
})  # fmt: skip
"""Hosts at which anybody can have an address."""

# Letters of scripts without case stand directly before what has a form, as in Japanese or Arabic.
_TYPED = (
    r"(?:(?<![\w.+%@-])|(?<=[\u0530-\u1dff\u2c00-\U0010ffff]))[\w.+%'-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}"
    r"(?:[a-z]{2,24}|[^\W\d_]{2,24})(?![0-9a-z@])"
)
_NAME = r"(?<![\w.+@-])[\w.+-]{1,64}"
_NOBODY = (
    r"(?!(?:us|me|it|you|them|out|in|up|on|online|live|here|now|more|page|site|website|blog|shop)(?![\w.+-]))"
)
_DOTTED_NAME = r"(?<![\w.+@-])(?=[\w+-]{1,60}[._+])[^\W\d_][\w.+-]{0,62}[^\W_]"
_HOST = r"(?!(?:the|an?|this|that|each|every|any|some)\b)[\w-]{1,63}"
_AT, _DOT = "(?:at|ät|arroba|arobase)", "(?:dot|punkt|ponto|punto|point)"
_BRACKETED_AT, _BRACKETED_DOT = (
    rf"\s?[\[({{]\s?(?:{_AT}|@)\s?[\])}}]\s?",
    rf"\s?[\[({{]\s?{_DOT}\s?[\])}}]\s?",
)
_SAID_DOT = rf"\s{_DOT}\s"
# No English word that may follow "dot" or "point", such as "in" or "at".
_ENDING = r"(?:com|org|net|edu|gov|info|biz|io|co|eu|uk|ie|de|fr|es|pt|it|nl|ch|ca|br|pl|se|dk|fi|au|nz|dev|example)\b"
_PROVIDER = rf"(?:{'|'.join(map(re.escape, sorted(PROVIDERS)))})(?![\w-]|\.\w)"
_DOTTED_HOST = r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}(?![\w@-])"

_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        _TYPED,
        rf"{_NAME}{_BRACKETED_AT}[\w-]{{1,63}}(?:(?:{_BRACKETED_DOT}|{_SAID_DOT}|\.)[\w-]{{2,63}}){{1,4}}",
        rf"{_NOBODY}{_NAME}(?:\s{_AT}\s|\s?@\s?){_HOST}(?:(?:{_BRACKETED_DOT}|{_SAID_DOT})[\w-]{{2,63}}){{0,3}}"
        rf"(?:{_BRACKETED_DOT}|{_SAID_DOT}){_ENDING}",
        rf"{_NOBODY}{_NAME}\s?@\s?{_PROVIDER}",
        rf"{_DOTTED_NAME}(?:\s@\s|@\s){_DOTTED_HOST}",
        rf"{_DOTTED_NAME}\s{_AT}\s{_PROVIDER}",
    )
)
_AT_SIGN = re.compile(rf"{_BRACKETED_AT}|\s{_AT}\s|\s?@\s?", re.IGNORECASE)
_DOT_SIGN = re.compile(rf"{_BRACKETED_DOT}|{_SAID_DOT}", re.IGNORECASE)


def mail_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where addresses stand; one may be found in two forms."""
    for form in _FORMS:
        yield from (match.span() for match in form.finditer(text))


def as_typed(address: str) -> str:
    """An address that was found, with its signs in place of the words for them."""
    return _DOT_SIGN.sub(".", _AT_SIGN.sub("@", address, count=1))
