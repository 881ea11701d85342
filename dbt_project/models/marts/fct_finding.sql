with
of_rows as (
    {% for model in ['aud_orphan', 'aud_person', 'aud_code', 'aud_release', 'aud_recall', 'aud_status', 'aud_claim', 'aud_payment',
        'aud_release_provider'] %}
    select finding, subject_kind, subject_id, _pointer, n from {{ ref(model) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

finding as (
    select finding, subject_kind, subject_id, delivery, file, row_number, n from {{ ref('aud_landing') }}
    union all
    select
        of_rows.finding,
        of_rows.subject_kind,
        of_rows.subject_id,
        delivery.delivery_id as delivery,
        delivery.file,
        {{ pointer_row('of_rows._pointer') }} as row_number,
        of_rows.n
    from of_rows
    left join {{ source('landing', 'delivery') }} as delivery
        on delivery.file_number = {{ pointer_file('of_rows._pointer') }}
)

select finding, subject_kind, subject_id, delivery, file, row_number, cast(sum(n) as bigint) as n
from finding
group by finding, subject_kind, subject_id, delivery, file, row_number
