-- The categories that recalls are split into, under a number; 0 stands for the total.
select
    cast(row_number() over (order by split_by, category) as integer) as category_no,
    split_by,
    category
from (select distinct split_by, category from {{ ref('int_measure_category') }}) as found
