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

checklists as (

    select
        offender_book_id,
        upper(trim(photo_id)) as photo_id,
        upper(trim(bank_account)) as bank_account,
        benefit_claim_date,
        cast(recorded_datetime as date) as recorded_on
    from {{ ref('stg_nomis__release_checklist') }}

),

maturity as (

    select mature_through from {{ ref('int_domain_maturity') }} where domain = 'finance'

),

-- One answer for each of the three: held by the day, known not to be, or not known. A yes written down later says
-- nothing about the day; a claim not yet written down by then may still have been made (definition: claim_finance).
answers as (

    select
        deadlines.release_id,
        deadlines.finance_day,
        deadlines.due_date,
        case
            when checklists.photo_id = 'Y' and checklists.recorded_on <= deadlines.due_date then 'held'
            when checklists.photo_id = 'N' then 'not_held'
            else 'unknown'
        end as photo_id,
        case
            when checklists.bank_account = 'Y' and checklists.recorded_on <= deadlines.due_date then 'held'
            when checklists.bank_account = 'N' then 'not_held'
            else 'unknown'
        end as bank_account,
        case
            when checklists.benefit_claim_date <= deadlines.due_date then 'held'
            when checklists.benefit_claim_date > deadlines.due_date then 'not_held'
            when checklists.recorded_on >= deadlines.due_date then 'not_held'
            else 'unknown'
        end as benefit_claim
    from deadlines
    left join checklists on deadlines.offender_book_id = checklists.offender_book_id

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
