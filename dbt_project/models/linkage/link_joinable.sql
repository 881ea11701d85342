with
-- Where records are joined on more or less than usual (docs/adr/0013-probabilistic-linkage.md), those that were one person stay so on no more.
threshold as (
    select
        max(case when model.threshold = run.link_threshold then model.weight end) as join_from,
        least(
            max(case when model.threshold = run.link_threshold then model.weight end),
            max(case when model.threshold = 'keep_together' then model.weight end)
        ) as keep_from,
        max(case when model.threshold = 'agreement' then model.weight end) as agreement,
        max(case when model.threshold = 'twin_rule' then model.weight end) as twin_rule
    from {{ ref('link_threshold') }} as model
    cross join {{ source('landing', 'run') }} as run
),

compared as (
    select
        pair.left_id,
        pair.right_id,
        pair.weight,
        pair.name,
        pair.birth_date,
        pair.postcode,
        pair.sentence_date,
        pair.noms_number,
        pair.crn,
        pair.pnc,
        pair.cro,
        of_left.source as left_source,
        of_right.source as right_source,
        coalesce(left_before.person_id = right_before.person_id, false) as were_one
    from {{ ref('link_pair') }} as pair
    inner join {{ ref('link_record') }} as of_left on of_left.record_id = pair.left_id
    inner join {{ ref('link_record') }} as of_right on of_right.record_id = pair.right_id
    left join {{ ref('link_before') }} as left_before on left_before.record_id = pair.left_id
    left join {{ ref('link_before') }} as right_before on right_before.record_id = pair.right_id
)

-- A pair may be joined when its weight says so and not by numbers or by names alone: a number in common needs a name or a birth date to go
-- with it, name and birth date need a home or a sentence. Twins agree on all but the first name, which may be similar, father and son on all
-- but the birth date; so without a number the first name must be the same.
-- Two that were one person stay so on less weight, and on name and birth date alone, so that nobody comes and goes from month to month.
select
    compared.left_id,
    compared.right_id,
    compared.left_source,
    compared.right_source,
    compared.weight,
    compared.were_one,
    case
        when compared.noms_number > 0 then 'noms_number'
        when compared.crn > 0 then 'crn'
        when compared.pnc > 0 then 'pnc'
        when compared.cro > 0 then 'cro'
        when compared.postcode > 0 then 'name_and_home'
        when compared.sentence_date > 0 then 'name_and_sentence'
        else 'kept_together'
    end as method
from compared
cross join threshold
where compared.weight >= case when compared.were_one then threshold.keep_from else threshold.join_from end
    and (
        (
            (
                compared.name > threshold.agreement
                or compared.birth_date > threshold.agreement
                or least(compared.name, compared.birth_date) > 0
            )
            and greatest(compared.noms_number, compared.crn, compared.pnc, compared.cro) > 0
        )
        or (
            greatest(compared.name, compared.birth_date) > 0
            and case when compared.noms_number > 0 then 1 else 0 end + case when compared.crn > 0 then 1 else 0 end
                + case when compared.pnc > 0 then 1 else 0 end + case when compared.cro > 0 then 1 else 0 end > 1
        )
        or (
            compared.name > threshold.twin_rule
            and compared.birth_date > threshold.agreement
            and (greatest(compared.postcode, compared.sentence_date) > 0 or compared.were_one)
        )
    )
