"""Alerting policy: which match is told, when, and when an attempt to tell is repeated. Pure."""
