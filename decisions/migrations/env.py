"""What Alembic runs: the migrations beside this file, on the connection that decisions/store.py has opened and locked."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
