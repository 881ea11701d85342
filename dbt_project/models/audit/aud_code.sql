{#- Where an id is delivered but resolves to nothing, or to a code that no seed knows (definition: status_reference_lists). -#}
{%- set coded = [
    ('stg_ndelius__offender_address', 'address_status_id', 'ADDRESS_STATUS', 'address_status'),
    ('stg_ndelius__offender_address', 'address_type_id', 'ADDRESS_TYPE', 'accommodation_type'),
    ('stg_ndelius__personal_circumstance', 'circumstance_type_id', 'CIRCUMSTANCE_TYPE', none),
    ('stg_ndelius__personal_circumstance', 'circumstance_sub_type_id', 'CIRCUMSTANCE_SUB_TYPE', none),
    ('stg_ndelius__release', 'release_type_id', 'RELEASE_TYPE', 'delius_release_type'),
    ('stg_ndelius__recall', 'recall_reason_id', 'RECALL_REASON', 'recall_reason'),
    ('stg_ndelius__key_date', 'key_date_type_id', 'KEY_DATE_TYPE', none),
    ('stg_ndelius__offender', 'gender_id', 'GENDER', none),
    ('stg_ndelius__offender', 'ethnicity_id', 'ETHNICITY', none),
] -%}
{% for model, column, kind, seed in coded %}
select {{ finding("'unknown_code'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "delivered._pointer") }}
from {{ ref(model) }} as delivered
left join {{ ref('int_reference') }} as reference
    on reference.kind = '{{ kind }}' and reference.id = delivered.{{ column }}
{%- if seed %}
left join {{ ref(seed) }} as known
    on upper(known.code) = upper(reference.code)
{%- endif %}
where delivered.{{ column }} is not null and (reference.code is null{% if seed %} or known.code is null{% endif %})
union all
{% endfor %}
-- A circumstance whose sub-type is known to the list and to no seed, by domain.
select {{ finding("'unknown_code'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "_pointer") }}
from {{ ref('int_work_record') }}
where unknown_reason = 'unknown_code'
union all
select {{ finding("'unknown_code'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "_pointer") }}
from {{ ref('int_home_record') }}
where unknown_reason = 'unknown_code'
union all
select {{ finding("'unknown_code'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "_pointer") }}
from {{ ref('int_discharge_address') }}
where unknown_reason = 'unknown_code'
union all
-- A status of an action that no seed knows: whether it is complete cannot be said (definition: payment_not_testable).
select {{ finding("'unknown_code'", "'row'", "cast(null as " ~ dbt.type_string() ~ ")", "_pointer") }}
from {{ ref('payment_work') }}
where is_unknown_status and _known_to > cast('9999-12-30' as timestamp)
