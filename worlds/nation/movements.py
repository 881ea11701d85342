"""Bookings and external movements: what happened at the prison gate, and what was written down about it, right or wrong."""

from __future__ import annotations

from worlds.nation.world import World


def simulate_movements(world: World) -> None:
    """Fill `life.booking`, `life.place` (one row a stay: where held when) and `record.movement` (every version of each row).

    A stay is cut into thirteen slots so that what happens in one (a transfer, a court day, a temporary release, an escape) does
    not run into the next. `record.movement.happened` names the event for the counts in the tests; nothing else reads it.
    """
    con = world.con
    con.execute(_BOOKINGS.format(full_day=world.full_day, last_day=world.last_day))
    con.execute(_PLACES)
    con.execute(_EVENTS.format(full_day=world.full_day))
    con.execute(_RECORDS.format(last_day=world.last_day))


_BOOKINGS = """
create table life.stay_booking as
select stay_no, sentence_no, person_no, stage, came_in,
       sentence_no * 4 + max(if(stage = 1 or draw(stay_no, 'booking') < rate('new_booking'), stage, 0)) over
           (partition by sentence_no order by stage rows between unbounded preceding and current row) as book_no
from life.stay;

create table life.booking as
select book_no, any_value(person_no) as person_no, any_value(sentence_no) as sentence_no, cast(10000000 + book_no as varchar) as book_id,
       chr(cast(65 + book_no % 26 as integer)) || lpad(cast(book_no // 4 as varchar), 6, '0') as booking_no, min(came_in) as admission_ts
from life.stay_booking
group by book_no;

-- The first booking of a merged person stood under an old number until the two were found to be one. By identifier: prison says so by
-- that alone, and all else stays. In a chain: the first stood under an older number, found to be the same as the old one before.
create table life.merge as
with ordered as (
    select person_no, book_no, admission_ts, row_number() over (partition by person_no order by admission_ts) as place, count(*) over (partition by person_no) as bookings,
           lead(admission_ts) over (partition by person_no order by admission_ts) as next_admission,
           lag(book_no) over (partition by person_no order by admission_ts) as book_before
    from life.booking
), told as (
    select *, bookings > 2 and draw(person_no, 'merged in chain') < rate('merged_in_chain') as is_chain,
           bookings > 2 and draw(person_no, 'merged in chain') < rate('merged_in_chain') or draw(person_no, 'merged by') < rate('merged_by_identifier') as by_identifier
    from ordered
), eligible as (
    select o.person_no, o.book_no, c.is_merged_late, o.by_identifier, if(o.is_chain, o.book_before, null) as older_book_no,
           greatest(cast(o.next_admission as date) + 3, if(c.is_merged_late, date '{full_day}' + 5, date '2000-01-01')) as earliest,
           if(c.is_merged_late, date '{last_day}' - 5, date '{full_day}' - 5) as latest
    from told as o join life.candidate as c using (person_no)
    where o.place = if(o.is_chain, 2, 1) and o.next_admission is not null and c.is_merged
)
select person_no, book_no, is_merged_late as is_late, by_identifier, older_book_no,
       cast(earliest + draw_int(person_no, 'merged on', least(300, date_diff('day', earliest, latest))) as date) as merged_on
from eligible where earliest < latest;
"""

_PLACES = """
create table life.place as
with drawn as (
    select s.*, b.book_no, 'prison|' || p.sex || '|any' as anywhere,
           if(p.sex = 'F' and p.area in (select area from code.no_womens_prison), 'prison|' || p.sex || '|any', 'prison|' || p.sex || '|' || p.area) as near,
           cast(s.came_in as date) as day_in, cast(s.came_out as date) as day_out,
           date_diff('day', cast(s.came_in as date), cast(s.came_out as date)) as days
    from life.stay as s
    join life.stay_booking as b using (stay_no)
    join life.candidate as p on p.person_no = s.person_no
), pooled as (
    select *, if(draw(stay_no, 'near 0') < 0.8, near, anywhere) as pool_0,
           if(days > 60 and draw(stay_no, 'moved 1') < 0.55, if(draw(stay_no, 'near 1') < 0.6, near, anywhere), null) as pool_1,
           if(days > 150 and draw(stay_no, 'moved 2') < 0.45, if(draw(stay_no, 'near 2') < 0.6, near, anywhere), null) as pool_2,
           if(days > 300 and draw(stay_no, 'moved 3') < 0.45, if(draw(stay_no, 'near 3') < 0.7, near, anywhere), null) as pool_3,
           if(draw(stay_no, 'moved 4') < rate('transfer_on_the_day'), near, null) as pool_4
    from drawn
)
select pooled.* exclude (near, anywhere, pool_0, pool_1, pool_2, pool_3, pool_4), p0.choice as prison_0, p1.choice as prison_1, p2.choice as prison_2,
       p3.choice as prison_3, p4.choice as prison_4,
       case when days < 40 then null when draw(stay_no, 'special') < rate('escape') then 'escape'
            when draw(stay_no, 'special') < rate('escape') + rate('hospital') then 'hospital'
            when draw(stay_no, 'special') < rate('escape') + rate('hospital') + rate('administrative') then 'not_a_release'
            when draw(stay_no, 'special') > 1 - rate('same_day_recall') then 'same_day_recall'
            when draw(stay_no, 'special') > 1 - rate('same_day_recall') - rate('another_sentence') then 'another_sentence' end as special,
       if(days > 120, draw_int(stay_no, 'court days', 3), 0) as court_days,
       if(days > 200 and draw(stay_no, 'rotl') < 0.1, 1 + draw_int(stay_no, 'rotl days', 3), 0) as rotl_days
from pooled
join code.choice as p0 on p0.pool = pool_0 and p0.n = chosen(stay_no, 'prison 0')
left join code.choice as p1 on p1.pool = pool_1 and p1.n = chosen(stay_no, 'prison 1')
left join code.choice as p2 on p2.pool = pool_2 and p2.n = chosen(stay_no, 'prison 2')
left join code.choice as p3 on p3.pool = pool_3 and p3.n = chosen(stay_no, 'prison 3')
left join code.choice as p4 on p4.pool = pool_4 and p4.n = chosen(stay_no, 'prison 4')
"""

# at(slot, hour): a moment in a slot of the stay. held(slot): the prison the person is in then.
_EVENTS = """
create macro moment(day_in, days, slot, minute) as
    (day_in + 1 + cast(days * slot // 13 as integer)) + interval (minute) minute;

create table life.event as
with moved as (
    select *, coalesce(prison_1, prison_0) as held_2, coalesce(prison_2, prison_1, prison_0) as held_5,
           coalesce(prison_3, prison_2, prison_1, prison_0) as held_8, coalesce(prison_4, prison_3, prison_2, prison_1, prison_0) as held_at_end
    from life.place
), admitted as (
    select stay_no, book_no, 'admission' as happened, came_in as ts,
           case when stage = 1 and (is_remand or draw(stay_no, 'remanded') < 0.35) then 'remand_admission' when stage = 1 then 'sentence_admission'
                when draw(stay_no, 'returned') < 0.95 then 'recall_admission' else 'remand_admission' end as class,
           'IN' as direction, 'CRT01' as from_agency, prison_0 as to_agency
    from moved
), transfers as (
    select stay_no, book_no, day_in, days, 1 as slot, prison_0 as leaves, prison_1 as goes from moved where prison_1 <> prison_0
    union all select stay_no, book_no, day_in, days, 4, coalesce(prison_1, prison_0), prison_2 from moved where prison_2 <> coalesce(prison_1, prison_0)
    union all select stay_no, book_no, day_in, days, 7, held_5, prison_3 from moved where prison_3 <> held_5
), moves as (
    select stay_no, book_no, 'transfer' as happened, moment(day_in, days, slot, 510) as ts, 'transfer' as class, 'OUT' as direction, leaves, goes
    from transfers
    union all
    select stay_no, book_no, 'transfer', moment(day_in, days, slot, 510 + if(draw(stay_no * 10 + slot, 'overnight') < 0.15, 1500, 240)),
           'transfer_admission', 'IN', leaves, goes
    from transfers
    union all
    select stay_no, book_no, 'transfer on the day', day_out + interval 400 minute, 'transfer', 'OUT', held_8, prison_4 from moved where prison_4 is not null
    union all
    select stay_no, book_no, 'transfer on the day', day_out + interval 460 minute, 'transfer_admission', 'IN', held_8, prison_4 from moved where prison_4 is not null
), absences as (
    select stay_no, book_no, day_in, days, 'court' as class, 2 as slot, 0 as n, held_2 as prison, 'CRT02' as elsewhere, 420 as away from moved where court_days > 0
    union all select stay_no, book_no, day_in, days, 'court', 6, 1, held_5, 'CRT01', 380 from moved where court_days > 1
    union all select stay_no, book_no, day_in, days, 'rotl', 9, 2, held_8, 'OUT', 480 from moved where rotl_days > 0
    union all select stay_no, book_no, day_in, days, 'rotl', 10, 3, held_8, 'OUT', 2000 from moved where rotl_days > 1
    union all select stay_no, book_no, day_in, days, 'rotl', 11, 4, held_8, 'OUT', 500 from moved where rotl_days > 2
), away as (
    select stay_no, book_no, class as happened, moment(day_in, days, slot, 500) as ts, class, 'OUT' as direction, prison, elsewhere from absences
    union all
    select stay_no, book_no, class, moment(day_in, days, slot, 500 + away), class, 'IN', elsewhere, prison from absences
), specials as (
    select stay_no, book_no, special as happened, moment(day_in, days, 8, 600) as ts, held_8 as prison,
           case when special in ('same_day_recall', 'another_sentence') then 'release' else special end as class_out,
           case special when 'same_day_recall' then 'recall_admission' when 'another_sentence' then 'sentence_admission' when 'escape' then 'return_admission'
                else 'transfer_admission' end as class_in,
           case special when 'hospital' then 'HOS1' else 'OUT' end as elsewhere,
           case when special in ('same_day_recall', 'another_sentence') then 300 else 1440 * (1 + days // 26) end as minutes
    from moved where special is not null
), special_moves as (
    select stay_no, book_no, happened, ts, class_out as class, 'OUT' as direction, prison, elsewhere from specials
    union all
    select stay_no, book_no, happened, ts + interval (minutes) minute, class_in, 'IN', elsewhere, prison from specials
), exits as (
    select stay_no, book_no, way_out as happened, came_out as ts,
           case when way_out <> 'release' then if(way_out = 'immigration_detention', 'release', way_out)
                when came_out >= licence_end then 'expiry_release' when stage > 1 then 'recall_release' when is_hdc then 'hdc_release' else 'release' end as class,
           'OUT' as direction, held_at_end, if(way_out = 'immigration_detention', 'IMC1', 'OUT') as goes
    from moved
), previous as (
    select book_no, lag(book_no) over (partition by person_no order by admission_ts, book_no) as previous_book_no from life.booking
), duplicates as (
    -- Written twice: in the same booking, earlier or at the same minute, or in the booking before.
    select m.stay_no, if(draw(m.stay_no, 'other booking') < 0.3, coalesce(p.previous_book_no, m.book_no), m.book_no) as book_no, 'same_day_duplicate' as happened,
           m.came_out - interval (30 * draw_int(m.stay_no, 'earlier', 3)) minute as ts, 'release' as class, 'OUT' as direction, m.held_at_end, 'OUT' as goes
    from moved as m join previous as p on p.book_no = m.book_no
    where m.way_out = 'release' and draw(m.stay_no, 'duplicate') < rate('same_day_duplicate')
), mistakes as (
    select stay_no, book_no, 'mistaken release' as happened, moment(day_in, days, 3, 640) as ts, 'release' as class, 'OUT' as direction, held_2, 'OUT' as goes
    from moved
    where days > 60 and moment(day_in, days, 3, 640) < date '{full_day}' - 20 and draw(stay_no, 'mistake') < rate('mistaken_release')
)
select * from admitted union all select * from moves union all select * from away union all select * from special_moves
union all select * from exits union all select * from duplicates union all select * from mistakes
"""

_RECORDS = """
create table record.movement_fact as
with dated as (
    select e.stay_no, e.book_no, e.happened, e.ts, e.class, e.direction, e.from_agency, e.to_agency, s.out_recorded_at
    from life.event as e join life.stay as s using (stay_no)
    union all
    select -book_no, book_no, 'merge', merged_on + interval 840 minute, 'merge', 'OUT', 'OUT', 'OUT', cast(null as timestamp) from life.merge where not by_identifier
), numbered as (
    select *, row_number() over (partition by book_no order by
                  if(draw(book_no, 'out of order') < rate('out_of_order'), ts + interval (draw_int(stay_no * 100 + epoch(ts) % 100, 'disorder', 60)) day, ts),
                  direction, happened) as movement_seq
    from dated
), coded as (
    select n.*, n.book_no * 100 + n.movement_seq as movement_no, split_part(reasons.choice, '|', 1) as movement_type,
           -- The early release scheme began on 17 October 2023.
           if(reasons.choice = 'REL|ECSL' and n.ts < timestamp '2023-10-17', 'CR', split_part(reasons.choice, '|', 2)) as reason
    from numbered as n
    join code.choice as reasons on reasons.pool = 'movement|' || n.class
        and reasons.n = chosen(n.book_no * 100 + n.movement_seq, 'reason')
)
select movement_no, book_no, cast(10000000 + book_no as varchar) as book_id, movement_seq, happened, ts,
       -- Going in is an admission after a transfer, and the same type of absence after court or temporary release.
       movement_type, reason, direction, from_agency, to_agency,
       coalesce(if(happened not in ('admission', 'transfer', 'court', 'rotl', 'merge') and direction = 'OUT' and happened in
                   ('release', 'died', 'removal', 'immigration_detention', 'unclassified_reason', 'unsentenced'), out_recorded_at, null),
                ts + interval (draw_int(movement_no, 'minutes late', 240)) minute
                   + interval (if(draw(movement_no, 'late') < 0.01, 1 + draw_int(movement_no, 'days late', 15), 0)) day) as created_at,
       draw(movement_no, 'corrected') < rate('corrected_movement') and happened in ('release', 'admission', 'transfer') as is_corrected
from coded
where ts < date '{last_day}' + 1;

create table record.movement as
with first_versions as (
    -- What was written down first: the day before, or another reason. Put right some weeks later.
    select *, created_at + interval (2 + draw_int(movement_no, 'days to correction', 50)) day as corrected_at from record.movement_fact
)
select movement_no, book_no, book_id, movement_seq, happened,
       if(is_corrected and draw(movement_no, 'what') < 0.5, ts - interval 1 day, ts) as ts, movement_type,
       if(is_corrected and draw(movement_no, 'what') >= 0.5 and happened = 'release', 'HU', reason) as reason, direction, from_agency, to_agency,
       created_at, cast(null as timestamp) as modified_at, created_at as _recorded_at
from first_versions
where not is_corrected or corrected_at <> created_at
union all
select movement_no, book_no, book_id, movement_seq, happened, ts, movement_type, reason, direction, from_agency, to_agency,
       created_at, corrected_at, corrected_at
from first_versions
where is_corrected;

create table record.movement_deletion as
select distinct movement_no, book_id, movement_seq, least(cast(created_at as date) + 5 + draw_int(movement_no, 'days to deletion', 120), date '{last_day}') as deleted_on
from record.movement where happened = 'mistaken release';
drop table life.event;

create or replace table life.booking as
select b.*, p.prison_0 as prison from life.booking as b join life.place as p on p.book_no = b.book_no
qualify row_number() over (partition by b.book_no order by p.came_in) = 1;
"""
