"""Polling: what a feed costs, the schedule in simulation and in the daemon, large numbers of feeds."""

PHASES = (
    ("cold", "200, all 30 items new"),
    ("conditional", "304"),
    ("unchanged", "200, the same bytes"),
    ("new", "200, 3 of 30 items new"),
)
