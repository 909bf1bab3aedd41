"""Keys, tokens and passwords: the forms in which services issue them, and a password after its name."""

import re
from collections.abc import Iterator

_ISSUED = re.compile(
    "|".join(
        (
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[\s\S]{0,8000}?-----END [A-Z ]{0,30}KEY-----)?",
            r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",  # Amazon
            r"\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{22,}",
            r"\bgl(?:pat|dt|rt|cbt)-[A-Za-z0-9_-]{20,}",
            r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|https://hooks\.slack\.com/services/[A-Za-z0-9/]{20,}",
            r"\bAIza[0-9A-Za-z_-]{35}(?![\w-])|\bya29\.[0-9A-Za-z_-]{20,}",  # Google
            r"\b[srp]k_live_[0-9A-Za-z]{16,}",  # Stripe
            r"\bsk-(?:[a-z]{3,6}\d{0,2}-)?(?=[A-Za-z_-]{0,100}\d)[A-Za-z0-9_-]{24,}",
            r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",  # SendGrid
            r"\bkey-[0-9a-f]{32}\b|\bSK[0-9a-f]{32}\b",  # Mailgun, Twilio
            r"\bnpm_[A-Za-z0-9]{36}\b|\bpypi-AgEI[A-Za-z0-9_-]{40,}|\bhf_[A-Za-z0-9]{30,}\b",
            r"\bdop_v1_[0-9a-f]{64}\b|\bshp(?:at|ss|ca|pa)_[0-9a-fA-F]{32}\b",
            r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b",  # Telegram
            r"\bEAA[A-Za-z0-9]{60,}\b",  # Meta
            r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",  # JSON Web Token
            r"\bAGE-SECRET-KEY-1[0-9A-Z]{50,}",
            r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,64}:[^\s/:@]{3,64}@[^\s/]+",  # a URL that signs in
        )
    ),
    re.ASCII,  # a Japanese letter directly before a key is no part of it
)
_NAMED = re.compile(
    r"(?<![A-Za-z0-9])(?:password|passwort|passcode|kennwort|mot de passe|contraseña|palavra-passe|senha"
    r"|pass phrase|pwd|wachtwoord|api[ _-]?key|secret(?:[ _-]key)?|access[ _-]?token|auth[ _-]?token|bearer)"
    r"\s?(?:[:=]|\bis\b|\bist\b|\best\b|\bes\b|\bé\b)\s?[\"'“`]?(?P<value>[^\s\"'”`,;]{6,})",
    re.IGNORECASE,
)
# Bluesky's app passwords: four groups of base 32. Without a digit they could be any four short words.
_APP_PASSWORD = re.compile(
    r"(?<![\w-])(?=[a-z-]*[2-7])(?=[2-7-]*[a-z])[a-z2-7]{4}(?:-[a-z2-7]{4}){3}(?![\w-])",
    re.ASCII,
)


def secrets(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of everything that looks like a key, a token or a password."""
    for match in _ISSUED.finditer(text):
        yield match.span()
    for match in _APP_PASSWORD.finditer(text):
        yield match.span()
    for match in _NAMED.finditer(text):
        if _looks_chosen(match["value"]):
            yield match.span("value")


def _looks_chosen(value: str) -> bool:
    """A password, and not the next word of a sentence or a link: letters with digits or signs inside."""
    inside = value.rstrip(".!?)…")
    if "://" in inside:
        return False
    return any(c.isalpha() for c in inside) and any(not c.isalpha() and c not in "-–'’/." for c in inside)
