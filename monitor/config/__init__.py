"""The configuration: a directory of YAML and OPML in, one frozen `Config` out, or all problems at once.

Reads files and environment variables only; never the network, the database or a channel.
"""

from monitor.config.load import Config, load, load_rules, load_settings

__all__ = ["Config", "load", "load_rules", "load_settings"]
