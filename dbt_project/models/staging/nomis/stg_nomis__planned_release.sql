with
now_planned as (
    {{ known_rows('nomis__offender_release_details', 'create_datetime') }}
),

once_planned as (
    {{ known_rows('nomis__offender_release_details_hty', 'create_datetime') }}
)

select
    now_planned.offender_book_id,
    now_planned.release_date as planned_date,
    coalesce(now_planned.modify_datetime, now_planned.create_datetime) as planned_at,
    false as is_history,
    now_planned._known_from,
    now_planned._maybe_from,
    now_planned._known_to,
    {{ pointer('now_planned') }} as _pointer
from now_planned
union all
select
    once_planned.offender_book_id,
    once_planned.release_date as planned_date,
    coalesce(once_planned.modify_datetime, once_planned.create_datetime) as planned_at,
    true as is_history,
    once_planned._known_from,
    once_planned._maybe_from,
    once_planned._known_to,
    {{ pointer('once_planned') }} as _pointer
from once_planned
