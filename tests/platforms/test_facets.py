from typing import Any

import pytest

from platforms.facets import facets

KNOWN = {"alice.test": "did:plc:alice", "bob.example.com": "did:plc:bob"}


def marked(text: str) -> list[tuple[str, str]]:
    """What the byte ranges cut out of the text, and the value they carry."""
    return [(cut(text, facet), value(facet)) for facet in facets(text, KNOWN.get)]


def cut(text: str, facet: dict[str, Any]) -> str:
    return text.encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()


def value(facet: dict[str, Any]) -> str:
    (feature,) = facet["features"]
    return str(next(content for name, content in feature.items() if name != "$type"))


def test_offsets_are_bytes_also_behind_emoji_and_other_alphabets() -> None:
    text = "👨‍👩‍👧‍👦 é 日本 https://example.com/ü?q=1#x and #Brötchen for @alice.test 🍰"
    assert marked(text) == [
        ("https://example.com/ü?q=1#x", "https://example.com/ü?q=1#x"),
        ("#Brötchen", "Brötchen"),
        ("@alice.test", "did:plc:alice"),
    ]
    first = facets(text, KNOWN.get)[0]
    assert first["index"]["byteStart"] == len("👨‍👩‍👧‍👦 é 日本 ".encode())
    assert first["features"][0]["$type"] == "app.bsky.richtext.facet#link"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("https://example.com", ["https://example.com"]),
        ("See https://example.com/a.", ["https://example.com/a"]),
        ("(https://example.com/a)", ["https://example.com/a"]),
        ("https://example.com/a_(b)", ["https://example.com/a_(b)"]),
        ("“https://example.com/a”!", ["https://example.com/a"]),
        ("<https://example.com/a>", ["https://example.com/a"]),
        ("HTTPS://EXAMPLE.com/A", ["HTTPS://EXAMPLE.com/A"]),
        ("https://a.example https://a.example", ["https://a.example", "https://a.example"]),
        ("https://example.com:8080/x", ["https://example.com:8080/x"]),
        ("https://bücher.example/x", ["https://bücher.example/x"]),
        ("example.com", []),
        ("https://", []),
        ("https://...", []),
        ("http://localhost", []),
        ("javascript:alert(1)", []),
        ("xhttps://example.com", []),
        ("me@https://example.com", []),
    ],
)
def test_links(text: str, links: list[str]) -> None:
    assert [part for part, _ in marked(text)] == links


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#one #two", ["one", "two"]),
        ("#one, (#two)! #three.", ["one", "two", "three"]),
        ("＃全角", ["全角"]),
        ("#2026 #2026goals", ["2026goals"]),
        ("no#tag # #! ##", []),
        ("#️⃣ keycap", []),
        ("#" + "x" * 64, ["x" * 64]),
        ("#" + "x" * 65, []),
    ],
)
def test_tags(text: str, tags: list[str]) -> None:
    assert [tag for _, tag in marked(text)] == tags


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("@alice.test", ["@alice.test"]),
        ("Hi @Alice.Test, (@bob.example.com)!", ["@Alice.Test", "@bob.example.com"]),
        ("@alice.test's", ["@alice.test"]),
        ("@nobody.test", []),
        ("@alice", []),
        ("me@alice.test", []),
        ("@alice.test-x", []),
    ],
)
def test_mentions_that_resolve(text: str, mentions: list[str]) -> None:
    assert [part for part, _ in marked(text)] == mentions
