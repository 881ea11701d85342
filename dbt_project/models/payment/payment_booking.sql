-- The booking is that of the spell on the day of the task, the last to begin, where no booking of the person is claimed.
with
claim as (
    select claim_no, source, claim_id, person_id, task_date, claimed_book_id
    from {{ ref('payment_claim') }}
    where waterfall = 'tested'
),

release as (
    select
        claim.claim_no,
        release.release_id,
        release.release_date,
        release.admission_date,
        movement.movement_at as released_at,
        movement.offender_book_id,
        movement.known_from,
        movement.maybe_from
    from claim
    inner join {{ ref('int_claim_release') }} as chosen on chosen.source = claim.source and chosen.claim_id = claim.claim_id
    inner join {{ ref('int_release') }} as release on release.release_id = chosen.release_id
    inner join {{ ref('int_movement') }} as movement
        on movement.person_id = release.person_id and movement.movement_order = release.movement_order
),

spell as (
    select claim_no, offender_book_id, known_from, maybe_from
    from (
        select
            claim.claim_no,
            spell.offender_book_id,
            spell.known_from,
            spell.maybe_from,
            row_number() over (partition by claim.claim_no order by spell.movement_order desc) as newest_first
        from claim
        inner join {{ ref('int_spell') }} as spell
            on spell.person_id = claim.person_id
            and cast(spell.in_at as date) <= claim.task_date
            and (spell.out_at is null or cast(spell.out_at as date) >= claim.task_date)
        where claim.claimed_book_id is null
    ) as ranked
    where newest_first = 1
)

select
    claim.claim_no,
    claim.claimed_book_id,
    spell.offender_book_id as spell_book_id,
    spell.known_from as spell_known_from,
    spell.maybe_from as spell_maybe_from,
    release.release_id,
    release.release_date,
    release.admission_date,
    release.released_at,
    release.offender_book_id as release_book_id,
    release.known_from as release_known_from,
    release.maybe_from as release_maybe_from
from claim
left join spell on spell.claim_no = claim.claim_no
left join release on release.claim_no = claim.claim_no
