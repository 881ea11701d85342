with recursive

claims as (

    select
        _source as source,
        claim_id,
        {{ reference('claim_id') }} as reference,
        -- A claim that names itself reverses nothing.
        nullif({{ reference('reverses_claim_id') }}, {{ reference('claim_id') }}) as reversed,
        reverses_claim_id is not null as is_reversal,
        cast(amount as decimal(18, 2)) as amount
    from {{ ref('stg_provider__claim') }}

),

-- Within the files of one provider. A chain begins with a claim, or with a reversal of what was never delivered.
chain as (

    select
        claims.source,
        claims.claim_id,
        claims.reference,
        claims.claim_id as first_claim_id,
        not claims.is_reversal as begins_with_claim,
        case when claims.is_reversal then 1 else 0 end as step
    from claims
    left join claims as named on claims.source = named.source and claims.reversed = named.reference
    where named.reference is null
    union all
    select
        claims.source,
        claims.claim_id,
        claims.reference,
        chain.first_claim_id,
        chain.begins_with_claim,
        chain.step + 1 as step
    from chain
    inner join claims on chain.source = claims.source and chain.reference = claims.reversed

),

-- A reversal takes away, and what reverses it gives back, whatever the sign it came with. Claims that reverse each other in a circle are in
-- no chain: each takes away (definition: claim_reversal_net).
signed as (

    select
        claims.source,
        claims.claim_id,
        coalesce(chain.first_claim_id, claims.claim_id) as first_claim_id,
        coalesce(chain.begins_with_claim, false) as begins_with_claim,
        claims.is_reversal,
        coalesce(chain.step, 1) as step,
        claims.amount as delivered_amount,
        case
            when coalesce(chain.step, 1) = 0 then claims.amount
            when coalesce(chain.step, 1) % 2 = 1 then cast(-abs(claims.amount) as decimal(18, 2))
            else cast(abs(claims.amount) as decimal(18, 2))
        end as amount
    from claims
    left join chain on claims.source = chain.source and claims.claim_id = chain.claim_id

),

-- What is left of each claim that anything reverses. Where an amount is not known, nothing is left of it.
net as (

    select
        source,
        first_claim_id,
        coalesce(case when count(*) = count(amount) then sum(amount) end, 0) <= 0 as is_reversed
    from signed
    where begins_with_claim
    group by source, first_claim_id
    having count(*) > 1

)

select
    signed.source,
    signed.claim_id,
    signed.first_claim_id,
    signed.amount,
    signed.is_reversal,
    coalesce(net.is_reversed, false) as is_of_reversed,
    coalesce(net.is_reversed, false) and not signed.is_reversal as is_reversed,
    signed.is_reversal and coalesce(signed.amount <> signed.delivered_amount, false) as is_of_wrong_sign
from signed
left join net on signed.source = net.source and signed.first_claim_id = net.first_claim_id
