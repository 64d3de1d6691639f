"""Deduplication: what an article is to those seen before. Pure: the store brings the earlier ones."""

from monitor.dedup.deduplicator import Deduplicator
from monitor.dedup.exact import TITLE_WINDOW, Known, identify
from monitor.dedup.findings import Finding, Reason
from monitor.dedup.fingerprint import keys
from monitor.dedup.urls import canonical
from monitor.dedup.versions import Change, ChangeKind

__all__ = [
    "TITLE_WINDOW",
    "Change",
    "ChangeKind",
    "Deduplicator",
    "Finding",
    "Known",
    "Reason",
    "canonical",
    "identify",
    "keys",
]
