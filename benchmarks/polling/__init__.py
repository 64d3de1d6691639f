"""Polling: the schedule in simulation and in the running daemon, and large numbers of feeds."""
