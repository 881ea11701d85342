"""What nDelius wrote down about the lives: every version of every row, with the mess of real recording."""

from __future__ import annotations

from worlds.nation.world import World, settle


def record_probation(world: World) -> None:
    """Fill `record.delius_*`. A row of a version has `_recorded_at`; `_day` is the delivery that first holds it."""
    con = world.con
    con.execute(_OFFENDERS)
    con.execute(_MANAGERS)
    con.execute(_SENTENCES.format(full_day=world.full_day))
    con.execute(_RELEASES)
    for table, key in (("delius_offender", "offender_no"), ("delius_manager", "manager_no"), ("delius_custody", "sentence_no"), ("delius_disposal", "disposal_no"),
                       ("delius_key_date", "key_date_no"), ("delius_release", "release_row"), ("delius_recall", "recall_row")):  # fmt: skip
        settle(world, table, key, "updated_at" if table in ("delius_offender", "delius_release", "delius_recall") else None)


_OFFENDERS = """
-- One row a CRN: offender_no is nDelius's own key. A few people have two.
create table life.crn as
select person_no, 30000000 + person_no * 10 as offender_no, crn, 1 as place from life.person where crn is not null
union all
select person_no, 30000001 + person_no * 10, 'Y' || substr(crn, 2), 2 from life.person where crn is not null and has_two_crns and link in ('noms_number', 'pnc');

create table record.delius_offender as
with neighbours as (
    select person_no, lead(noms_no) over (order by person_no) as next_noms_no, lag(noms_no) over (order by person_no) as last_noms_no,
           lead(twin_of) over (order by person_no) as next_twin_of
    from life.person
), first_seen as (
    select person_no, min(came_in) as admission_ts from life.stay group by person_no
), typed as (
    select c.offender_no, c.person_no, c.crn, c.place, p.* exclude (person_no, crn), n.next_noms_no, n.last_noms_no, n.next_twin_of, f.admission_ts,
           draw(c.person_no, 'typing') as u_typing
    from life.crn as c join life.person as p using (person_no) join neighbours as n using (person_no) join first_seen as f using (person_no)
), written as (
    select offender_no, person_no, crn, died_on,
           case link when 'noms_number' then if(draw(offender_no, 'small letters') < 0.02, lower(noms_no) || ' ', noms_no)
                -- No number, or one that is no number: the police number must do.
                when 'pnc' then if(draw(offender_no, 'no number') < 0.3, 'AX' || substr(noms_no, 3), null) when 'old_number' then old_noms_no
                when 'number_of_nobody' then replace(noms_no, 'A', 'D') when 'number_of_twin' then noms_of_twin
                when 'number_of_another' then if(next_twin_of is null, next_noms_no, replace(noms_no, 'A', 'D')) end as noms_number,
           if(link in ('noms_number', 'pnc') and (link = 'pnc' or draw(offender_no, 'pnc known') < 0.9), pnc, null) as pnc_number,
           if(draw(offender_no, 'cro known') < 0.7 and link in ('noms_number', 'pnc'), cro, null) as cro_number,
           if(u_typing between 0.10 and 0.11, alias_first_name, first_name) as first_name,
           case when u_typing < 0.03 then substr(last_name, 1, 3) || substr(last_name, 5) else last_name end as surname,
           -- A mistyped birth date or a placeholder: the names still agree.
           case when u_typing between 0.04 and 0.055 then birth_date + 1 when u_typing between 0.06 and 0.065 then date '1900-01-01'
                when u_typing between 0.07 and 0.075 then date '1970-01-01' else birth_date end as date_of_birth,
           case when draw(person_no, 'gender') < 0.005 then 'N' when draw(person_no, 'gender') < 0.01 then null else sex end as gender,
           case when draw(person_no, 'ethnicity known') < 0.04 then null when draw(person_no, 'ethnicity known') < 0.06 then 'NS' else ethnicity end as ethnicity,
           admission_ts + interval (3 + draw_int(offender_no, 'created after', 20)) day as created_at
    from (select typed.*, (select any_value(noms_no) from life.person as t where t.person_no = typed.twin_of) as noms_of_twin from typed)
)
select offender_no, person_no, crn, noms_number, pnc_number, cro_number, first_name, surname, date_of_birth, gender, ethnicity,
       cast(null as date) as deceased_date, 1 as row_version, created_at as updated_at, created_at as _recorded_at
from written
union all
select offender_no, person_no, crn, noms_number, pnc_number, cro_number, first_name, surname, date_of_birth, gender, ethnicity,
       died_on, 2, died_on + interval (3 * 1440 + draw_int(offender_no, 'death told after', 60000)) minute,
       died_on + interval (3 * 1440 + draw_int(offender_no, 'death told after', 60000)) minute
from written where died_on is not null;
"""

_MANAGERS = """
-- A team is an area's team in a unit. Its number orders nothing.
create table life.team as
select row_number() over (order by area, unit) + 5000 as team_no, area, unit
from (select distinct area, unit from life.allocation);

create table record.delius_manager as
with rows_ as (
    select a.allocation_no * 4 + 40000000 as manager_no, c.offender_no, c.person_no, a.starts_on, a.area, a.unit, a.n, a.allocation_no,
           -- Most ends are the day before the next begins; some overlap, and a few are never entered.
           case when a.next_starts_on is null then null when draw(a.allocation_no, 'no end') < 0.03 then null
                when draw(a.allocation_no, 'overlap') < 0.1 then a.next_starts_on else greatest(a.next_starts_on - 1, a.starts_on) end as ends_on
    from life.allocation as a
    join life.crn as c on c.person_no = a.person_no and c.place = 1
    union all
    -- A second CRN is supervised by another team until the two are seen to be one person.
    select a.allocation_no * 4 + 40000001, c.offender_no, c.person_no, a.starts_on - 2, a.area, a.unit, a.n, a.allocation_no, a.next_starts_on
    from life.allocation as a
    join life.crn as c on c.person_no = a.person_no and c.place = 2
    where a.n = 0
    union all
    -- Two allocations on one day: the higher key counts.
    select a.allocation_no * 4 + 40000002, c.offender_no, c.person_no, a.starts_on, o.area, o.unit, a.n, a.allocation_no, null
    from life.allocation as a
    join life.crn as c on c.person_no = a.person_no and c.place = 1
    join life.allocation as o on o.person_no = a.person_no and o.next_starts_on = a.starts_on
    where draw(a.allocation_no, 'twice') < 0.004 and a.n <> 3
)
select manager_no, offender_no, person_no, starts_on, cast(null as date) as ends_on, area, unit, n, allocation_no, starts_on + interval 30 hour as _recorded_at
from rows_
union all
select manager_no, offender_no, person_no, starts_on, ends_on, area, unit, n, allocation_no, greatest(ends_on + interval 20 hour, starts_on + interval 31 hour)
from rows_ where ends_on is not null;
"""

# A sentence that runs beside another has its number and 5: of one day, of another length, and ended by its own dates.
_SENTENCES = """
create table life.beside as
select sentence_no as main_no, sentence_no + 5 as sentence_no, greatest(30, length_in_days + draw_int(sentence_no, 'length beside', 500) - 250) as length_in_days, released_on
from life.sentence
where not is_remand and not is_indeterminate and draw(sentence_no, 'beside') < rate('two_sentences');

create table record.delius_disposal as
with sentenced as (
    select s.sentence_no, s.person_no, s.length_in_days, s.sentenced_on, s.is_indeterminate, c.offender_no,
           o.supervised_until, o.last_out
    from life.sentence as s
    join life.person as p using (person_no)
    join life.crn as c on c.person_no = s.person_no and (c.place = 1 + s.sentence % 2 or (c.place = 1 and not (p.has_two_crns and p.link in ('noms_number', 'pnc'))))
    left join (select sentence_no, max(greatest(coalesce(licence_end, date '2999-12-31'), coalesce(pss_end, licence_end, date '2999-12-31'))) as supervised_until,
                      max(out_on) as last_out
               from life.outside group by sentence_no) as o using (sentence_no)
    where not s.is_remand and draw(s.sentence_no, 'no disposal') >= 0.004
), all_of_them as (
    select * from sentenced
    union all
    select b.sentence_no, s.person_no, b.length_in_days, s.sentenced_on, false, s.offender_no,
           greatest(s.sentenced_on + b.length_in_days, if(b.length_in_days < 730, s.last_out + 365, null)), s.last_out
    from sentenced as s join life.beside as b on b.main_no = s.sentence_no
), ended as (
    select *, if(is_indeterminate, null, if(draw(sentence_no, 'length missing') < 0.03, null, length_in_days)) as written_length,
           -- Ended early for a few; a slip of the year for fewer; otherwise when supervision ran out.
           case when last_out is null then null when draw(sentence_no, 'ended') < 0.03 then last_out + draw_int(sentence_no, 'ended after', 200)
                when draw(sentence_no, 'ended') < 0.033 then sentenced_on + 1
                when draw(sentence_no, 'ended') < 0.8 then supervised_until end as terminated_on
    from all_of_them
)
select 50000000 + sentence_no as disposal_no, sentence_no, person_no, offender_no, sentenced_on, written_length as length_in_days,
       cast(null as date) as terminated_on, sentenced_on + interval (50 + draw_int(sentence_no, 'entered after', 200)) hour as _recorded_at
from ended
union all
select 50000000 + sentence_no, sentence_no, person_no, offender_no, sentenced_on, written_length, terminated_on,
       greatest(terminated_on + interval 44 hour, sentenced_on + interval 300 hour)
from ended where terminated_on is not null and terminated_on < date '2990-01-01';

-- The event and the custody above a release: a few are deleted, and all that hangs on them with them.
create table record.delius_custody as
select sentence_no, any_value(person_no) as person_no, any_value(offender_no) as offender_no, any_value(sentenced_on) as sentenced_on, 0 as soft_deleted, min(_recorded_at) as _recorded_at
from record.delius_disposal group by sentence_no
union all
select sentence_no, any_value(person_no), any_value(offender_no), any_value(sentenced_on), 1,
       date '{full_day}' + interval (draw_int(sentence_no, 'custody deleted on', 120) - 30) day
from record.delius_disposal where draw(sentence_no, 'custody deleted') < 0.003
group by sentence_no having min(_recorded_at) < date '{full_day}' - 30;

create table record.delius_key_date as
with dates as (
    select d.sentence_no, d.offender_no, d.person_no, d.sentenced_on, s.released_on, d.sentenced_on + s.length_in_days as licence_end, s.is_indeterminate, s.length_in_days
    from (select distinct sentence_no, offender_no, person_no, sentenced_on from record.delius_disposal) as d
    join (select sentence_no, released_on, length_in_days, is_indeterminate from life.sentence
          union all select sentence_no, released_on, length_in_days, false from life.beside) as s using (sentence_no)
), kinds as (
    select *, 'LED' as kind, licence_end as on_day, 1 as n from dates where not is_indeterminate and draw(sentence_no, 'no LED') >= 0.06
    union all select *, 'SED', licence_end, 2 from dates where not is_indeterminate
    union all select *, 'ACR', released_on, 3 from dates
    union all select *, 'PSSED', released_on + 365, 4 from dates where length_in_days < 730 and draw(sentence_no, 'no PSSED') >= 0.2
)
select 60000000 + sentence_no * 10 + n as key_date_no, sentence_no, person_no, offender_no, kind, on_day,
       sentenced_on + interval 260 hour as _recorded_at
from kinds;
"""

_RELEASES = """
create table record.delius_release as
with of_sentence as (
    select release_no, release_no as entry_no, person_no, sentence_no, out_on, came_out from life.outside
    union all
    -- Of a sentence that runs beside it: nearly always written down too.
    select o.release_no, o.release_no + 20, o.person_no, b.sentence_no, o.out_on, o.came_out
    from life.outside as o join life.beside as b on b.main_no = o.sentence_no where draw(o.release_no + 20, 'written beside') < 0.9
), known as (
    select o.release_no, o.entry_no, o.person_no, o.sentence_no, o.out_on, d.offender_no, draw(o.entry_no, 'entered') as u,
           o.came_out + interval (60 + draw_int(o.entry_no, 'minutes', 4000)) minute
               + interval (if(draw(o.entry_no, 'entered late') < 0.03, 5 + draw_int(o.entry_no, 'days late in', 40), 0)) day as created_at
    from of_sentence as o
    join (select distinct sentence_no, offender_no from record.delius_disposal) as d using (sentence_no)
), dated as (
    select *, case when u < 0.01 then null when u < 0.02 then out_on - 1 when u < 0.03 then out_on + 1 when u < 0.035 then out_on + 3
                   when u < 0.04 then out_on + 6 else out_on end as actual_on
    from known
), told as (
    select * replace (greatest(created_at, actual_on + interval 20 hour) as created_at) from dated
), rotl as (
    select e.movement_no, e.book_no, cast(e.ts as date) as out_on, d.offender_no, b.sentence_no, b.person_no, e.created_at
    from record.movement_fact as e
    join life.booking as b using (book_no)
    join (select distinct sentence_no, offender_no from record.delius_disposal) as d using (sentence_no)
    where e.happened = 'rotl' and e.direction = 'OUT' and draw(e.movement_no, 'rotl told') < 0.4
)
select 70000000 + entry_no as release_row, release_no, person_no, sentence_no, offender_no, actual_on, 'ADL' as kind, 0 as soft_deleted, created_at, created_at as updated_at,
       created_at as _recorded_at
from told where actual_on is not null
union all
-- Entered by mistake, then deleted.
select 70000000 + entry_no, release_no, person_no, sentence_no, offender_no, actual_on, 'ADL', 1, created_at, created_at + interval (2 + draw_int(entry_no, 'deleted after', 90)) day,
       created_at + interval (2 + draw_int(entry_no, 'deleted after', 90)) day
from told where actual_on is not null and draw(entry_no, 'release deleted') < 0.004
union all
select 900000000 + movement_no, null, person_no, sentence_no, offender_no, out_on, 'ROTL', 0, created_at, created_at, created_at
from rotl;

create table record.delius_recall as
with revoked as (
    select o.release_no, o.person_no, r.offender_no, r.release_row, o.revoked_on, o.out_on, draw(o.release_no, 'revocation') as u,
           o.revoked_on + interval (700 + draw_int(o.release_no, 'told', 3000)) minute
               + interval (if(draw(o.release_no, 'told late') < 0.04, 4 + draw_int(o.release_no, 'days told late', 50), 0)) day as created_at
    from life.outside as o
    join (select distinct release_no, release_row, offender_no from record.delius_release where release_no is not null) as r using (release_no)
    where o.revoked_on is not null
    -- Of two sentences either one is revoked.
    qualify row_number() over (partition by o.release_no order by if(draw(o.release_no, 'which revoked') < 0.5, r.release_row, -r.release_row)) = 1
), reasoned as (
    select v.*, reasons.choice as reason
    from revoked as v join code.choice as reasons on reasons.pool = 'recall reason' and reasons.n = chosen(v.release_no, 'recall reason')
)
select 80000000 + release_no as recall_row, release_no, release_row, person_no, offender_no, if(u < 0.006, out_on - 20, revoked_on) as recalled_on, reason, 0 as soft_deleted,
       created_at, created_at as updated_at, created_at as _recorded_at
from reasoned where u < 0.97
union all
select 80000000 + release_no, release_no, release_row, person_no, offender_no, revoked_on, reason, 1, created_at, created_at + interval (3 + draw_int(release_no, 'recall deleted after', 60)) day,
       created_at + interval (3 + draw_int(release_no, 'recall deleted after', 60)) day
from reasoned where u between 0.5 and 0.506
union all
-- The end of a temporary licence, and a move to a secure hospital, are entered as recalls and are none.
select 880000000 + release_row, null, release_row, person_no, offender_no, actual_on + 1, if(kind = 'ROTL', 'EOTL', 'TSH'), 0, created_at + interval 2 day, created_at + interval 2 day,
       created_at + interval 2 day
from record.delius_release
where soft_deleted = 0 and (kind = 'ROTL' or draw(release_row, 'secure hospital') < 0.003);
"""
