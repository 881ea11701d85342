"""The tables of payment cases, samples and notices of audit. Rows are only ever added, and what needs two persons has two in every row.

A case is one for its claim and rule, or its subject and rule, whatever became of it: one that was closed is opened again and not made anew, so the
unique indexes are over all cases and not over live ones alone. Its steps are numbered without a gap, each beginning where the one before ended.
Pounds are whole pence, which both kinds of database keep exactly. A step without `proposed_by` is the run's.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

SAID = "what was written about a case, a sample or a notice is never changed or taken out: add what is so now"
# Rules that have a subject in place of a claim.
CONTRACT_RULES = "('R54', 'R55', 'R63', 'R64')"

STATES = "('open', 'queried', 'explained', 'upheld', 'credited', 'closed')"
BY_RUN = """(from_state = '' and to_state = 'open' or from_state = 'upheld' and to_state = 'credited'
    or from_state in ('open', 'queried', 'explained', 'credited') and to_state = 'closed'
    or from_state in ('explained', 'upheld', 'credited', 'closed') and to_state = 'open')"""
BY_TWO = """(from_state in ('open', 'queried') and to_state in ('explained', 'upheld') or from_state = 'upheld' and to_state = 'closed'
    or from_state in ('explained', 'upheld', 'credited', 'closed') and to_state = 'open')"""


def somebody(name: str, column: str) -> sa.CheckConstraint:
    """One spelling of a name, so that nobody is two persons by another."""
    return sa.CheckConstraint(f"{column} = trim({column}) and ({column} not like '%@%' or {column} = lower({column}))", name=name)


def text(name: str, **how) -> sa.Column:
    return sa.Column(name, sa.Text, nullable=False, **how)


def number(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer, nullable=False)


def pence(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger, nullable=False)


def moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime, nullable=False)


def day(name: str) -> sa.Column:
    return sa.Column(name, sa.Date, nullable=False)


def key(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer, primary_key=True, autoincrement=True)


def of(name: str, column: str) -> sa.Column:
    return sa.Column(name, sa.Integer, sa.ForeignKey(column), nullable=False)


def once(*columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, info={"columns": columns})


def client_key() -> tuple[sa.CheckConstraint, sa.UniqueConstraint]:
    """The same key sent again is a retry, and changes nothing."""
    return sa.CheckConstraint("client_key <> ''", name="has_client_key"), once("client_key")


def tables() -> dict[str, list]:
    return {
        "case_run": [
            key("run_no"), text("run_id"), text("edition_id"), day("as_of"), moment("applied_at"),
            once("run_id"),
        ],
        "payment_case": [
            key("case_id"), sa.Column("source", sa.Text), sa.Column("claim_id", sa.Text), sa.Column("subject", sa.Text), text("subject_kind"),
            text("rule_id"), text("contract_id"), text("provider"),
            sa.CheckConstraint(
                f"""(source is not null and source <> '' and claim_id is not null and claim_id <> '' and subject is null and subject_kind = 'claim'
                    and rule_id not in {CONTRACT_RULES})
                or (source is null and claim_id is null and subject is not null and subject <> '' and subject_kind <> 'claim'
                    and rule_id in {CONTRACT_RULES})""",
                name="of_a_claim_or_a_subject",
            ),
        ],
        # What runs saw of a case: a row when it is another than the last.
        "case_finding": [
            key("finding_id"), of("case_id", "payment_case.case_id"), of("run_no", "case_run.run_no"), text("result"), text("severity"),
            number("rule_version"), text("input_hash"), pence("at_risk_pence"), sa.Column("is_changed_since", sa.Boolean, nullable=False),
            sa.CheckConstraint("result in ('fail', 'pass', 'not_tested')", name="known_result"),
            sa.CheckConstraint("at_risk_pence >= 0 and (result = 'fail' or at_risk_pence = 0)", name="pounds_of_a_fail"),
        ],
        "case_proposal": [
            key("proposal_id"), of("case_id", "payment_case.case_id"), number("step_no"), of("finding_id", "case_finding.finding_id"),
            text("to_state"), pence("amount_pence"), text("reason"), text("evidence"), text("proposed_by"), moment("proposed_at"), text("client_key"),
            sa.CheckConstraint("to_state in ('explained', 'upheld', 'closed', 'open')", name="needs_two"),
            sa.CheckConstraint("proposed_by <> '' and reason <> ''", name="somebody_says_why"),
            somebody("one_spelling", "proposed_by"),
            sa.CheckConstraint("amount_pence >= 0 and (to_state <> 'upheld' or amount_pence > 0)", name="amount_is_more_than_nothing"),
            *client_key(),
        ],
        "case_step": [
            key("step_id"), of("case_id", "payment_case.case_id"), number("step_no"), text("from_state"), text("to_state"),
            of("run_no", "case_run.run_no"), of("finding_id", "case_finding.finding_id"),
            number("rule_version"), text("input_hash"), day("as_of"), pence("at_risk_pence"), pence("amount_pence"), text("reason"), text("evidence"),
            sa.Column("due_on", sa.Date), text("proposed_by"), text("approved_by"),
            sa.Column("proposal_id", sa.Integer, sa.ForeignKey("case_proposal.proposal_id")), moment("made_at"), text("client_key"),
            once("case_id", "step_no"), once("proposal_id"), *client_key(),
            sa.CheckConstraint(f"to_state in {STATES}", name="known_state"),
            sa.CheckConstraint("(step_no = 1) = (from_state = '') and step_no >= 1", name="begins_once"),
            somebody("one_spelling_proposed", "proposed_by"), somebody("one_spelling_approved", "approved_by"),
            sa.CheckConstraint(
                f"""case when proposed_by = '' then approved_by = '' and proposal_id is null and {BY_RUN}
                when from_state = 'open' and to_state = 'queried' then approved_by = '' and proposal_id is null
                else approved_by <> '' and approved_by <> proposed_by and proposal_id is not null and {BY_TWO} end""",
                name="two_persons",
            ),
            sa.CheckConstraint("amount_pence >= 0 and at_risk_pence >= 0", name="no_pounds_below_nothing"),
            sa.CheckConstraint("to_state <> 'upheld' or (amount_pence > 0 and amount_pence <= at_risk_pence)", name="upheld_within_risk"),
            sa.CheckConstraint(
                "from_state <> 'upheld' or to_state <> 'closed' or (reason = 'not_recovered' and amount_pence > 0)", name="not_recovered_is_said"
            ),
            sa.CheckConstraint("reason <> '' or to_state = 'queried'", name="says_why"),
            sa.CheckConstraint("to_state <> 'explained' or evidence <> ''", name="explained_by_something"),
            sa.CheckConstraint("(to_state = 'queried') = (due_on is not null)", name="queried_is_due"),
        ],
        # What happens between two steps: an answer, more time for one, none by the due day, a dispute.
        "case_mark": [
            key("mark_id"), of("case_id", "payment_case.case_id"), number("step_no"), text("kind"), sa.Column("due_on", sa.Date), text("said"),
            text("evidence"), sa.Column("is_late", sa.Boolean, nullable=False), text("made_by"), moment("made_at"), text("client_key"),
            sa.CheckConstraint("kind in ('answer', 'extension', 'no_answer', 'dispute')", name="known_kind"),
            sa.CheckConstraint("(kind = 'extension') = (due_on is not null)", name="extended_to_a_day"),
            sa.CheckConstraint("(kind = 'no_answer') = (made_by = '')", name="by_somebody"), somebody("one_spelling_mark", "made_by"),
            *client_key(),
        ],
        # A reversal, a payment back or a credit line, which gives its money to one claim or subject only.
        "case_credit": [
            key("credit_id"), text("kind"), text("ref"), sa.Column("source", sa.Text), sa.Column("claim_id", sa.Text), sa.Column("subject", sa.Text),
            pence("amount_pence"), of("run_no", "case_run.run_no"),
            sa.CheckConstraint("kind in ('reversal', 'payment', 'credit_line')", name="known_credit"),
            sa.CheckConstraint("amount_pence > 0 and ref <> ''", name="credit_of_something"),
            sa.CheckConstraint(
                "(source is not null and claim_id is not null and subject is null) or (source is null and claim_id is null and subject is not null)",
                name="credit_of_one",
            ),
            once("kind", "ref"),
        ],
        "case_workbook": [
            key("workbook_id"), text("provider"), text("frame_hash"), text("rows"), day("due_on"), text("made_by"), moment("made_at"),
            sa.CheckConstraint("provider <> '' and made_by <> ''", name="for_somebody"), once("frame_hash"),
        ],
        "sample": [
            key("sample_id"), text("method"), text("contract_id"), text("scope"), text("seed"), number("size"), pence("interval_pence"),
            pence("start_pence"), sa.Column("confidence", sa.Numeric(5, 4), nullable=False), text("frame_hash"), number("frame_claims"), pence("frame_pence"),
            text("strata"), day("as_of"), text("edition_id"), text("drawn_by"), moment("drawn_at"), text("client_key"),
            sa.CheckConstraint("method in ('money', 'attribute')", name="known_method"),
            sa.CheckConstraint("size > 0 and confidence > 0 and confidence < 1 and seed <> ''", name="can_be_drawn_again"),
            sa.CheckConstraint("drawn_by <> ''", name="drawn_by_somebody"), *client_key(),
        ],
        "sample_claim": [
            key("sample_claim_id"), of("sample_id", "sample.sample_id"), text("source"), text("claim_id"), pence("net_pence"), text("stratum"),
            sa.Column("is_top", sa.Boolean, nullable=False), sa.CheckConstraint("net_pence > 0", name="net_above_nothing"),
            once("sample_id", "source", "claim_id"),
        ],
        # The newest of a claim counts.
        "sample_answer": [
            key("answer_id"), of("sample_claim_id", "sample_claim.sample_claim_id"), pence("supported_pence"), text("note"), text("examined_by"),
            moment("examined_at"), text("client_key"), sa.CheckConstraint("supported_pence >= 0", name="supported_is_not_below_nothing"),
            sa.CheckConstraint("examined_by <> ''", name="examined_by_somebody"), *client_key(),
        ],
        "audit_notice": [
            key("notice_id"), text("contract_id"), text("period"), sa.Column("from_date", sa.Date), sa.Column("to_date", sa.Date), day("noted_on"),
            text("noted_by"), moment("noted_at"), text("client_key"),
            sa.CheckConstraint("contract_id <> '' and noted_by <> ''", name="of_a_contract_by_somebody"),
            sa.CheckConstraint(
                "(period <> '' and from_date is null and to_date is null) or (period = '' and from_date is not null and to_date is not null and from_date <= to_date)",
                name="period_or_dates",
            ),
            *client_key(),
        ],
    }  # fmt: skip

# What no check of one row can see; each is refused where the SELECT finds a row.
FITS = {
    "case_step": {
        "a step follows the one before it": """select 1 where new.step_no > 1 and not exists (select 1 from case_step
            where case_id = new.case_id and step_no = new.step_no - 1 and to_state = new.from_state)""",
        "a step is held against what was last seen of its case": """select 1 where not exists (select 1 from case_finding
            where finding_id = new.finding_id and case_id = new.case_id and at_risk_pence = new.at_risk_pence
                and rule_version = new.rule_version and input_hash = new.input_hash
                and finding_id = (select max(finding_id) from case_finding where case_id = new.case_id))""",
        "two persons decide on what the one has proposed": """select 1 where new.proposal_id is not null and not exists (
            select 1 from case_proposal where proposal_id = new.proposal_id and case_id = new.case_id and step_no = new.step_no
                and to_state = new.to_state and (amount_pence = new.amount_pence or to_state = 'open') and finding_id = new.finding_id and proposed_by = new.proposed_by
                and proposal_id = (select max(proposal_id) from case_proposal where case_id = new.case_id))""",
    },
    "case_proposal": {
        "what is proposed is the next step of a case, on what was last seen of it": """select 1 where
            new.step_no <> (select max(step_no) + 1 from case_step where case_id = new.case_id)
            or new.finding_id <> (select max(finding_id) from case_finding where case_id = new.case_id)""",
    },
}
ONCE = (
    ("payment_case", "payment_case_claim", ("source", "claim_id", "rule_id"), "claim_id is not null"),
    ("payment_case", "payment_case_subject", ("subject", "rule_id"), "subject is not null"),
    ("case_mark", "case_mark_once", ("case_id", "step_no", "kind"), "kind in ('extension', 'no_answer')"),
    ("case_mark", "case_mark_dispute", ("case_id", "kind"), "kind = 'dispute'"),
)
INDEXES = (
    "create index case_finding_case on case_finding (case_id, finding_id)",
    "create index case_proposal_case on case_proposal (case_id, proposal_id)",
)


def refuse(dialect: str, table: str, parts: list) -> list[str]:
    """The triggers that keep rows as they were written, and let none in that does not fit those before."""
    fits = FITS.get(table, {})
    keys = [(parts[0].name,), *(part.info["columns"] for part in parts if isinstance(part, sa.UniqueConstraint))]
    unique = [*((columns, "true") for columns in keys), *((columns, where) for of_table, _, columns, where in ONCE if of_table == table)]
    taken = " or ".join(
        f"exists (select 1 from {table} where {' and '.join(f'{column} = new.{column}' for column in columns)} and {where})" for columns, where in unique
    )
    if dialect == "sqlite":
        return [
            f"create trigger {table}_no_update before update on {table} begin select raise(abort, '{SAID}'); end",
            f"create trigger {table}_no_delete before delete on {table} begin select raise(abort, '{SAID}'); end",
            # `insert or replace` takes the older row out without asking the trigger above.
            f"create trigger {table}_no_replace before insert on {table} when {taken} begin select raise(abort, '{SAID}'); end",
            *(
                f"create trigger {table}_fits_{n} before insert on {table} when exists ({found}) begin select raise(abort, '{said}'); end"
                for n, (said, found) in enumerate(fits.items(), 1)
            ),
        ]
    statements = [
        f"create function {table}_refuse() returns trigger language plpgsql as $$ begin raise exception '{SAID}'; end $$",
        f"create trigger {table}_no_change before update or delete on {table} for each row execute function {table}_refuse()",
        f"create trigger {table}_no_truncate before truncate on {table} for each statement execute function {table}_refuse()",
    ]
    if fits:
        tests = " ".join(f"if exists ({found}) then raise exception '{said}'; end if;" for said, found in fits.items())
        statements += [
            f"create function {table}_fits() returns trigger language plpgsql as $$ begin {tests} return new; end $$",
            f"create trigger {table}_fits before insert on {table} for each row execute function {table}_fits()",
        ]
    return statements


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table, parts in tables().items():
        statements = refuse(dialect, table, parts)
        op.create_table(table, *parts, sqlite_autoincrement=True)
        for statement in statements:
            op.execute(statement)
    for table, name, columns, where in ONCE:
        op.execute(f"create unique index {name} on {table} ({', '.join(columns)}) where {where}")
    for statement in INDEXES:
        op.execute(statement)
