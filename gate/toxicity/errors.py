class EngineError(Exception):
    """An engine that cannot be trusted to answer: weights missing, changed or not understood."""
