"""Is it only the form that two reports share? What keeps two events in like words from being one story.

A story that is joined wrongly keeps an alert from being sent, so these guards err towards two stories.
"""

from dataclasses import replace
from datetime import timedelta

from monitor.dedup import frame, neardup
from monitor.dedup.frequency import Frequencies
from monitor.dedup.neardup import Appearance
from monitor.dedup.reading import Reading, read
from monitor.model import Article

_SAME_FORM, _OTHER_NUMBERS = 0.25, 0.5
_SAME_WORDS, _NEXT_ISSUE = 0.45, timedelta(hours=12)
_FRAMED = 150  # words: of longer texts, what an outlet prints around each of them is no great part


def is_one_frame(ours: Reading, earlier: Article) -> bool:
    """Whether two headlines are one frame with other names or numbers in it: the next draw, another town."""
    return frame.is_one_frame(ours.title, read(replace(earlier, summary="", content="")).title)


def is_same_form(ours: Appearance, theirs: Appearance, frequencies: Frequencies) -> bool:
    """Whether two texts, no copies, share a form: other numbers in it, a frame, or the next day's issue."""
    like = neardup.compare(ours, theirs, frequencies)
    if like.rule or like.containment < _SAME_FORM:
        return False
    if like.numerals < _OTHER_NUMBERS:
        return True
    if ours.host != theirs.host or like.compared >= _FRAMED:
        return False
    is_next_issue = like.containment >= _SAME_WORDS and (like.gap or timedelta(0)) >= _NEXT_ISSUE
    return is_next_issue or not neardup.open_alike(ours.wording, theirs.wording)
