"""What `script/bench NAME` runs: measurements, not tests. Nothing here decides whether a change lands."""
