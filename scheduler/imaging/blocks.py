"""The parts that a survey of a picture file is made of."""

import zlib
from dataclasses import dataclass, field

MAX_BLOCKS = 500_000
"""A 20 MB file in the usual blocks of 255 bytes has 80,000; more is made to keep us busy."""
MAX_TEXT_BYTES = 4_000_000


class Broken(ValueError):
    """The file is not built as its kind must be."""


class CutOff(Broken):
    """The file ends before the picture does."""


@dataclass(slots=True)
class Survey:
    """width and height: the largest that any header in the file claims. blocks: name (a word of FACTS that
    names a kind of block) and content, in the order of the file."""

    kind: str
    width: int = 0
    height: int = 0
    frames: int = 1
    blocks: list[tuple[str, bytes]] = field(default_factory=list)

    def claim(self, width: int, height: int) -> None:
        """Headers may disagree; the limit is held against the largest."""
        self.width = max(self.width, width)
        self.height = max(self.height, height)

    def add(self, name: str, content: bytes = b"") -> None:
        self.blocks.append((name, content))
        if len(self.blocks) > MAX_BLOCKS:
            raise Broken("too many blocks")

    def joined(self, name: str) -> bytes:
        return b"".join(content for block, content in self.blocks if block == name)

    def each(self, name: str) -> list[bytes]:
        return [content for block, content in self.blocks if block == name]

    def names(self) -> set[str]:
        return {name for name, _ in self.blocks}

    def add_trailing(self, rest: bytes) -> None:
        """Padding of cameras and servers is not data."""
        if rest.strip(b"\x00\xff\r\n\t "):
            self.add("trailing_data", rest)


def inflate(data: bytes) -> bytes:
    """Unpacks compressed text up to MAX_TEXT_BYTES; what cannot be unpacked is b""."""
    try:
        return zlib.decompressobj().decompress(data, MAX_TEXT_BYTES)
    except zlib.error:
        return b""
