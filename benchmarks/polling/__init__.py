"""Polling: what a feed costs, the schedule in simulation and in the daemon, large numbers of feeds."""

PHASES = (
    ("cold", "200, all 30 items new"),
    ("conditional", "304"),
    ("unchanged", "200, the same bytes"),
    ("new", "200, 3 of 30 items new"),
)

ROUND = ("cold", "conditional", "conditional", "unchanged", "unchanged", "new")
"""The phases in turn. Of one that comes twice the lesser counts: the first warms caches and statements."""
