"""How an uploaded picture becomes the exact bytes that platforms get: ingest, render, thumbnail."""

from scheduler.imaging.service import ingest, render, thumbnail
from scheduler.imaging.types import FACTS, ImageRefused, Ingested, Rendered

__all__ = ["FACTS", "ImageRefused", "Ingested", "Rendered", "ingest", "render", "thumbnail"]
