"""The way of an article from its feed to a message: `ingest` a feed, `dispatch` its deliveries.

    claim a due feed ─ fetch ─ parse ─ identify ─ match ─ decide ─ commit once ─┐
                                                                               outbox
    record the attempt ─ send in the channel's thread ─ render ─ claim a delivery ┘

Everything that must survive a crash is written in the one transaction of `ingest` (articles,
matches, alerts, deliveries, the feed's validators and its next due time) or in the one that
records an attempt. Ticks, signals and reloads are the business of `monitor.daemon`.
"""
