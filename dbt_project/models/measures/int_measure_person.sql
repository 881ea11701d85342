{%- set kinds = [
    'status_at', 'unknown_at', 'recall_within', 'exit_before_recall', 'share_of_recalls', 'composition', 'median_days', 'linked'
] %}
-- Every number explains itself by its releases, those left out and why included. Whom a measure looks at is decided here for all
-- kinds alike, and in numbers: this is the longest table there is, and ids as text are most of the work of it.
with
looked_at as (
    {% for kind in kinds %}
    select
        measure.measure_no,
        measure.cohort,
        person.release_id,
        person.in_denominator,
        person.in_numerator,
        person.state,
        person.reason,
        person.evidence_date,
        person.is_stale,
        person.days
    from {{ ref('int_measure_' ~ kind) }} as person
    inner join {{ ref('int_measure_registered') }} as measure
        on measure.measure_id = person.measure_id
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select
    looked_at.measure_no,
    membership.member_no,
    looked_at.in_denominator,
    looked_at.in_numerator,
    looked_at.state,
    looked_at.reason,
    looked_at.evidence_date,
    looked_at.is_stale,
    looked_at.days
from looked_at
inner join {{ ref('int_measure_membership') }} as membership
    on membership.cohort = looked_at.cohort
    and membership.release_id = looked_at.release_id
