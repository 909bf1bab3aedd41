"""The servers of the tests as processes, the way tests of the whole product start them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def process(module: str, *arguments: str) -> Iterator[str]:
    command = [sys.executable, "-m", f"tests.servers.{module}", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            word, url = child.stdout.readline().split()
            assert word == "READY"
            yield url
        finally:
            child.terminate()


@pytest.mark.processes
def test_mastodon_is_told_what_to_do_and_the_proxy_loses_its_answer() -> None:
    with (
        process("mastodon_server", "0") as url,
        process("lossy_proxy", "0", url, "/api/v1/statuses") as lossy,
    ):
        control = f"{url}/control"
        asked = {"token_for": "alice", "settings": {"max_characters": 5}}
        token = requests.post(control, json=asked, timeout=5).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}

        def post(server: str, text: str) -> requests.Response:
            return requests.post(
                f"{server}/api/v1/statuses", json={"status": text}, headers=headers, timeout=5
            )

        assert post(url, "123456").status_code == 422
        with pytest.raises(requests.ConnectionError):
            post(lossy, "12345")
        assert post(lossy, "again").ok
        assert [s["x_text"] for s in requests.get(control, timeout=5).json()["statuses"]] == [
            "12345",
            "again",
        ]
        requests.post(control, json={"fault": {"kind": "status_before", "status": 503}}, timeout=5)
        assert post(url, "x").status_code == 503
        requests.post(control, json={"revoke": "alice"}, timeout=5)
        assert post(url, "x").status_code == 401
        assert "No such setting" in requests.post(control, json={"settings": {"x": 1}}, timeout=5).text
        assert requests.post(control, json={"reset": True}, timeout=5).json()["statuses"] == []
