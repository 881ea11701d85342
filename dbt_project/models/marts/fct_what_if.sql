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
    select terms_id, provider, who, cast(sum(middle - amount) as decimal(18, 2)) as difference
    from part
    where state <> 'not_yet_due'
    group by terms_id, provider, who
),

spread as (
    select terms_id, provider, count(*) as persons, sum(difference) as total, sum(difference * difference) as total_of_squares
    from person
    group by terms_id, provider
),

summed as (
    select
        terms_id,
        provider,
        count(distinct claim_no) as claims,
        cast(sum(case when state <> 'not_yet_due' then amount else 0 end) as decimal(18, 2)) as as_priced,
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
    summed.as_priced,
    summed.under_terms,
    cast(summed.under_terms - summed.as_priced as decimal(18, 2)) as difference,
    -- The sums are of whole pennies, so that the order of rows cannot move the margin.
    case
        when spread.persons >= 10 then cast(
            1.96 * sqrt(
                (spread.persons * cast(spread.total_of_squares as double) - cast(spread.total as double) * cast(spread.total as double))
                / (spread.persons - 1)
            )
            as decimal(18, 2)
        )
    end as difference_margin,
    summed.under_terms_low,
    summed.under_terms_high,
    summed.unknown,
    summed.not_yet_due,
    summed.not_yet_due_amount
from summed
left join spread on spread.terms_id = summed.terms_id and spread.provider = summed.provider
