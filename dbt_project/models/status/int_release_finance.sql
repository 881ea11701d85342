with releases as (

    select release_id, offender_book_id, release_date from {{ ref('int_release') }}

),

days as (

    select
        release_id,
        offender_book_id,
        release_date,
        cast({{ threshold('finance_day', 'release_date') }} as integer) as finance_day
    from releases

),

deadlines as (

    select
        release_id,
        offender_book_id,
        finance_day,
        {{ add_days('release_date', 'finance_day') }} as due_date
    from days

),

maturity as (

    select mature_through from {{ ref('int_domain_maturity') }} where domain = 'finance'

),

-- One answer for each of the three.
answers as (

    select
        deadlines.release_id,
        deadlines.finance_day,
        deadlines.due_date,
        {{ held_by('photo_id', 'checklists', 'deadlines.due_date') }} as photo_id,
        {{ held_by('bank_account', 'checklists', 'deadlines.due_date') }} as bank_account,
        {{ claimed_by('checklists', 'deadlines.due_date') }} as benefit_claim
    from deadlines
    left join {{ ref('stg_nomis__release_checklist') }} as checklists on deadlines.offender_book_id = checklists.offender_book_id

)

select
    answers.release_id,
    answers.finance_day,
    answers.photo_id,
    answers.bank_account,
    answers.benefit_claim,
    case
        when maturity.mature_through is null or answers.due_date > maturity.mature_through then 'not_yet_due'
        when scope.state is not null then scope.state
        when 'held' in (answers.photo_id, answers.bank_account, answers.benefit_claim) then 'achieved'
        when 'unknown' in (answers.photo_id, answers.bank_account, answers.benefit_claim) then 'unknown'
        else 'not_achieved'
    end as outcome_cell
from answers
left join maturity on true
left join {{ ref('int_release_day') }} as scope
    on answers.release_id = scope.release_id and answers.finance_day = scope.day
