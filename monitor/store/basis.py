"""What all tables are built on: one collection, its names, and the columns that most of them have."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, text
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def id_column() -> TypeEngine[int]:
    # SQLite generates ids only for a column declared exactly INTEGER.
    return BigInteger().with_variant(Integer, "sqlite")


def key_column() -> Column[int]:
    return Column("id", id_column(), primary_key=True)


def partial_index(
    name: str, *columns: str, where: str, sqlite: str | None = None, unique: bool = False
) -> Index:
    return Index(
        name,
        *columns,
        unique=unique,
        sqlite_where=text(sqlite or where),
        postgresql_where=text(where),
    )
