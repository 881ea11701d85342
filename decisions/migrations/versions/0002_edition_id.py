"""What is published is called an edition, no longer a release: the column that names the one that was looked at is renamed.

Only its name changes. Rows stay as they are, and so do the triggers, which do not name it.
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # As a statement: Alembic would copy the SQLite table into a new one, and the triggers would stay behind.
    op.execute("alter table link_decision rename column release_id to edition_id")
