"""What the pages ask about people: who is due out, pairs of records, whose person has changed, and the releases behind."""

import pandas as pd

from dashboard.parts import data
from edition.access import Use
from edition.folder import Edition, EditionError


def links_counted(edition: Edition) -> int:
    """How many pairs there are, those of people under restriction or exclusion among them."""
    return int(data.ask(edition, "select count(*) as n from fct_link_review", ("fct_link_review",), is_counted=True)["n"].iloc[0])


# What is known of where somebody due out will go: nothing recorded is no answer, and never a no.
_HOME = """case
    when home_state = 'homeless' then 'homeless'
    when home_state in ('settled', 'temporary') then 'place'
    when home_state = 'unconfirmed' or home_reason in ('unknown_kind', 'unreadable_record') then 'unconfirmed'
    else 'nothing' end"""
# Columns of editions that name team and officer.
_WHO = ("team", "team_name", "officer_code")


def due(edition: Edition, region: str | None, prison: str | None, days: int) -> pd.DataFrame:
    """One row a planned release of the next `days` days: fct_due_release with `home` (homeless, nothing, unconfirmed, place), those without a
    place first and then the soonest, dates as ISO text, '' where empty. `region` ('' where none is known), `prison`: those of one only."""
    held = data.columns(edition, "fct_due_release")
    who = ", ".join(f"coalesce({name}, '') as {name}" if name in held else f"'' as {name}" for name in _WHO)
    return data.ask(
        edition,
        f"""select booking_id, person_id, cast(planned_date as varchar) as planned_date, days_to_go, releasing_prison, {who},
               coalesce(supervising_region, '') as supervising_region, coalesce(pdu, '') as pdu, coalesce(provider, '') as provider,
               {_HOME} as home, home_state, coalesce(home_reason, '') as home_reason, coalesce(home_source, '') as home_source,
               coalesce(home_status, '') as home_status, photo_id, bank_account, officer, coalesce(officer_reason, '') as officer_reason,
               coalesce(cast(officer_since as varchar), '') as officer_since, handover,
               coalesce(cast(handover_due_on as varchar), '') as handover_due_on,
               coalesce(cast(handover_done_on as varchar), '') as handover_done_on
        from fct_due_release
        where coalesce(supervising_region, '') = coalesce(?, supervising_region, '') and (releasing_prison = ? or ? is null) and days_to_go < ?
        order by case {_HOME} when 'homeless' then 1 when 'nothing' then 2 when 'unconfirmed' then 3 else 4 end, days_to_go, person_id, booking_id""",
        ("fct_due_release",),
        (region, prison, prison, days),
    )


def due_counts(edition: Edition) -> pd.DataFrame:
    """Planned releases of the weeks ahead, counted: supervising_region ('' where empty), releasing_prison, days_to_go, home (as `due` has it),
    home_reason, photo_id, bank_account, officer, handover and `n`, of people under restriction or exclusion too."""
    return data.ask(
        edition,
        f"""select coalesce(supervising_region, '') as supervising_region, releasing_prison, days_to_go, {_HOME} as home,
               coalesce(home_reason, '') as home_reason, photo_id, bank_account, officer, handover, count(*) as n
        from fct_due_release group by all order by all""",
        ("fct_due_release",),
        is_counted=True,
    )


def due_rows(edition: Edition, booking_id: str) -> pd.DataFrame:
    """The delivered rows behind what is said of a planned release, by which whoever may see the source finds the person: source, delivery,
    file, row_number, row_hash."""
    return data.ask(
        edition,
        """select source, delivery, file, row_number, row_hash from fct_evidence
        where subject_kind = 'due_release' and subject_id = ? order by source, file, row_number""",
        ("fct_evidence",),
        (booking_id,),
    )


def take_out(edition: Edition, table: str, what: str, rows: int) -> None:
    """Put into the access record that `rows` of a table about people are taken out in a file, as `what`; only then may it be made. Raises
    NotRecorded, EditionError."""
    run = data.this_run()
    if not run.use.has_purpose:
        raise EditionError("say first what the rows are read for: begin a task in the sidebar")
    Use(edition, run.now, data.reader(), run.use.purpose, query=what, page=run.use.page).enter(rows, [table])


def links(edition: Edition) -> pd.DataFrame:
    """One row a pair of records whose link is doubtful or was decided on, the most pressing first: fct_link_review, money in pounds,
    text '' where empty."""
    texts = """left_source right_source left_person_id right_person_id left_delivery right_delivery left_file right_file left_claims
        right_claims name_agreement born_agreement home_agreement sentence_agreement prison_number_agreement case_number_agreement
        police_number_agreement record_office_number_agreement decision""".split()
    return data.ask(
        edition,
        f"""select pair_id, left_record, right_record, left_row_number, right_row_number, is_one_person, weight, releases,
               cast(money as double) as money, outcomes, coalesce(cast(cast(decided_at as timestamp(0)) as varchar), '') as decided_at, rank,
               {", ".join(f"coalesce(cast({name} as varchar), '') as {name}" for name in texts)}
        from fct_link_review order by rank""",
        ("fct_link_review",),
    )


def person_changes(edition: Edition) -> pd.DataFrame:
    """How many people became others, by refresh, the newest first: as_of, since (ISO text), change, cause, people, records."""
    return data.ask(
        edition,
        """select cast(as_of as varchar) as as_of, cast(since as varchar) as since, change, cause,
               count(distinct person_id_before) as people, cast(sum(records) as bigint) as records
        from fct_person_change group by as_of, since, change, cause order by as_of desc, change, cause""",
        ("fct_person_change",),
        is_counted=True,
    )


def releases_of(edition: Edition, persons: tuple[str, ...]) -> pd.DataFrame:
    """Releases of these people, the newest first: person_id, release_date (ISO text), releasing_prison, supervising_region."""
    return data.ask(
        edition,
        """select person_id, cast(release_date as varchar) as release_date, coalesce(releasing_prison, '') as releasing_prison,
               coalesce(supervising_region, '') as supervising_region
        from fct_release where person_id in (select unnest(string_split(?, ' '))) order by release_date desc, person_id""",
        ("fct_release",),
        (" ".join(persons),),
    )
