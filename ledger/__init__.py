"""The publish log: append-only entries under a Merkle tree, with signed checkpoints. Knows no other app."""
