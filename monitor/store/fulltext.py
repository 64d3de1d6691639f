"""The full-text index: which words each article has, written in the transaction that writes the article.

It holds the words as `monitor.text` folds them, so that it agrees with matching on every script. It
only narrows a search down; whether an article matches is for a rule set to say. Whoever changes how
texts are cut into words or folded must add a migration that builds the index anew; a test notices.

SQLite: an FTS5 table without content or positions. Its `ascii` tokenizer splits at the spaces put
between the words and changes nothing else: beyond ASCII everything counts as a letter, and within it
folded words have only small letters and digits. PostgreSQL: a tsvector of the same words.
"""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import (
    ColumnClause,
    Connection,
    Integer,
    TextClause,
    column,
    func,
    literal_column,
    select,
    text,
)

from monitor.model import Article, ArticleId
from monitor.rules.prefilter import AllOf, Need, Word, index_words

# A character that no word has. Articles with more words than PostgreSQL takes have it in their place,
# and every search finds it.
EVERYTHING = "\ue000"
_MOST_BYTES = 500_000

_ID: ColumnClause[int] = column("id", Integer)
_SQLITE_ADD = "INSERT INTO article_words (rowid, words) VALUES (?, ?)"
_SQLITE_REMOVE = text(
    "INSERT INTO article_words (article_words, rowid, words) VALUES ('delete', :id, :words)"
)
_POSTGRES_ADD = text(
    "INSERT INTO article_words (article_id, words) VALUES (:id, array_to_tsvector(CAST(:words AS text[]))) "
    "ON CONFLICT (article_id) DO UPDATE SET words = excluded.words"
)
_SQLITE_SEARCH = "SELECT rowid FROM article_words WHERE article_words MATCH :need"
_POSTGRES_SEARCH = "SELECT article_id FROM article_words WHERE words @@ CAST(:need AS tsquery)"


def add(conn: Connection, articles: Iterable[tuple[ArticleId, Article]]) -> None:
    """Index articles that are not in the index yet."""
    enter(conn, [(id_, index_words(article)) for id_, article in articles])


def enter(conn: Connection, found: Sequence[tuple[ArticleId, Collection[str]]]) -> None:
    """The same, given their words, see `index_words`."""
    if not found:
        return
    kept = [(id_, _bounded(words)) for id_, words in found]
    if _is_postgres(conn):
        conn.execute(_POSTGRES_ADD, [{"id": id_, "words": list(words)} for id_, words in kept])
    else:
        conn.exec_driver_sql(_SQLITE_ADD, [(id_, " ".join(words)) for id_, words in kept])


def replace(conn: Connection, id_: ArticleId, *, before: Article, after: Article) -> None:
    """Index a changed article anew. `before` is what the index was told of it."""
    remove(conn, [(id_, before)])
    add(conn, [(id_, after)])


def remove(conn: Connection, articles: Iterable[tuple[ArticleId, Article]]) -> None:
    """Forget articles, before they are deleted. On PostgreSQL deleting them does it."""
    if not _is_postgres(conn):
        rows = [{"id": id_, "words": " ".join(_bounded(index_words(article)))} for id_, article in articles]
        if rows:
            conn.execute(_SQLITE_REMOVE, rows)


def search(conn: Connection, need: Need, *, between: tuple[ArticleId, ArticleId] | None = None) -> TextClause:
    """A sub-select of the ids of all articles that satisfy the need, and perhaps some more.

    `between`: only of ids from the first to the second; the index is entered at the first.
    """
    is_postgres = _is_postgres(conn)
    statement = _POSTGRES_SEARCH if is_postgres else _SQLITE_SEARCH
    either = (
        f"{_tsquery(need)} | {_quoted(EVERYTHING)}" if is_postgres else f'{_fts5(need)} OR "{EVERYTHING}"'
    )
    if between is None:
        return text(statement).bindparams(need=either)
    column_name = "article_id" if is_postgres else "rowid"
    limited = f"{statement} AND {column_name} >= :first_id AND {column_name} <= :last_id"
    return text(limited).bindparams(need=either, first_id=between[0], last_id=between[1])


def count(conn: Connection, need: Need) -> int:
    """How many articles satisfy the need; too long ones count always."""
    found = search(conn, need).columns(_ID).subquery()
    return conn.scalar(select(func.count()).select_from(found)) or 0


def has_more(conn: Connection, need: Need, than: int) -> bool:
    """Whether more articles than so many satisfy the need. SQLite looks no further than that."""
    found = search(conn, need).columns(_ID).subquery()
    some = select(literal_column("1")).select_from(found).limit(than + 1).subquery()
    return (conn.scalar(select(func.count()).select_from(some)) or 0) > than


def _is_postgres(conn: Connection) -> bool:
    return conn.dialect.name == "postgresql"


def _bounded(words: Collection[str]) -> Collection[str]:
    return [EVERYTHING] if len("".join(words).encode()) > _MOST_BYTES else words


# --- conditions as each database writes them --------------------------------------------------


def _fts5(need: Need) -> str:
    """Words have neither quotes nor spaces, so that each is one token."""
    if isinstance(need, Word):
        return f'"{need.text}"' + (" *" if need.is_start else "")
    operator = " AND " if isinstance(need, AllOf) else " OR "
    return f"({operator.join(map(_fts5, need.parts))})"


def _tsquery(need: Need) -> str:
    if isinstance(need, Word):
        return _quoted(need.text) + (":*" if need.is_start else "")
    operator = " & " if isinstance(need, AllOf) else " | "
    return f"({operator.join(map(_tsquery, need.parts))})"


def _quoted(word: str) -> str:
    """A lexeme taken as it is: in quotes it is neither cut nor folded."""
    return f"'{word}'"
