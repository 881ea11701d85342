{%- set kinds = [
    'status_at', 'unknown_at', 'recall_within', 'exit_before_recall', 'share_of_recalls', 'composition', 'median_days'
] %}
-- Every number explains itself by its releases, those left out and why included.
{% for kind in kinds %}
select measure_id, release_id, in_denominator, in_numerator, state, reason, evidence_date, is_stale, days
from {{ ref('int_measure_' ~ kind) }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
