-- And no number of people is above those claimed for, and no money stands for fewer than ten.
select provider, domain, period_start
from {{ ref('fct_claimed_paid_achieved') }}
where people_claimed % 5 <> 0
    or people_paid % 5 <> 0
    or achieved % 5 <> 0
    or not_achieved % 5 <> 0
    or claims % 5 <> 0
    or amount_claimed % 10 <> 0
    or amount_paid % 10 <> 0
    or greatest(people_paid, achieved, not_achieved, unknown, not_yet_due, out_of_scope) > people_claimed
    or (people_claimed < 10 and (amount_claimed is not null or claims is not null))
    or (people_paid < 10 and amount_paid is not null)
