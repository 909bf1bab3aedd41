"""Bluesky's server by hand, until Ctrl-C."""

import os

from tests.servers import wait_for_stop
from tests.servers.bsky import ACCOUNTS, BlueskyServer


def port(name: str) -> int | None:
    return int(os.environ[name]) if os.environ.get(name) else None


with BlueskyServer(pds_port=port("PDS_PORT"), plc_port=port("PLC_PORT")) as server:
    print(f"COUNTERSIGN_BSKY_URL={server.url}")
    for handle, password in ACCOUNTS.items():
        print(f"  {handle}  {password}", flush=True)
    wait_for_stop()
