"""The tables of who may have figures before their official series is published, and of extracts that were withdrawn. Rows are only ever added."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

SAID = "what was decided about extracts is never changed or taken out: decide anew"


def text(name: str) -> sa.Column:
    return sa.Column(name, sa.Text, nullable=False)


TABLES = {
    "embargo_grant": [
        *map(text, ("person", "series", "purpose", "decided_by")),
        *(sa.Column(name, sa.Date, nullable=False) for name in ("from_day", "to_day")),
        sa.CheckConstraint("person <> '' and decided_by <> '' and purpose <> '' and series <> ''", name="embargo_grant_whole"),
        sa.CheckConstraint("person not like '%@%' or person = lower(person)", name="embargo_grant_one_spelling"),
        sa.CheckConstraint("decided_by <> person", name="embargo_grant_by_another"),
        sa.CheckConstraint("from_day <= to_day", name="embargo_grant_days"),
    ],
    "extract_withdrawal": [
        *map(text, ("permalink", "reason", "decided_by")),
        sa.CheckConstraint("permalink <> '' and reason <> '' and decided_by <> ''", name="extract_withdrawal_whole"),
    ],
}


def refuse(dialect: str, table: str, key: str) -> list[str]:
    """The triggers that keep rows as they were written."""
    if dialect == "sqlite":
        return [
            f"create trigger {table}_no_update before update on {table} begin select raise(abort, '{SAID}'); end",
            f"create trigger {table}_no_delete before delete on {table} begin select raise(abort, '{SAID}'); end",
            # `insert or replace` takes the older row out without asking the trigger above.
            f"create trigger {table}_no_replace before insert on {table} when exists (select 1 from {table} where {key} = new.{key}) begin select raise(abort, '{SAID}'); end",
        ]
    return [
        f"create function {table}_refuse() returns trigger language plpgsql as $$ begin raise exception '{SAID}'; end $$",
        f"create trigger {table}_no_change before update or delete on {table} for each row execute function {table}_refuse()",
        f"create trigger {table}_no_truncate before truncate on {table} for each statement execute function {table}_refuse()",
    ]


def upgrade() -> None:
    for table, parts in TABLES.items():
        key = f"{table.rsplit('_', 1)[1]}_id"
        op.create_table(
            table, sa.Column(key, sa.Integer, primary_key=True, autoincrement=True), *parts, sa.Column("decided_at", sa.DateTime, nullable=False), sqlite_autoincrement=True
        )
        for statement in refuse(op.get_bind().dialect.name, table, key):
            op.execute(statement)
