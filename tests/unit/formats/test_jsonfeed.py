"""JSON Feed; whole documents with their articles are among the test data."""

import json

import pytest

from monitor.formats import jsonfeed

URL = "https://example.org/feed.json"
VERSION = "https://jsonfeed.org/version/1.1"


def read(**feed):
    return jsonfeed.read(
        json.dumps({"version": VERSION, "items": [], **feed}).encode(), url=URL, language="xx"
    )


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"3",
        b"{}",
        b'{"version": "https://jsonfeed.org/version/1"}',
        b'{"items": []}',
        b'{"version": 1, "items": []}',
    ],
)
def test_other_json_is_no_feed(data):
    """Without version and items it is something else."""
    with pytest.raises(jsonfeed.NotAFeed):
        jsonfeed.read(data, url=URL)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"version": ', "line 1, column 13"),
        (b"[" * 200_000, "nested too deep"),
        (b'{"a": "\xff"}', "at byte 7"),
        (b"1" * 100_000, "not readable as JSON"),
    ],
)
def test_broken_json_is_an_error_with_its_place(data, message):
    """Cut, deep and undecodable documents and enormous numbers are errors, not crashes."""
    with pytest.raises(ValueError, match=message):
        jsonfeed.read(data, url=URL)


def test_an_empty_feed_is_a_feed():
    """No items is an answer too."""
    document = read(title="T")
    assert (document.title, document.articles, document.skipped) == ("T", (), 0)


def test_items_that_cannot_be_read_are_skipped_and_counted():
    """One broken item does not cost the others."""
    document = read(items=[None, [], {}, {"id": "a", "tags": "x", "authors": [3], "author": 4, "title": 5}])
    assert [article.id for article in document.articles] == ["a"]
    assert document.skipped == 3


def test_language_comes_from_item_feed_or_configuration():
    """The nearest word counts."""
    items = [{"id": "1", "language": "es"}, {"id": "2"}]
    assert [a.language for a in read(items=items, language="de").articles] == ["es", "de"]
    assert [a.language for a in read(items=items).articles] == ["es", "xx"]
