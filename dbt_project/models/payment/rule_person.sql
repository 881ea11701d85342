{{ config(materialized='view') }}
-- The evidence is worded where it is asked for: of most claims it never is.
select
    claim_no,
    is_dated,
    {{ alike_in_each_view('r01') }},
    {{ json_object(['person_ref', 'person_reference', 'is_linked', 'is_linked']) }} as r01_evidence,
    {{ alike_in_each_view('r02') }},
    {{ json_object(['persons_by_number', 'persons_by_number', 'persons_by_reference', 'persons_by_reference', 'most_persons_of_a_number', 'most_persons_of_a_number']) }} as r02_evidence,
    {{ in_each_view('r03') }},
    {{ json_object(['condition', 'failed', 'task_date', 'task_date']) }} as r03_evidence
from {{ ref('answer_person') }}
