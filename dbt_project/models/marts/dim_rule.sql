select
    rule_id,
    rule_version,
    name,
    class,
    severity,
    severity_note,
    logic,
    evidence,
    motive,
    valid_from,
    valid_to,
    source,
    verified
from {{ ref('rule') }}
