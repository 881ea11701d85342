select measure_id, release_id, count(*) as n
from {{ ref('fct_measure_person') }}
group by measure_id, release_id
having count(*) > 1
