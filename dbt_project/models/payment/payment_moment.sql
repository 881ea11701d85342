-- `now` sees what is live; `then` what was recorded by the moment of submission; `perhaps` also rows of which nobody can say whether they
-- were there (definition: claim_known_then). Where the last two answer alike, that is what was known.
with
view as (
    select 'now' as view union all select 'then' as view union all select 'perhaps' as view
)

select
    claim.claim_no,
    view.view,
    view.view = 'perhaps' as is_perhaps,
    case when view.view = 'now' then cast('9999-12-30' as timestamp) else claim.submitted_ts end as moment,
    case when view.view = 'now' then cast('9999-12-30' as date) else claim.submitted_on end as seen_to,
    case
        when view.view = 'now' then cast('9999-12-30' as date)
        else {{ add_days('claim.submitted_on', "-cast(" ~ threshold('rule_lag_days', as_of()) ~ " as integer)") }}
    end as lagged_to
from {{ ref('payment_claim') }} as claim
cross join view
where claim.waterfall = 'tested' and (view.view = 'now' or claim.submitted_ts is not null)
