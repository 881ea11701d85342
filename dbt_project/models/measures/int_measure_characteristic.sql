-- What a release can be split by. Not recorded is a value with a row, never a release left out.
with
described as (
    select
        release.release_id,
        coalesce(release.sex, 'Not recorded') as sex,
        coalesce(release.ethnicity, 'Not recorded') as ethnicity,
        coalesce(age_band.age_band, 'Not recorded') as age_band,
        coalesce(release.sentence_band, 'unknown') as sentence_band,
        case first_night.state
            when 'not_yet_due' then 'Not yet due'
            when 'out_of_scope' then 'Out of scope'
            else coalesce(first_night.status, 'Unknown or unclear')
        end as first_night_status
    from {{ ref('fct_release') }} as release
    left join {{ ref('age_band') }} as age_band
        on release.age_at_release >= age_band.age_from
        and (age_band.age_to is null or release.age_at_release <= age_band.age_to)
    left join {{ ref('fct_release_status') }} as first_night
        on first_night.release_id = release.release_id
        and first_night.domain = 'accommodation'
        and first_night.day = 0
)

select release_id, 'all' as characteristic, 'all' as characteristic_value from described
union all
select release_id, 'sex' as characteristic, sex as characteristic_value from described
union all
select release_id, 'ethnicity' as characteristic, ethnicity as characteristic_value from described
union all
select release_id, 'age_band' as characteristic, age_band as characteristic_value from described
union all
select release_id, 'sentence_band' as characteristic, sentence_band as characteristic_value from described
union all
select release_id, 'sex_x_ethnicity' as characteristic, sex || ', ' || ethnicity as characteristic_value from described
union all
select release_id, 'first_night_status' as characteristic, first_night_status as characteristic_value from described
union all
-- Where recalls are split by their own nature, the place has one group for the split; its values are the categories found.
select
    recall.release_id,
    split.split_by as characteristic,
    'each' as characteristic_value
from {{ ref('fct_recall') }} as recall
cross join (select distinct split_by from {{ ref('int_measure_listed') }}) as split
