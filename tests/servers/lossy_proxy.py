"""A proxy that loses answers, for tests of what happens to a post whose answer never came.

It forwards everything to UPSTREAM. The first TIMES write requests whose path contains MATCH are hit:
    drop    they are forwarded, and the answer is dropped: the server has acted, the client hears nothing
    500     they are forwarded, and the client hears 500
    refuse  they are not forwarded, and the connection is closed
    hold    they are forwarded, and the client waits for the answer until it has enough
Or the first TIMES reads of it:
    hide    they are not forwarded, and the client hears that there is no such record: a replica that is behind

    python -m tests.servers.lossy_proxy PORT UPSTREAM MATCH [TIMES=1] [MODE=drop]
"""

import http.client
import sys
import threading
from http.server import ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.servers.loopback import QuietHandler, server_for, url_of

_OWN_HEADERS = {"connection", "transfer-encoding", "content-length"}
_NOT_THERE = b'{"error": "RecordNotFound", "message": "Could not locate record"}'
_ERROR = b'{"error": "InternalServerError"}'


def proxy(
    upstream: str, match: str, times: int = 1, mode: str = "drop", port: int = 0
) -> ThreadingHTTPServer:
    """A server for loopback.running."""
    if mode not in ("drop", "500", "refuse", "hold", "hide"):
        raise ValueError(f"No such mode: {mode}")
    lock, left = threading.Lock(), [times]

    class Handler(QuietHandler):
        def forward(self) -> None:
            body, hit = self.body(), self.is_hit()
            if hit and mode == "refuse":
                return self.hang_up()
            if hit and mode == "hide":
                return self.answer(400, _NOT_THERE, {"Content-Type": "application/json"})
            status, headers, answer = forwarded(upstream, self, body)
            if not hit:
                return self.answer(status, answer, headers)
            if mode == "hold":
                self.connection.recv(1)  # nothing, once the client is gone
            if mode in ("drop", "hold"):
                return self.hang_up()
            self.answer(500, _ERROR, {"Content-Type": "application/json"})

        do_GET = do_POST = do_PUT = do_DELETE = forward

        def is_hit(self) -> bool:
            with lock:
                hit = (self.command == "GET") == (mode == "hide") and match in self.path and left[0] > 0
                left[0] -= hit
                return hit

    return server_for(Handler, port)


def forwarded(upstream: str, request: QuietHandler, body: bytes) -> tuple[int, dict[str, str], bytes]:
    """What the server behind the proxy answers: status, headers, body."""
    address = urlsplit(upstream)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    sent = {name: value for name, value in request.headers.items() if name.lower() not in _OWN_HEADERS}
    try:
        connection.request(request.command, request.path, body or None, sent)
        response = connection.getresponse()
        kept = {n: v for n, v in response.getheaders() if n.lower() not in _OWN_HEADERS}
        return response.status, kept, response.read()
    finally:
        connection.close()


def main(port: str, upstream: str, match: str, times: str = "1", mode: str = "drop") -> None:
    server = proxy(upstream, match, int(times), mode, int(port))
    print(f"READY {url_of(server)}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
