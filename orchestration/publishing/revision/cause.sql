-- The evidence of a unit: for a status the record in force on the day, for a recall what shows it; and the rows of the release.
create temp table proof as
select side, subject_kind, subject_id, list(distinct row_hash order by row_hash) as hashes
from (select 'old' as side, subject_kind, subject_id, row_hash from old.fct_evidence union all select 'new' as side, subject_kind, subject_id, row_hash from new.fct_evidence)
where subject_id in (
    select release_id from changed
    union all
    select release_id || ':' || domain || ':' || day from changed inner join measure using (measure_id))
group by side, subject_kind, subject_id;

create temp table relinked as
select unnest([old.person_id, new.person_id]) as person_id
from old.fct_release as old inner join new.fct_release as new using (release_id)
where old.person_id <> new.person_id;

create temp table joined_or_parted as
select release_id
from (
    select distinct 'old' as side, release_id from old.fct_release_status where state_reason = 'not_linked'
    union all
    select distinct 'new' as side, release_id from new.fct_release_status where state_reason = 'not_linked'
)
where release_id in (select release_id from old.fct_release) and release_id in (select release_id from new.fct_release)
group by release_id
having count(*) = 1;

-- The day up to which the edition before knew a domain (definition: status_maturity).
create temp table known as
select domain, min(watermark - lag_days) as through
from (
    select seed.domain, seed.source, min(watermark.complete_to) as watermark, max(cast(seed.lag_days as integer)) as lag_days
    from read_csv(getvariable('domain_source'), header = true, types = {'valid_from': 'date', 'valid_to': 'date'}) as seed
    inner join watermark using (table_name)
    cross join fact
    where fact.vintage_before between seed.valid_from and coalesce(seed.valid_to, date '9999-12-31')
    group by seed.domain, seed.source
)
group by domain;

create temp table judged as
select
    changed.measure_id, changed.release_id, old, new, was, is_now,
    measure.is_of_recalls and measure.clock = 'return'
        and (coalesce(was.reason = 'not_returned', false) or coalesce(is_now.reason = 'not_returned', false)
            or (was.in_denominator and is_now.in_denominator and was.in_numerator <> is_now.in_numerator))
        and was.release_id is not null and is_now.release_id is not null as is_about_return,
    recall.returned_date > known.through as returned_since,
    -- A recall, or a payment, was not there before. Whether it had been due by then is not told by a row.
    was.release_id is null
        and coalesce(new.release_date + coalesce(measure.cohort_day, measure.day), is_now.evidence_date) > known.through as fell_due_since,
    coalesce(was.state = 'out_of_scope', false) as was_out, coalesce(is_now.state = 'out_of_scope', false) as is_out,
    coalesce(recall_before.hashes, []) as recall_before, coalesce(recall_now.hashes, []) as recall_now,
    coalesce(if(measure.domain = 'recall', recall_before.hashes, status_before.hashes), []) as proof_before,
    coalesce(if(measure.domain = 'recall', recall_now.hashes, status_now.hashes), []) as proof_now,
    measure.domain = 'recall' as is_recall, root_before.hashes is distinct from root_now.hashes as has_other_root
from changed
inner join measure using (measure_id)
left join known using (domain)
left join old.fct_release as old on old.release_id = changed.release_id
left join new.fct_release as new on new.release_id = changed.release_id
left join new.fct_recall as recall on recall.release_id = changed.release_id
left join changed_unit as was on was.side = 'old' and was.measure_id = changed.measure_id and was.release_id = changed.release_id
left join changed_unit as is_now on is_now.side = 'new' and is_now.measure_id = changed.measure_id and is_now.release_id = changed.release_id
left join proof as status_before
    on status_before.side = 'old' and status_before.subject_kind = 'status' and status_before.subject_id = changed.release_id || ':' || measure.domain || ':' || measure.day
left join proof as status_now
    on status_now.side = 'new' and status_now.subject_kind = 'status' and status_now.subject_id = changed.release_id || ':' || measure.domain || ':' || measure.day
left join proof as recall_before
    on recall_before.side = 'old' and recall_before.subject_kind = 'recall' and recall_before.subject_id = changed.release_id
left join proof as recall_now
    on recall_now.side = 'new' and recall_now.subject_kind = 'recall' and recall_now.subject_id = changed.release_id
left join proof as root_before
    on root_before.side = 'old' and root_before.subject_kind = 'release' and root_before.subject_id = changed.release_id
left join proof as root_now
    on root_now.side = 'new' and root_now.subject_kind = 'release' and root_now.subject_id = changed.release_id;

create temp table cause as
select
    measure_id, release_id,
    case
        when old.release_id is null and new.release_date > fact.moved_to then 'due'
        when old.release_id is not null and new.release_id is not null and case
            when is_about_return then coalesce(returned_since, false)
            when was.release_id is null then coalesce(fell_due_since, false)
            else is_now.release_id is not null and (was.state = 'not_yet_due') <> (is_now.state = 'not_yet_due')
        end then 'due'
        when old.person_id in (from relinked) or new.person_id in (from relinked)
            or release_id in (from joined_or_parted) then 'linkage'
        when fact.same_files and fact.other_code then 'rule'
        when old.release_id is null then 'late'
        when new.release_id is null then 'corrected'
        -- A recall rests on every record that shows it: it came late if none of them went, whether it is counted or ends a status.
        when (is_recall or was_out <> is_out) and recall_before <> recall_now then
            case when list_has_all(recall_now, recall_before) then 'late' else 'corrected' end
        when was_out = is_out and proof_before <> proof_now then
            case when proof_before = [] or is_now.evidence_date > was.evidence_date then 'late' else 'corrected' end
        when has_other_root then 'corrected'
        when fact.other_code then 'rule'
        -- No record is named for what else ends a status, pays or gives a place: something new is late, something gone is corrected.
        when is_out and not was_out then 'late'
        when was_out and not is_out then 'corrected'
        when was.release_id is null then 'late'
        when old.supervising_region is null and new.supervising_region is not null then 'late'
        else 'corrected'
    end as cause
from judged
cross join fact;
