"""A server that answers byte after byte, each in good time, is given up all the same."""

import socket
import threading
from pathlib import Path

import pytest

from platforms import guard, http, mastodon_sign_in
from platforms.base import ConnectError
from tests.platforms.test_http import tls_server
from tests.platforms.wire import answering, failing, plain, request_from
from tests.servers.loopback import raw_server

DROPS = 600
FORMS = {
    "with a length": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
    "chunked": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "without a length": (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
    "headers": (b"HTTP/1.1 200 OK\r\nX-A: ", b"a"),
    "status line": (b"", b"H"),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}
each_form = pytest.mark.parametrize(("head", "drop"), FORMS.values(), ids=FORMS)


class Dripping:
    """A minute of drops, if the client lets it; `given_up` is set when the client ends it before."""

    def __init__(self, head: bytes, drop: bytes) -> None:
        self.head, self.drop, self.given_up = head, drop, threading.Event()

    def __call__(self, connection: socket.socket) -> None:
        request_from(connection)
        try:
            connection.sendall(self.head)
            connection.settimeout(0.1)
            for _ in range(DROPS):
                connection.sendall(self.drop)
                if _hung_up(connection):
                    self.given_up.set()
                    return
        except OSError:
            self.given_up.set()


def _hung_up(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except TimeoutError:
        return False


@pytest.fixture
def hurried(loopback: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "ANSWER_SECONDS", 1.0)


@each_form
def test_an_answer_that_drips_is_given_up(hurried: None, head: bytes, drop: bytes) -> None:
    drip = Dripping(head, drop)
    with raw_server(drip) as address:
        error = failing(f"http://{address}/", json={"a": 1})
        assert drip.given_up.wait(10)
    assert (error.maybe_sent, error.permanent) == (True, False)
    assert error.message == f"{address} answered more than we read."


@each_form
def test_it_is_given_up_in_a_sign_in_too(hurried: None, head: bytes, drop: bytes) -> None:
    drip = Dripping(head, drop)
    app = {"client_id": "id", "client_secret": "secret"}
    with raw_server(drip) as address:
        with pytest.raises(ConnectError, match="answered more than we read"):
            mastodon_sign_in.fetch_token(
                f"http://{address}", app, "http://here/", code="code", state="s", expected_state="s"
            )
        assert drip.given_up.wait(10)


@each_form
def test_it_is_given_up_over_tls_too(
    hurried: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: bytes, drop: bytes
) -> None:
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(tmp_path / "cert.pem"))
    drip = Dripping(head, drop)
    with tls_server(tmp_path, drip) as address:
        error = failing(f"https://{address}/", json={"a": 1})
        assert drip.given_up.wait(10)
    assert error.maybe_sent
    assert error.message == f"{address} answered more than we read."


def test_a_server_that_takes_no_request_is_given_up(hurried: None) -> None:
    done = threading.Event()
    with raw_server(lambda _: (done.wait(30), None)[1]) as address:
        error = failing(f"http://{address}/", data=b"x" * 50_000_000)
        done.set()
    assert error.maybe_sent


def test_a_handshake_that_drips_was_not_sent(loopback: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "CONNECT_SECONDS", 1.0)
    with raw_server(dripping_handshake) as address:
        error = failing(f"https://{address}/", json={"a": 1})
    assert not error.maybe_sent


def dripping_handshake(connection: socket.socket) -> None:
    connection.settimeout(0.1)
    connection.sendall(b"\x16\x03\x03\x40\x00")  # a record of 16 KB begins
    for _ in range(DROPS):
        connection.sendall(b"\x02")
        if _hung_up(connection):
            return


def test_an_answer_in_time_leaves_no_timer_behind(loopback: None) -> None:
    before = threading.active_count()
    with raw_server(answering(plain("200 OK", b"done"))) as address:
        assert http.call("GET", f"http://{address}/").body == b"done"
    timers = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    for timer in timers:
        timer.join(10)
    assert threading.active_count() <= before
