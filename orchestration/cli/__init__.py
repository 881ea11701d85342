"""The command `gatehouse`: a module for each kind of command. Heavy libraries are imported by the commands that need them."""

import click

from orchestration.cli import access, audit, casework, figures, home


@click.group(context_settings={"max_content_width": 110})
@click.version_option(package_name="gatehouse")
def main() -> None:
    """Gatehouse: outcomes for people leaving prison."""


for command in (
    *(home.refresh, home.thresholds, home.status, home.rollback, home.monitor, home.backup, home.restore, home.dashboard, home.generate),
    *(figures.sql, figures.extract, figures.withdraw),
    *(access.access, access.login, access.logout),
    *(casework.casework, audit.sample, audit.audit),
):
    main.add_command(command)
