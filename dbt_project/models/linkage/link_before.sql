-- Who has taken a decision back leaves the records to the model: what they were by the decision is no evidence. Who was never sure
-- changes nothing.
select record.record_id, earlier.person_id
from {{ source('landing', 'earlier_link') }} as earlier
inner join {{ ref('link_record') }} as record
    on record.source = earlier.source and record.source_key = earlier.source_key
where record.record_id not in (select record_id from {{ ref('link_decision') }} where decision = 'unsure' and was_settled)
