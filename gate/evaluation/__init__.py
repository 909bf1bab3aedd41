"""How well a check does: on the project's own examples, on an organisation's own posts, on public sets."""
