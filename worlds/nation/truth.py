"""The truth: what the pipeline should find on any day, worked out from the lives and from what had been written down by then.

The definition is the page of decisions (Releases, Status on day k, Recall, Fine print). People are known here, so nothing is
linked: who a record is about is a fact. Where the pipeline needs probabilistic linkage to know it, `truth.needs_linkage` says so.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ground.sql import literal
from worlds.nation.truth_status import as_prison_says, work_out_recalls, work_out_statuses
from worlds.nation.world import World

TABLES = ("fct_release", "fct_release_excluded", "fct_release_status", "fct_recall", "fct_claim", "needs_linkage", "person_record")


def work_out_truth(world: World, as_of: date) -> None:
    """Fill schema `truth` as at the end of `as_of`, from what was delivered by then.

    Natural keys: a release is `book_id` and `movement_seq` as delivered, a person `offender_id`, the NOMIS root.
    """
    con = world.con
    con.execute(_CURRENT.format(as_of=as_of, deletion_day=world.delivery_day("deleted_on"), told_day=world.delivery_day("told_at"),
                                parted_day=world.delivery_day("parted_on"), identifier_gone=world.delivery_day("_deleted_on"), delivered_on="0" if world.in_one else "_day"))
    as_prison_says(world, "delius_offender", "custody", "disposal", "delius_release", "delius_recall", "key_date", "manager")
    con.execute(_PERSONS)
    con.execute(_MOVEMENTS)
    con.execute(_RELEASES)
    con.execute(_MATCHED)
    con.execute(_LICENCES)
    con.execute(_DESCRIBED)
    work_out_recalls(world)
    work_out_statuses(world, as_of)
    con.execute(_PUBLISHED)


def write_truth(world: World, folder: Path | None = None) -> None:
    """Write the truth that was worked out last as Parquet, into the truth folder unless another is named. Needs the contracts."""
    world.con.execute(_ATTRIBUTED)
    folder = folder or world.truth_folder
    folder.mkdir(parents=True, exist_ok=True)
    for table in TABLES:
        world.con.execute(
            f"copy (select * from truth.{table} order by all) to {literal(folder / f'{table}.parquet')} (format parquet, compression zstd)"
        )


def _newest(table: str, key: str, condition: str = "true") -> str:
    """SQL: the version of each row of `record.<table>` that is known on the day, of those that meet the condition then."""
    return (
        f"select * exclude (_place) from (select *, row_number() over (partition by {key} order by _recorded_at desc, _day desc) as _place "
        f"from record.{table} where _day <= date '{{as_of}}') where _place = 1 and {condition}"
    )


_CURRENT = f"""
-- Whose each prison number is now, by what identifiers say (definition: person_merged); and who is taken for whom by mistake.
create or replace table truth.merged as
with told as (
    select p.old_offender_id as root, p.offender_id as into_root, m.merged_on + interval 840 minute as told_at, cast(null as date) as parted_on
    from life.merge as m join life.person as p using (person_no) where m.by_identifier
    union all
    select p.older_offender_id, p.old_offender_id, m.merged_on - interval 600 minute, null
    from life.merge as m join life.person as p using (person_no) where m.older_book_no is not null
    union all
    select stranger.offender_id, holder.offender_id, m.told_at, m.parted_on
    from life.mistaken_merge as m join life.person as holder on holder.person_no = m.person_no join life.person as stranger on stranger.person_no = m.stranger_no
), in_force as (
    select * from told where {{told_day}} <= date '{{as_of}}' and (parted_on is null or {{parted_day}} > date '{{as_of}}')
)
select one.root, coalesce(next.into_root, one.into_root) as now from in_force as one left join in_force as next on next.root = one.into_root;
create or replace table truth.same as
select m.stranger_no as person_no, m.person_no as now_no
from life.mistaken_merge as m join life.person as p on p.person_no = m.stranger_no where p.offender_id in (select root from truth.merged);

create or replace table truth.identifier as
select * from ({_newest("nomis_identifier", "offender_id, seq")}) where _deleted_on is null or {{identifier_gone}} > date '{{as_of}}';
create or replace table truth.nomis_offender as
select o.* replace (coalesce(m.now, o.root_offender_id) as root_offender_id, coalesce(s.now_no, o.person_no) as person_no)
from ({_newest("nomis_offender", "offender_id")}) as o
left join truth.merged as m on m.root = o.root_offender_id left join truth.same as s on s.person_no = o.person_no;
create or replace table truth.booking as
select b.* replace (coalesce(m.now, b.root_offender_id) as root_offender_id, coalesce(s.now_no, b.person_no) as person_no)
from ({_newest("nomis_booking", "book_no")}) as b
left join truth.merged as m on m.root = b.root_offender_id left join truth.same as s on s.person_no = b.person_no
where b.offender_id in (select offender_id from truth.nomis_offender);

create or replace table truth.delius_offender as {_newest("delius_offender", "offender_no")};

create or replace table truth.movement as
select m.movement_no, m.book_no, m.book_id, m.movement_seq, m.ts, cast(m.ts as date) as on_day, m.movement_type, m.reason, m.direction, m.from_agency, m.to_agency,
       b.root_offender_id as offender_id, b.offender_id as booked_as
from ({_newest("movement", "movement_no")}) as m
join truth.booking as b using (book_no)
where m.movement_no not in (select movement_no from record.movement_deletion where {{deletion_day}} <= date '{{as_of}}');

create or replace table truth.custody as
select c.* from ({_newest("delius_custody", "sentence_no", "soft_deleted = 0")}) as c
where c.offender_no in (select offender_no from truth.delius_offender);
create or replace table truth.disposal as
select d.* from ({_newest("delius_disposal", "disposal_no")}) as d where d.sentence_no in (select sentence_no from truth.custody);
create or replace table truth.delius_release as
select r.* from ({_newest("delius_release", "release_row", "soft_deleted = 0")}) as r where r.sentence_no in (select sentence_no from truth.custody);
create or replace table truth.delius_recall as
select r.* from ({_newest("delius_recall", "recall_row", "soft_deleted = 0")}) as r where r.release_row in (select release_row from truth.delius_release);
create or replace table truth.key_date as
select k.* from ({_newest("delius_key_date", "key_date_no")}) as k where k.sentence_no in (select sentence_no from truth.custody);
create or replace table truth.manager as
select m.* from ({_newest("delius_manager", "manager_no")}) as m where m.offender_no in (select offender_no from truth.delius_offender);
create or replace table truth.calculation as
select c.* from ({_newest("nomis_calculation", "calculation_no")}) as c where c.book_no in (select book_no from truth.booking);
create or replace table truth.book_sentence as {_newest("nomis_sentence", "book_no, seq")};
create or replace table truth.book_status as {_newest("nomis_status", "book_no, seq")};
-- Overwritten in place: what any delivery held of a booking, the newest of one delivery.
create or replace table truth.recall_term as {_newest("nomis_recall_term", "book_no, {delivered_on}")};
"""

_PERSONS = """
-- A person is a NOMIS root. Before a late merge is told, the old number is a person of its own whom nDelius does not know.
create or replace table truth.person as
select b.root_offender_id as offender_id, any_value(b.person_no) as person_no, b.root_offender_id = any_value(p.offender_id) as is_main,
       b.root_offender_id = any_value(p.offender_id) and any_value(b.person_no) in (select person_no from truth.delius_offender) as is_linked
from truth.booking as b join life.person as p using (person_no)
group by b.root_offender_id;

create or replace table truth.needs_linkage as
with apart as (
    select person_no from truth.person group by person_no having count(*) > 1
), twins as (
    -- The elder twin's number leads to two people as well.
    select twin_of as person_no from life.person where link = 'number_of_twin'
)
select t.offender_id, case when t.person_no in (select person_no from apart) then 'not_merged_yet'
                           when t.person_no in (select person_no from twins) then 'number_of_twin' else p.link end as cause
from truth.person as t join life.person as p using (person_no)
where t.person_no in (select person_no from apart)
   or (t.person_no in (select person_no from truth.delius_offender)
       and (p.link not in ('noms_number', 'old_number', 'pnc') or t.person_no in (select person_no from twins)));
"""

_MOVEMENTS = """
create or replace table truth.classed as
with known as (
    select m.*, c.class, a.agency_type as goes_to
    from truth.movement as m
    left join (select movement_type, code, any_value(case when class in ('release', 'recall_release', 'expiry_release', 'hdc_release') then 'release' else class end) as class
               from code.movement where class <> 'court' group by movement_type, code) as c
        on c.movement_type = m.movement_type and c.code = m.reason
    left join code.agency as a on a.agency = m.to_agency
), first_reasons as (
    select *, movement_type = 'ADM' and direction = 'IN' as is_admission, movement_type = 'ADM' and direction = 'IN' and class = 'recall_admission' as is_recall_admission,
           case when direction <> 'OUT' or movement_type not in ('REL', 'TAP', 'TRN') then null
                when movement_type = 'TAP' then 'rotl' when movement_type = 'TRN' then 'transfer'
                when class = 'died' then 'died' when class = 'escape' then 'escape'
                when class = 'hospital' or goes_to in ('HOSPITAL', 'HSHOSP') then 'hospital' when class = 'removal' then 'removal'
                when goes_to = 'IMDC' then 'immigration_detention' when class in ('merge', 'unsentenced', 'not_a_release') then class
                when class = 'release' then 'release' else 'unclassified_reason' end as first_reason
    from known
), same_day as (
    select f.*, a.recall_later, a.other_later
    from first_reasons as f
    left join (
        select r.movement_no, bool_or(x.is_recall_admission) as recall_later, bool_or(not x.is_recall_admission) as other_later
        from first_reasons as r
        join first_reasons as x on x.offender_id = r.offender_id and x.on_day = r.on_day and x.is_admission and x.ts > r.ts
        where r.first_reason = 'release' group by r.movement_no
    ) as a using (movement_no)
), reasoned as (
    select * replace (case when first_reason is null or first_reason <> 'release' then first_reason when recall_later then 'same_day_recall' when other_later then 'another_sentence' else 'release' end as first_reason)
    from same_day
)
select * exclude (first_reason, recall_later, other_later),
       case when first_reason = 'release' and row_number() over (partition by offender_id, on_day, first_reason order by ts desc, movement_seq desc, book_id desc) > 1
            then 'same_day_duplicate' else first_reason end as reason_class
from reasoned;
"""

_RELEASES = """
-- To the community: a release, an unsentenced exit, an unclassified one. The episode opens with the first admission after the last of these.
create or replace table truth.released as
with ordered as (
    select *, max(if(reason_class in ('release', 'unsentenced', 'unclassified_reason'), ts, null)) over before as last_out
    from truth.classed
    window before as (partition by offender_id order by ts, movement_no rows between unbounded preceding and 1 preceding)
), releases as (
    select movement_no as release_no, offender_id, booked_as, book_no, book_id, movement_seq, on_day as release_date, ts as release_ts, reason as release_type,
           from_agency as releasing_prison, last_out
    from ordered where reason_class = 'release'
), opened as (
    select r.release_no, min(a.ts) as admission_ts
    from releases as r join truth.classed as a on a.offender_id = r.offender_id and a.is_admission and a.ts < r.release_ts and (r.last_out is null or a.ts > r.last_out)
    group by r.release_no
)
select r.*, o.admission_ts, p.person_no, p.is_linked, p.is_main,
       lead(r.release_ts) over (partition by r.offender_id order by r.release_ts) as next_release_ts
from releases as r
join truth.person as p using (offender_id)
left join opened as o using (release_no);
"""

_MATCHED = """
-- All that probation recorded within three days (definition: status_several_sentences).
create or replace table truth.belonging as
select r.release_no, r.release_date, d.release_row, d.sentence_no
from truth.released as r
join truth.delius_release as d on d.person_no = r.person_no and d.kind <> 'ROTL' and abs(date_diff('day', d.actual_on, r.release_date)) <= 3
where r.is_linked;
"""

_LICENCES = """
create or replace table truth.licence as
with last_calculation as (
    select r.release_no, coalesce(c.led_override, c.led) as led, c.tused
    from truth.released as r join truth.calculation as c on c.book_no = r.book_no and cast(c.calculated_at as date) <= r.release_date
    qualify row_number() over (partition by r.release_no order by c.calculated_at desc, c.calculation_no desc) = 1
), key_dates as (
    select sentence_no, max(if(kind = 'LED', on_day, null)) as led, max(if(kind = 'PSSED', on_day, null)) as pssed from truth.key_date group by sentence_no
), prison as (
    select r.release_no, r.release_date, c.led,
           greatest(c.led, if(r.release_no in (select release_no from truth.belonging join key_dates using (sentence_no) where pssed is not null), null, c.tused)) as ends_on
    from truth.released as r left join last_calculation as c using (release_no)
), sentences as (
    select distinct b.release_no, b.sentence_no, d.length_in_days, k.led, if(d.terminated_on >= b.release_date, d.terminated_on, null) as terminated_on,
           coalesce(greatest(k.led, k.pssed), p.ends_on) as would_end_on
    from truth.belonging as b
    join prison as p using (release_no)
    left join truth.disposal as d on d.sentence_no = b.sentence_no
    left join key_dates as k on k.sentence_no = b.sentence_no
), probation as (
    select release_no, max(length_in_days) as length_in_days, max(led) as led, if(count(*) = count(terminated_on), max(terminated_on), null) as all_terminated_on,
           -- One of which nothing says when it ends goes on.
           if(count(least(would_end_on, terminated_on)) < count(*), date '2999-12-31', max(least(would_end_on, terminated_on))) as ends_on
    from sentences group by release_no
)
-- (least and greatest pass over what is null.)
select p.release_no, b.length_in_days, coalesce(p.led, b.led) as licence_end,
       coalesce(greatest(if(p.ends_on is null, null, least(p.ends_on, b.all_terminated_on)), b.ends_on), date '2999-12-31') as supervised_until
from prison as p left join probation as b using (release_no);
"""

_DESCRIBED = """
create or replace table truth.release as
with managers as (
    select r.release_no, m.area, m.unit
    from truth.released as r
    join truth.manager as m on m.person_no = r.person_no and m.starts_on <= r.release_date and (m.ends_on is null or m.ends_on >= r.release_date)
    where r.is_linked
    qualify row_number() over (partition by r.release_no order by m.starts_on desc, m.manager_no desc) = 1
), probation as (
    select person_no, arg_min(ethnicity, offender_no) filter (where ethnicity is not null) as ethnicity, arg_min(gender, offender_no) filter (where gender is not null) as gender,
           arg_min(date_of_birth, offender_no) filter (where date_of_birth not in (date '1900-01-01', date '1970-01-01')) as birth_date
    from truth.delius_offender group by person_no
), statuses as (
    select book_no, arg_max(status, (effective_on, seq)) = 'LIFE' as is_life from truth.book_status group by book_no
), terms as (
    select book_no, bool_or(calculation_type = 'MLP') as is_life, date_diff('day', min(starts_on), max(ends_on)) + 1 as days from truth.book_sentence group by book_no
), known as (
    select r.*, l.licence_end, l.supervised_until, m.area, a.kind as area_kind, a.region as area_region, m.unit,
           coalesce(if(r.is_linked, p.ethnicity, null), o.race_code) as ethnicity_code, coalesce(o.sex_code, if(r.is_linked, p.gender, null)) as sex_code,
           if(o.birth_date in (date '1900-01-01', date '1970-01-01'), if(r.is_linked, p.birth_date, null), o.birth_date) as birth_date,
           coalesce(s.is_life, false) or coalesce(t.is_life, false) as is_life, coalesce(l.length_in_days, t.days) as days
    from truth.released as r
    join truth.licence as l using (release_no)
    join truth.nomis_offender as o on o.offender_id = r.booked_as
    left join probation as p on p.person_no = r.person_no
    left join managers as m using (release_no)
    left join code.area as a on a.area = m.area
    left join statuses as s on s.book_no = r.book_no
    left join terms as t on t.book_no = r.book_no
)
select release_no, offender_id, person_no, is_linked, book_no, book_id, movement_seq, release_date, release_ts, admission_ts, next_release_ts, release_type, releasing_prison,
       if(area_kind in ('region', 'crc'), area, area_region) as supervising_region, unit as pdu,
       case sex_code when 'M' then 'Male' when 'F' then 'Female' else if(sex_code is null, null, 'Not recorded') end as sex,
       case left(ethnicity_code, 1) when 'W' then 'White' when 'M' then 'Mixed' when 'A' then 'Asian' when 'B' then 'Black' when 'O' then 'Other'
            else if(ethnicity_code is null, null, 'Not recorded') end as ethnicity,
       -- Born on 29 February: a year older on 1 March.
       cast(year(release_date) - year(birth_date)
            - if((month(release_date), day(release_date)) < (month(birth_date), day(birth_date)), 1, 0) as integer) as age_at_release,
       case when is_life then 'indeterminate' when days <= 182 then 'under 6 months' when days <= 364 then '6 to under 12 months'
            when days <= 1460 then '1 to under 4 years' when days > 1460 then '4 years or more' else 'unknown' end as sentence_band,
       licence_end > release_date as is_on_licence, licence_end as licence_end_date, supervised_until
from known;
"""

_PUBLISHED = """
create or replace view truth.fct_release_excluded as
select offender_id, book_id, movement_seq, on_day as date, from_agency as prison, reason_class as reason
from truth.classed where reason_class is not null and reason_class <> 'release';

create or replace view truth.fct_recall as
select r.offender_id, r.book_id, r.movement_seq, c.recall_date, c.days_to_recall, c.band, c.recall_type, c.reasons, c.returned_date, c.days_at_large, c.rereleased_by_day_28
from truth.recall as c join truth.release as r using (release_no);

create or replace view truth.fct_release_status as
select r.offender_id, r.book_id, r.movement_seq, s.domain, s.day, s.status, s.official_class, s.state, s.state_reason, s.evidence_date, s.is_stale
from truth.status as s join truth.release as r using (release_no);
"""

_ATTRIBUTED = """
-- Which record is whose. person_no is empty for somebody whom neither prison nor probation ever wrote down; `has_own_number`: a NOMS
-- number, CRN or PNC of the person stands whole in a provider's record.
create or replace view truth.person_record as
select distinct 'nomis' as source, root_offender_id as source_key, person_no, true as has_own_number from truth.nomis_offender
union all
select distinct 'ndelius', cast(offender_no as varchar), person_no, true from truth.delius_offender
union all
select 'provider_' || sender, person_ref, coalesce(same.now_no, client.person_no), has_own
from buy.client as client left join truth.same as same on same.person_no = client.person_no where not client.is_shortened;

create or replace table truth.fct_release as
with covering as (
    -- The one contract that covers the releasing prison that day; of several, the one whose area supervises.
    select r.release_no, c.contract_id, c.provider_code, count(*) over (partition by r.release_no) as n, c.area_code = r.supervising_region as is_area
    from truth.release as r
    join buy.contract_prison as p on p.prison_code = r.releasing_prison and p.from_date <= r.release_date and (p.to_date is null or p.to_date >= r.release_date)
    join buy.contract as c on c.contract_id = p.contract_id and c.contract_type = 'ttg' and c.from_date <= r.release_date
        and (c.to_date is null or c.to_date >= r.release_date)
), chosen_contract as (
    select release_no, any_value(contract_id) as contract_id, any_value(provider_code) as provider
    from covering where n = 1 or is_area
    group by release_no having count(*) = 1
)
select offender_id, book_id, movement_seq, release_date, release_type, releasing_prison, supervising_region, pdu, provider, contract_id, sex, ethnicity,
       age_at_release, sentence_band, is_on_licence, licence_end_date
from truth.release left join chosen_contract using (release_no);
"""
