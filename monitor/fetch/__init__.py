"""From an address to articles: fetch politely and within bounds, read in a process that can be killed.

Decides nothing about when to poll (`monitor.schedule`) or what to keep (`monitor.pipeline`).
"""
