"""The demonstration: the real daemon between a bundled feed and a mailbox, all on this machine.

`monitor.demo.play` tells the story. Nothing here is used by the daemon itself, and nothing here
touches the configuration or the data of an installation.
"""
