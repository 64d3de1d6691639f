"""The ids of rows: each a type of its own, so that none is taken for another."""

from typing import NewType

FeedId = NewType("FeedId", int)
ArticleId = NewType("ArticleId", int)
StoryId = NewType("StoryId", int)
AlertId = NewType("AlertId", int)
DeliveryId = NewType("DeliveryId", int)
SilenceId = NewType("SilenceId", int)
