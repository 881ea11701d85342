select
    {{ fingerprint(['as_of', 'person_id_before', 'person_id']) }} as change_id,
    as_of,
    since,
    person_id_before,
    person_id,
    records,
    change,
    cause
from {{ ref('person_change') }}
