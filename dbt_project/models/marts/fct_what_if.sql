with
part as (
    select
        terms_id,
        coalesce(provider, '') as provider,
        who,
        claim_no,
        state,
        amount,
        case when state = 'paid' then amount else 0 end as low,
        case when state in ('paid', 'unknown') then amount else 0 end as high,
        case when state = 'paid' or (state = 'unknown' and if_unknown = 'paid') then amount else 0 end as middle
    from {{ ref('payment_priced') }}
),

-- What is not yet due is on neither side.
person as (
    select terms_id, provider, who, sum(middle - amount) as difference
    from part
    where state <> 'not_yet_due'
    group by terms_id, provider, who
),

spread as (
    select terms_id, provider, count(*) as persons, count(*) * var_pop(cast(difference as double)) as squares
    from person
    group by terms_id, provider
),

summed as (
    select
        terms_id,
        provider,
        count(distinct claim_no) as claims,
        cast(sum(case when state <> 'not_yet_due' then amount else 0 end) as decimal(18, 2)) as today,
        cast(sum(case when state <> 'not_yet_due' then middle else 0 end) as decimal(18, 2)) as under_terms,
        cast(sum(case when state <> 'not_yet_due' then low else 0 end) as decimal(18, 2)) as under_terms_low,
        cast(sum(case when state <> 'not_yet_due' then high else 0 end) as decimal(18, 2)) as under_terms_high,
        count(distinct case when state = 'unknown' then claim_no end) as unknown,
        count(distinct case when state = 'not_yet_due' then claim_no end) as not_yet_due,
        cast(sum(case when state = 'not_yet_due' then amount else 0 end) as decimal(18, 2)) as not_yet_due_amount
    from part
    group by terms_id, provider
)

select
    summed.terms_id,
    summed.provider,
    summed.claims,
    coalesce(spread.persons, 0) as persons,
    summed.today,
    summed.under_terms,
    cast(summed.under_terms - summed.today as decimal(18, 2)) as difference,
    case
        when spread.persons >= 10 then 1.96 * sqrt(cast(spread.persons as double) / (spread.persons - 1) * spread.squares)
    end as difference_margin,
    summed.under_terms_low,
    summed.under_terms_high,
    summed.unknown,
    summed.not_yet_due,
    summed.not_yet_due_amount
from summed
left join spread on spread.terms_id = summed.terms_id and spread.provider = summed.provider
