"""Measurements: each module is a command that prints figures beside a baseline measured in the same run.

The machine they run on is never quiet, so medians and ratios count, not single times.
"""
