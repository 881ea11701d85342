"""The table of what is granted to whom, which rows are only ever added to, and never by the person they are for."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TABLE = "access_grant"
SAID = "a grant is never changed or taken out: grant it again with another last day"

REFUSE = {
    "sqlite": [
        f"create trigger {TABLE}_no_update before update on {TABLE} begin select raise(abort, '{SAID}'); end",
        f"create trigger {TABLE}_no_delete before delete on {TABLE} begin select raise(abort, '{SAID}'); end",
        # `insert or replace` takes the older row out without asking the trigger above.
        f"""create trigger {TABLE}_no_replace before insert on {TABLE}
        when exists (select 1 from {TABLE} where grant_id = new.grant_id) begin select raise(abort, '{SAID}'); end""",
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
        sa.Column("grant_id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("scope_kind", sa.Text, nullable=False),
        sa.Column("scope_id", sa.Text, nullable=False),
        sa.Column("is_named", sa.Boolean, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date, nullable=False),
        sa.Column("granted_by", sa.Text, nullable=False),
        sa.Column("granted_at", sa.DateTime, nullable=False),
        sa.CheckConstraint("person <> '' and granted_by <> ''", name="somebody"),
        # An address is in small letters, so that nobody grants to themselves by another spelling.
        sa.CheckConstraint("person not like '%@%' or person = lower(person)", name="one_spelling"),
        sa.CheckConstraint("granted_by <> person", name="by_another"),
        sa.CheckConstraint("scope_kind in ('all', 'region', 'contract', 'provider')", name="known_scope"),
        sa.CheckConstraint("(scope_kind = 'all') = (scope_id = '')", name="scope_is_named"),
        sqlite_autoincrement=True,
    )
    op.create_index("access_grant_person", TABLE, ["person"])
    for statement in REFUSE[op.get_bind().dialect.name]:
        op.execute(statement)
