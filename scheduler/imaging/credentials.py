"""Content credentials (C2PA) of an original: how it says that it was made, with what, and whether its signature holds.

The library c2pa-python is optional. Without it the manifest's bytes are searched for the addresses of IPTC's digital
source types, which stand in them as they are; the signature is then not looked at, and nothing is said about it.

A manifest comes from strangers and may name addresses to look at. The library is told not to, and while it reads no
file descriptor is to be had, which a connection would need.

Source: C2PA 2.2, sections 18.15 (actions) and A (embedding).
"""

from __future__ import annotations

import json
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from typing import Any

VALID, BROKEN = "c2pa_valid", "c2pa_broken"
"""Words of FACTS: the signature holds and is over this file, whoever signed; or it does not."""
LONGEST_NAME = 60
_SETTINGS = {
    "core": {"decode_identity_assertions": False},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
}
_SOURCE_TERM = re.compile(rb"digitalsourcetype/([A-Za-z]{3,60})", re.IGNORECASE)
_STATES = {"Valid": VALID, "Trusted": VALID, "Invalid": BROKEN}


@dataclass(frozen=True, slots=True)
class Credentials:
    """sources: last parts of the addresses of digital source types, of the file and of what it was made from.
    state: a word of FACTS, or "" where nobody looked. generator: the program that signed, as it calls itself."""

    sources: tuple[str, ...] = ()
    state: str = ""
    generator: str = ""


NOTHING_SAID = Credentials()


def read(manifest: bytes, data: bytes, content_type: str) -> Credentials:
    """What the file's manifests say. `manifest`: their bytes, as they were found; `data`: the whole file."""
    in_bytes = [term.decode() for term in _SOURCE_TERM.findall(manifest)]
    store, state = _opened(data, content_type)
    said = [term for text in _source_types(store) for term in _terms(text)]
    return Credentials(tuple(dict.fromkeys([*said, *in_bytes])), state, _generator(store))


def _opened(data: bytes, content_type: str) -> tuple[dict[str, Any], str]:
    """The manifest store as the library reads it, and what it thinks of the signature; nothing without the library."""
    try:
        c2pa = import_module("c2pa")
    except (ImportError, OSError):  # not installed, or not for this machine
        return {}, ""
    try:
        context = c2pa.Context(c2pa.Settings.from_dict(_SETTINGS))
        with _nothing_more_to_open(), c2pa.Reader(content_type, BytesIO(data), context=context) as reader:
            return json.loads(reader.json()), _STATES.get(str(reader.get_validation_state()), BROKEN)
    except (c2pa.C2paError.ManifestNotFound, c2pa.C2paError.NotSupported):  # not a manifest that it knows
        return {}, ""
    except (c2pa.C2paError, ValueError):
        return {}, BROKEN  # there is a manifest, and it is not built as it must be


@contextmanager
def _nothing_more_to_open() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _source_types(store: dict[str, Any]) -> Iterator[str]:
    for manifest in _manifests(store):
        for assertion in manifest.get("assertions") or ():
            if str(assertion.get("label", "")).startswith("c2pa.actions"):
                for action in (assertion.get("data") or {}).get("actions") or ():
                    yield str(action.get("digitalSourceType") or "")


def _terms(text: str) -> list[str]:
    return [term.decode() for term in _SOURCE_TERM.findall(text.encode())]


def _manifests(store: dict[str, Any]) -> list[dict[str, Any]]:
    """The active one first, then those of what it was made from."""
    manifests = dict(store.get("manifests") or {})
    active = manifests.pop(str(store.get("active_manifest")), None)
    return [*([active] if active else []), *manifests.values()]


def _generator(store: dict[str, Any]) -> str:
    for manifest in _manifests(store)[:1]:
        named = [str(info.get("name") or "") for info in manifest.get("claim_generator_info") or ()]
        name = next(filter(None, named), str(manifest.get("claim_generator") or ""))
        return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:LONGEST_NAME]
    return ""
