"""Measurements of sending."""
