"""How the documents of a feed are read, where it is not as a feed.

Revision: 0004, after 0003. Feeds that are there already are ordinary ones.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("feed", sa.Column("reading", sa.Text(), nullable=True))
