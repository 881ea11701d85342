"""The table of decisions on pairs of records, which rows are only ever added to."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TABLE = "link_decision"
SAID = "a decision is never changed or taken out: decide the pair again"

REFUSE = {
    "sqlite": [
        f"create trigger {TABLE}_no_update before update on {TABLE} begin select raise(abort, '{SAID}'); end",
        f"create trigger {TABLE}_no_delete before delete on {TABLE} begin select raise(abort, '{SAID}'); end",
        # `insert or replace` takes the older row out without asking the trigger above.
        f"""create trigger {TABLE}_no_replace before insert on {TABLE}
        when exists (select 1 from {TABLE} where decision_id = new.decision_id) begin select raise(abort, '{SAID}'); end""",
    ],
    "postgresql": [
        f"create function {TABLE}_refuse() returns trigger language plpgsql as $$ begin raise exception '{SAID}'; end $$",
        f"create trigger {TABLE}_no_change before update or delete on {TABLE} for each row execute function {TABLE}_refuse()",
        f"create trigger {TABLE}_no_truncate before truncate on {TABLE} for each statement execute function {TABLE}_refuse()",
    ],
}


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("decision_id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("left_record", sa.String(24), nullable=False),
        sa.Column("right_record", sa.String(24), nullable=False),
        sa.Column("decision", sa.String(9), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("decided_at", sa.DateTime, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("release_id", sa.Text, nullable=False),
        sa.CheckConstraint("left_record < right_record", name="left_before_right"),
        sa.CheckConstraint("decision in ('same', 'different', 'unsure')", name="known_decision"),
        # Numbers are never given twice, so that the newest row has the highest.
        sqlite_autoincrement=True,
    )
    op.create_index("link_decision_pair", TABLE, ["left_record", "right_record"])
    for statement in REFUSE[op.get_bind().dialect.name]:
        op.execute(statement)
