"""The lives of the invented nation, simulated before any system writes anything down."""

from __future__ import annotations

from worlds.nation.custody import simulate_custody
from worlds.nation.movements import simulate_movements
from worlds.nation.people import simulate_people
from worlds.nation.reference import load_reference
from worlds.nation.world import World


def simulate_lives(world: World) -> None:
    """Fill schema `life` with people, custody and movements."""
    load_reference(world)
    simulate_people(world, candidates=200 + world.releases)
    simulate_custody(world)
    simulate_movements(world)
    world.con.execute(_PEOPLE.format(last_day=world.last_day))
    world.con.execute(_MISTAKEN.format(full_day=world.full_day, last_day=world.last_day))


def publish_lives(world: World) -> None:
    """Fill what the other half of the nation builds on, from the truth of the last day."""
    world.con.execute(_PUBLISHED.format(last_day=world.last_day))


_PEOPLE = """
create table life.person as
with careers as (
    select person_no, max(came_out) as last_out, bool_or(way_out = 'died') as dies_inside, bool_and(is_remand) as is_remand_only,
           max_by(way_out, came_out) as last_way_out
    from life.stay group by person_no
), ends as (
    select *, case when dies_inside then cast(last_out as date)
                   when last_way_out = 'release' and draw(person_no, 'died') < rate('died_after')
                       then cast(last_out as date) + 3 + draw_int(person_no, 'died on', 700) end as died_on
    from careers
)
select c.* exclude (birth_date, link), c.birth_date, if(c.link = 'old_number' and (m.person_no is null or m.is_late), 'noms_number', c.link) as link,
       if(e.died_on <= date '{last_day}', e.died_on, null) as died_on,
       if(draw(c.person_no, 'in nDelius') < if(e.is_remand_only, rate('in_ndelius_remand'), rate('in_ndelius')),
          'X' || lpad(cast(c.person_no as varchar), 6, '0'), null) as crn,
       draw(c.person_no, 'two crns') < rate('two_crns') as has_two_crns
from life.candidate as c
join ends as e using (person_no)
left join life.merge as m using (person_no)
order by c.person_no;
"""

# Two strangers, one of whom was out for good before the other came in, whom prison takes for one by an identifier; most are parted again.
_MISTAKEN = """
create table life.mistaken_merge as
with able as (
    select p.person_no, min(s.came_in) as first_in, max(s.came_out) as last_out
    from life.person as p join life.stay as s using (person_no)
    where p.link = 'noms_number' and p.crn is not null and p.died_on is null and p.twin_of is null and not p.has_two_crns
        and p.person_no not in (select person_no from life.merge) and p.person_no not in (select twin_of from life.person where twin_of is not null)
        and draw(p.person_no, 'merged by mistake') < rate('merged_by_mistake')
    group by p.person_no
), gone as (
    select person_no, row_number() over (order by person_no) as n from able where last_out < date '{full_day}' - 730
), come as (
    select person_no, row_number() over (order by person_no) as n from able where first_in > date '{full_day}' - 600
), told as (
    select come.person_no, gone.person_no as stranger_no,
           cast(date '{full_day}' - 40 + draw_int(come.person_no, 'mistaken on', date_diff('day', date '{full_day}', date '{last_day}') + 30) as date) as told_on
    from come join gone using (n)
)
select person_no, stranger_no, told_on + interval 840 minute as told_at,
       if(draw(person_no, 'parted') < 0.7, told_on + 20 + draw_int(person_no, 'parted on', 40), null) as parted_on
from told;
"""

_PUBLISHED = """
create table life.release as
with planned as (
    select book_no, arg_max(planned_on, modified_at) as planned_on from record.nomis_plan group by book_no
)
select t.release_no, b.person_no, t.book_no, t.book_id, b.booking_no, cast(t.movement_seq as integer) as movement_seq, t.admission_ts, t.release_date, t.release_ts,
       t.releasing_prison as prison, t.supervising_region as region, t.pdu, coalesce(p.planned_on, t.release_date) as planned_release, t.is_on_licence,
       t.licence_end_date as licence_end, cast(date_diff('day', cast(t.admission_ts as date), t.release_date) as integer) as in_custody_days
from truth.release as t
join life.booking as b using (book_no)
left join planned as p using (book_no)
order by t.release_no;

create table life.movement_prison as
with pieces as (
    select p.person_no, b.book_id, p.came_out, unnest([
        {{'prison': p.prison_0, 'from_ts': p.came_in}},
        {{'prison': p.prison_1, 'from_ts': moment(p.day_in, p.days, 1, 510)}},
        {{'prison': p.prison_2, 'from_ts': moment(p.day_in, p.days, 4, 510)}},
        {{'prison': p.prison_3, 'from_ts': moment(p.day_in, p.days, 7, 510)}},
        {{'prison': p.prison_4, 'from_ts': p.day_out + interval 400 minute}}]) as piece
    from life.place as p join life.booking as b using (book_no)
)
select person_no, book_id, piece.prison as prison, piece.from_ts as from_ts,
       coalesce(lead(piece.from_ts) over (partition by book_id, came_out order by piece.from_ts), came_out) as to_ts
from pieces where piece.prison is not null and piece.from_ts <= timestamp '{last_day} 23:59:59';

create table life.status as select release_no, domain, day, status, official_class, state, state_reason from truth.status;
create table life.recall as select release_no, recall_date, returned_date from truth.recall;
create table life.finance as select release_no, result from truth.finance;
create table life.due as
select s.person_no, b.book_id, b.booking_no, coalesce(p.prison_4, p.prison_3, p.prison_2, p.prison_1, p.prison_0) as prison, s.came_in as admission_ts,
    cast(s.came_out as date) as planned_release
from life.stay as s join life.place as p using (stay_no) join life.booking as b on b.book_no = p.book_no
where s.way_out = 'release' and s.came_out > timestamp '{last_day} 23:59:59';
"""
