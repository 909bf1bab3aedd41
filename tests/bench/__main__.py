"""`script/bench NAME`: prints a table and, last, one line of JSON."""

import sys

from tests.bench import gate, publish

BENCHES = {"gate": gate.main, "publish": publish.main}

if __name__ == "__main__":
    name, *options = sys.argv[1:] or [""]
    if name not in BENCHES:
        sys.exit(f"script/bench NAME, where NAME is one of: {', '.join(sorted(BENCHES))}")
    sys.exit(BENCHES[name](options))
