"""The team's library of evidence: what carries the claims of its posts, kept as it stood (docs/decisions/0034)."""
