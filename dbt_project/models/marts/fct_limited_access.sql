-- Read wherever an edition is opened (edition/rights.py): these people are in every count, and in no list but a named reader's.
select
    person_id,
    max(case when is_under_restriction then 1 else 0 end) = 1 as is_under_restriction,
    max(case when is_under_exclusion then 1 else 0 end) = 1 as is_under_exclusion
from {{ ref('int_person_case') }}
where is_under_restriction or is_under_exclusion
group by person_id
