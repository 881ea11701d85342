{{ config(materialized='view') }}
with
current_row as (
    {{ current_rows('nomis__offender_identifiers') }}
)

select
    current_row.offender_id,
    current_row.offender_id_seq,
    current_row.identifier_type,
    current_row.identifier,
    current_row._source,
    current_row._recorded_at,
    {{ pointer('current_row') }} as _pointer
from current_row
where {{ parent_is_live('current_row.offender_id', 'stg_nomis__offender', 'offender_id', 'nomis__offenders') }}
