"""newsmonitor: watches news feeds, matches articles against rules and alerts once per event."""

__version__ = "0.1.0"
