"""Points at which a test may kill the process, to prove that nothing is lost there.

`NEWSMONITOR_CRASH_AT=fetched:2` ends the process, as `kill -9` would, when the point `fetched` is
reached the second time. Without the variable a point costs one comparison.
"""

import itertools
import os

_name, _, _number = os.environ.get("NEWSMONITOR_CRASH_AT", "").partition(":")
_counter = itertools.count(1)


def point(name: str) -> None:
    """Die here if this is the point and the occurrence asked for."""
    if name == _name and next(_counter) == int(_number or 1):
        os._exit(137)
