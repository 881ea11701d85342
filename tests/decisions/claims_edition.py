"""A small invented edition with what payment cases and samples are made from."""

import json
from pathlib import Path

import duckdb

from edition.folder import MANIFEST, Edition, current, pointer, published
from ground.files import write_whole
from tests.decisions.casework import AS_OF, CONTRACT

# Source, claim, contract, provider, person, net.
CLAIMS = [
    ("provider_inventia", "C1", CONTRACT, "inventia", "someone", "71.20"),
    ("provider_inventia", "C2", CONTRACT, "inventia", "hidden", "38.45"),
    ("provider_inventia", "C3", CONTRACT, "inventia", "someone", "96.49"),
    ("provider_mentoria", "C1", "TTG-2", "mentoria", "someone", "412.75"),
]
COHORT = f"2019-Q3/{CONTRACT}|INVENTED-PERSON"


def publish(home: Path, claims=CLAIMS, evidence: str = '{"rate": "71.20"}', drop: tuple[str, ...] = ()) -> Edition:
    """Every claim fails R41; one cannot be tested for R13; a service level and a person of a cohort fail."""
    folder = published(home) / "invented-1"
    rows = ", ".join(f"('{source}', '{claim}', '{contract}', '{provider}', '{person}', cast({net} as decimal(18, 2)))" for source, claim, contract, provider, person, net in claims)
    tables = {
        "restricted/fct_claim": f"""select *, null::varchar as release_id, 'tested' as waterfall, 'Invented task' as task_name, 'T1' as task_code, '2023-03' as period,
            date '2023-03-14' as task_date, net as amount, 'accommodation' as domain, 'BXI' as prison from (values {rows}) as claims (source, claim_id, contract_id, provider, person_id, net)""",
        "restricted/fct_claim_test": f"""select source, claim_id, 'R41' as rule_id, 1 as rule_version, 'fail' as result, 'E' as class, 'S1' as severity, net as amount_at_risk, false as is_changed_since,
            '{evidence}' as evidence from (values {rows}) as claims (source, claim_id, contract_id, provider, person_id, net)
            union all select 'provider_inventia', 'C3', 'R13', 1, 'not_testable', 'E', 'S2', 0, false, '{{}}'""",
        "restricted/fct_contract_test": f"""select * from (values
            ('service_level', '{CONTRACT}|PLAN5|2023-03', '{CONTRACT}', 'inventia', 'R54', 37.50), ('cohort_person', '{COHORT}', null, null, 'R63', 0.00), ('author_day', 'p|a|2023-03-01', '{CONTRACT}', 'inventia', 'R50', 0.00)
            ) as tests (subject_kind, subject_id, contract_id, provider, rule_id, amount_at_risk), (select 1 as rule_version, 'fail' as result, 'E' as class, 'S1' as severity, '{{}}' as evidence)""",
        "restricted/fct_credit": "select 'payment' as kind, 'P-1' as credit_ref, 'provider_mentoria' as source, 'C1' as claim_id, null::varchar as subject_id, 12.75::decimal(18, 2) as amount",
        "restricted/fct_limited_access": "select 'hidden' as person_id, true as is_under_restriction, false as is_under_exclusion",
        "restricted/fct_release": "select 'r0' as release_id, 'nobody' as person_id, 'N07' as supervising_region, 'UNIT' as pdu",
        "protected/dim_rule": "select rule_id, 'Is the rate on the card?' as question, date '1900-01-01' as valid_from, null::date as valid_to from (values ('R41'), ('R13'), ('R54'), ('R63')) as rules (rule_id)",
        "protected/dim_contract": f"select * from (values ('{CONTRACT}', 'inventia'), ('TTG-2', 'mentoria')) as contracts (contract_id, provider)",
    }  # fmt: skip
    with duckdb.connect() as con:
        for name, query in tables.items():
            path = folder / f"{name}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.stem not in drop:
                con.execute(f"copy ({query}) to '{path}' (format parquet)")
    write_whole(folder / MANIFEST, json.dumps({"edition_id": "invented-1", "as_of": AS_OF.isoformat(), "tables": []}))
    write_whole(pointer(home), "invented-1\n")
    return current(home)
