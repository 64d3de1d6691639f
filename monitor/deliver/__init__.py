"""Channels: rendering an alert, sending it, and saying what became of the attempt."""
