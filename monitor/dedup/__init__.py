"""Deduplication: what an article is to those seen before. Pure: the store brings the earlier ones."""

from monitor.dedup.exact import TITLE_WINDOW, Known, identify, tell_apart
from monitor.dedup.fingerprint import keys
from monitor.dedup.urls import canonical

__all__ = ["TITLE_WINDOW", "Known", "canonical", "identify", "keys", "tell_apart"]
