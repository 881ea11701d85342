with
current_row as (
    {{ current_rows('provider__roster') }}
)

select
    current_row.author_ref,
    current_row.from_date,
    current_row.employer_code,
    current_row.to_date,
    current_row._source,
    {{ pointer('current_row') }} as _pointer
from current_row
