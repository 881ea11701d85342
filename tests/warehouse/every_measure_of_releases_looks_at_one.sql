-- Where there is any release, a measure of all releases that looks at none would be missing from the figures without a word.
select measure.measure_id
from {{ ref('dim_measure') }} as measure
where measure.cohort = 'releases'
    and exists (select 1 from {{ ref('fct_release') }})
    and measure.sort_order not in (select person.measure_no from {{ ref('int_measure_person') }} as person)
