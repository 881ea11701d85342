"""The lives of the invented nation, simulated before any system writes anything down."""

from __future__ import annotations

from orchestration.worlds.nation.custody import simulate_custody
from orchestration.worlds.nation.movements import simulate_movements
from orchestration.worlds.nation.people import simulate_people
from orchestration.worlds.nation.reference import load_reference
from orchestration.worlds.nation.world import World


def simulate_lives(world: World) -> None:
    """Fill schema `life` with people, custody and movements."""
    load_reference(world)
    simulate_people(world, candidates=200 + world.releases)
    simulate_custody(world)
    simulate_movements(world)
    world.con.execute(_PEOPLE.format(last_day=world.last_day))


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
