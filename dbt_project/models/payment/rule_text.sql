{{ config(materialized='view') }}
-- The evidence is worded where it is asked for: of most claims it never is.
select
    claim_no,
    is_dated,
    {{ in_each_view('r22') }},
    {{ json_object(['text', 'text_hash', 'is_copy', 'is_copy']) }} as r22_evidence,
    {{ in_each_view('r23') }},
    {{ json_object(['text', 'text_hash', 'words', 'words', 'is_near', 'is_near', 'has_changed', 'has_changed']) }} as r23_evidence,
    {{ in_each_view('r24') }},
    {{ json_object(['text', 'text_hash', 'author_ref', 'author_ref', 'people', 'people', 'least_people', threshold('rule_r24_people', as_of())]) }} as r24_evidence
from {{ ref('answer_text') }}
