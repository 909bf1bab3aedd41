"""A platform for measuring: it takes statuses as the Mastodon API does, each after the same pause, and remembers when.

It keeps every copy that it gets, whatever the key, so that a second one is seen. It costs as little processor time as
Python can do with, since it shares the machine with what is measured.

    GET /statuses    [[text, key, arrived, answered], ...], times in seconds since the epoch
    POST /reset      forgets them
"""

from __future__ import annotations

import asyncio
import json
import sys
import time


class Platform:
    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._statuses: list[tuple[str, str, float, float]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, with as many requests as come."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("latin-1").split("\r\n")
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                answer = await self._answer(lines[0], headers, body)
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    + f"Content-Length: {len(answer)}\r\n\r\n".encode()
                    + answer
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, line: str, headers: dict[str, str], body: bytes) -> bytes:
        if line.startswith("GET /statuses"):
            return json.dumps(self._statuses).encode()
        if line.startswith("POST /reset"):
            self._statuses.clear()
            return b"{}"
        arrived = time.time()
        await asyncio.sleep(self._pause)
        number = len(self._statuses) + 1
        text = json.loads(body)["status"]
        self._statuses.append((text, headers.get("idempotency-key", ""), arrived, time.time()))
        return json.dumps({"id": str(number), "url": f"http://127.0.0.1/@bench/{number}"}).encode()


async def main(port: int, pause: float) -> None:
    server = await asyncio.start_server(Platform(pause).serve, "127.0.0.1", port, backlog=200)
    print("READY", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
