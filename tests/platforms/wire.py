"""Talking HTTP byte by byte, for tests of what a client does with a server that misbehaves."""

import re
import socket
from collections.abc import Callable
from typing import Any

import pytest

from platforms import http
from platforms.base import PublishError

SECRET = "s3cr3t-t0k3n-value"


def request_from(connection: socket.socket) -> bytes:
    """The head of a request and its body, as far as Content-Length says. Raises OSError if it breaks off."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += more_from(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    named = re.search(rb"(?im)^content-length: *(\d+)", head)
    while len(body) < int(named[1] if named else 0):
        body += more_from(connection)
    return head + b"\r\n\r\n" + body


def more_from(connection: socket.socket) -> bytes:
    received = connection.recv(65_536)
    if not received:
        raise ConnectionError
    return received


def answering(*parts: bytes, seen: list[bytes] | None = None) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        request = request_from(connection)
        if seen is not None:
            seen.append(request)
        for part in parts:
            connection.sendall(part)

    return talk


def plain(status: str, body: bytes = b"", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def failing(url: str, **options: Any) -> PublishError:
    with pytest.raises(PublishError) as raised:
        http.call("POST", url, token=SECRET, creates=True, **options)
    return raised.value
