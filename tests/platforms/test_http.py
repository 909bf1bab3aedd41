"""Whether a request was sent, what an answer means, and what nobody may read."""

import gzip
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from platforms import guard, http
from platforms.base import PublishError
from tests.platforms.wire import SECRET, answering, failing, plain, request_from
from tests.servers.loopback import raw_server

# Whether it was sent


def test_a_refused_connection_was_not_sent(loopback: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = failing(f"http://127.0.0.1:{port}/")
    assert (error.maybe_sent, error.permanent) == (False, False)
    assert "could not be reached" in error.message


def test_a_name_that_is_not_there_was_not_sent(loopback: None) -> None:
    error = failing("https://nobody.invalid/")
    assert (error.maybe_sent, error.permanent) == (False, False)


def test_a_connection_that_times_out_was_not_sent(loopback: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "CONNECT_SECONDS", 0.2)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = []
        for _ in range(4):  # Fill the queue of a server that accepts nobody.
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(address)
        error = failing(f"http://127.0.0.1:{address[1]}/")
        for one in waiting:
            one.close()
    assert error.message.endswith("could not be reached in time.")
    assert not error.maybe_sent


def test_no_answer_at_all_is_maybe_sent(loopback: None) -> None:
    with raw_server(lambda connection: (request_from(connection), connection.recv(1))) as address:
        error = failing(f"http://{address}/", read_seconds=0.2)
    assert error.maybe_sent
    assert error.message.endswith("did not answer in time.")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"complete nonsense\r\n\r\n",
    ],
)
def test_a_broken_answer_is_maybe_sent(loopback: None, answer: bytes) -> None:
    with raw_server(answering(answer)) as address:
        assert failing(f"http://{address}/", json={"a": 1}).maybe_sent


def test_a_broken_answer_to_a_call_that_creates_nothing_is_not_maybe_sent(loopback: None) -> None:
    with raw_server(answering(b"")) as address, pytest.raises(PublishError) as raised:
        http.call("GET", f"http://{address}/")
    assert not raised.value.maybe_sent


def test_an_endless_answer_is_cut_off(loopback: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "ANSWER_BYTES", 100_000)

    def talk(connection: socket.socket) -> None:
        request_from(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    with raw_server(talk) as address:
        error = failing(f"http://{address}/")
    assert error.maybe_sent
    assert error.message.endswith("answered more than we read.")


def test_a_compressed_bomb_is_cut_off(loopback: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "ANSWER_BYTES", 100_000)
    body = gzip.compress(b"\0" * 5_000_000)
    with raw_server(answering(plain("200 OK", body, "Content-Encoding: gzip"))) as address:
        assert failing(f"http://{address}/").message.endswith("answered more than we read.")


@contextmanager
def tls_server(folder: Path, answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server whose certificate nobody vouches for, unless they take its cert.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(1))
        .not_valid_after(now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            answer(secure)

    with raw_server(talk) as address:
        yield address.replace("127.0.0.1", "localhost")


def test_a_bad_certificate_was_not_sent(loopback: None, tmp_path: Path) -> None:
    seen: list[bytes] = []
    with tls_server(tmp_path, answering(plain("200 OK"), seen=seen)) as address:
        error = failing(f"https://{address}/", json={"a": 1})
    assert "certificate is not valid" in error.message
    assert (error.maybe_sent, seen) == (False, [])


def test_a_handshake_that_breaks_was_not_sent(loopback: None) -> None:
    for talk in (
        lambda connection: connection.sendall(plain("400 Bad Request")),
        lambda connection: connection.recv(10),
    ):
        with raw_server(talk) as address:
            assert not failing(f"https://{address}/").maybe_sent


# What an answer means


def answer(status: int, body: bytes = b"", **headers: str) -> http.Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.Answer(status, named, body, "social.example", (SECRET,))


@pytest.mark.parametrize(
    ("status", "permanent", "maybe_sent", "needs_reconnect"),
    [
        (302, True, False, False),
        (303, False, True, False),
        (400, True, False, False),
        (401, True, False, True),
        (403, True, False, False),
        (404, True, False, False),
        (408, False, True, False),
        (413, True, False, False),
        (422, True, False, False),
        (425, False, False, False),
        (429, False, False, False),
        (500, False, True, False),
        (502, False, True, False),
        (503, False, True, False),
        (504, False, True, False),
    ],
)
def test_what_a_status_means(status: int, permanent: bool, maybe_sent: bool, needs_reconnect: bool) -> None:
    error = http.refused(answer(status), "take the post", creates=True)
    assert (error.permanent, error.maybe_sent, error.needs_reconnect) == (
        permanent,
        maybe_sent,
        needs_reconnect,
    )
    assert error.message.startswith(f"social.example did not take the post ({status})")
    assert error.account_waits == (status == 429), "that alone concerns the account's other posts"
    assert not http.refused(answer(status), "take an image").maybe_sent


NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": "Sun, 01 Mar 2026 12:02:00 GMT"}, 120.0),
        ({"retry-after": "Sun, 01 Mar 2026 11:00:00 GMT"}, 1.0),
        ({"retry-after": "0"}, 1.0),
        ({"retry-after": "-5"}, 1.0),
        ({"retry-after": "999999999"}, 86_400.0),
        ({"retry-after": "inf"}, 86_400.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "soon", "ratelimit-reset": "12"}, 12.0),
        ({"ratelimit-reset": str(int(NOW.timestamp()) + 77)}, 77.0),
        ({"x-ratelimit-reset": "2026-03-01T12:05:00.000Z"}, 300.0),
        ({"x-ratelimit-reset": "2026-03-01T12:05:00"}, 300.0),
        ({"retry-after": "5", "x-ratelimit-reset": "2026-03-01T12:05:00.000Z"}, 5.0),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert http.retry_after(headers, NOW) == seconds


@pytest.mark.parametrize("reset", ["2026-03-01T12:05:00.000Z", "Sun, 01 Mar 2026 12:05:00 GMT", "1772366700"])
def test_a_time_to_come_back_at_is_read_by_the_clock_of_who_gave_it(reset: str) -> None:
    said = {"x-ratelimit-reset": reset, "date": "Sun, 01 Mar 2026 12:00:00 GMT"}
    assert http.retry_after(said) == 300.0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": "Text is too long"}', "Text is too long"),
        (b'{"error": "invalid_grant", "error_description": "The grant is gone"}', "The grant is gone"),
        (b'{"error": "InvalidRequest", "message": "Bad rkey"}', "Bad rkey"),
        (b"<html><style>p {}</style><script>x</script><p>Not&nbsp;found</p>", "Not found"),
        (b"plain  words\n\x00\x1b[31mred", "plain words [31mred"),
        (b'{"error": {"code": 1}}', '{"error": {"code": 1}}'),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"[" * 100_000, "[" * 199 + "…"),
        (b"", ""),
        (f'{{"error": "Bad token {SECRET}!"}}'.encode(), "Bad token •••!"),
    ],
)
def test_what_the_server_says_is_one_short_line(body: bytes, words: str) -> None:
    assert answer(422, body).words() == words


@pytest.mark.parametrize("body", [b"", b"null", b"[1]", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_an_empty_one(body: bytes) -> None:
    assert answer(200, body).object() == {}


# What nobody may read


def test_no_secret_is_in_any_error_or_log(loopback: None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told = plain("401 Unauthorized", f'{{"error": "no {SECRET}"}}'.encode())
    errors: list[BaseException] = []
    with raw_server(answering(b"")) as broken, raw_server(answering(told)) as telling:
        errors.append(failing(f"http://{broken}/", json={"password": SECRET}))
        said = http.call("POST", f"http://{telling}/", data={"password": SECRET}, hide=(SECRET,))
    errors.append(http.refused(said, "sign in"))
    with pytest.raises(PublishError) as raised:
        http.call("GET", "http://127.0.0.1:9/", token=f"{SECRET}\r\nX: y")
    errors.append(raised.value)
    texts = [caplog.text, repr(said)]
    for error in errors:
        texts += [str(error), repr(error), str(error.args)]
        assert error.__context__ is None
        assert error.__cause__ is None
    assert not [text for text in texts if SECRET in text]


def test_two_calls_at_once_do_not_mix_up_what_was_sent(loopback: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()[1]
    results: dict[str, bool] = {}
    started = threading.Event()

    def wait_then_hang_up(connection: socket.socket) -> None:
        request_from(connection)
        started.set()
        connection.recv(1)

    with raw_server(wait_then_hang_up) as address:
        slow = threading.Thread(
            target=lambda: results.update(slow=failing(f"http://{address}/", read_seconds=1.0).maybe_sent)
        )
        slow.start()
        assert started.wait(5)
        results["refused"] = failing(f"http://127.0.0.1:{closed}/").maybe_sent
        slow.join()
    assert results == {"slow": True, "refused": False}
