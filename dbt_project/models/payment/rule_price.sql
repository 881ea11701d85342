{{ config(materialized='view') }}
-- The evidence is worded where it is asked for: of most claims it never is.
select
    claim_no,
    is_dated,
    {{ alike_in_each_view('r41') }},
    r41_part,
    {{ json_object(['rate', 'rate', 'card_rate', 'card_rate', 'band_used', 'band_used']) }} as r41_evidence,
    {{ alike_in_each_view('r42') }},
    {{ json_object(['band_used', 'band_used', 'bands', 'bands', 'task_date', 'task_date', 'rows_of_band', 'rows_of_band']) }} as r42_evidence,
    {{ alike_in_each_view('r43') }},
    r43_part,
    {{ json_object(['qty', 'qty', 'rate', 'rate', 'amount', 'amount']) }} as r43_evidence,
    {{ alike_in_each_view('r44') }},
    {{ json_object(['contract_id', 'contract_reference', 'task_code', 'task_reference', 'task_date', 'task_date', 'has_contract', 'has_contract', 'start_date', 'contract_from', 'end_date', 'contract_to', 'has_task', 'has_task']) }} as r44_evidence,
    {{ alike_in_each_view('r45') }},
    {{ json_object(['prime_code', 'prime', 'sub_code', 'sub', 'task_date', 'task_date', 'is_approved', 'is_approved']) }} as r45_evidence,
    {{ in_each_view('r53') }},
    is_task_done,
    r53_part,
    {{ json_object(['task_ref', 'task_ref', 'band_used', 'band_used', 'volume', 'volume', 'band', 'right_n', 'band_billed', 'band_n', 'is_claimed_before', 'is_claimed_before', 'has_work', 'has_work', 'is_done', 'is_done']) }} as r53_evidence
from {{ ref('answer_price') }}
