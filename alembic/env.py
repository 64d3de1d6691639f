"""Runs the migrations: on the connection that the program hands over, or for `alembic` at a developer's desk.

alembic -x url=sqlite:///data/newsmonitor.db revision --autogenerate -m "Add a column"
"""

from alembic import context
from sqlalchemy import Connection

from monitor.store import address, engine
from monitor.store.tables import is_compared, is_compared_name, metadata


def run(connection: Connection) -> None:
    """Each migration in a transaction of its own: on SQLite too, whose DDL can be undone as well."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        transaction_per_migration=True,
        transactional_ddl=True,
        compare_type=True,
        include_name=is_compared_name,
        include_object=is_compared,
        on_version_apply=context.config.attributes.get("on_version_apply", ()),
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = context.get_x_argument(as_dictionary=True).get("url", "sqlite:///data/newsmonitor.db")
    with engine.build(address.parse(url), engine.Role.MIGRATE).connect() as own:
        run(own)
