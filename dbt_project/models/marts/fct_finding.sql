with
finding as (
    {% for model in ['aud_landing', 'aud_orphan', 'aud_person', 'aud_code', 'aud_release', 'aud_recall', 'aud_status',
        'aud_claim', 'aud_payment', 'aud_release_provider'] %}
    select finding, subject_kind, subject_id, delivery, file, row_number, n from {{ ref(model) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select finding, subject_kind, subject_id, delivery, file, row_number, cast(sum(n) as bigint) as n
from finding
group by finding, subject_kind, subject_id, delivery, file, row_number
