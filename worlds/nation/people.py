"""Who the invented people are, and under which numbers each system knows them."""

from __future__ import annotations

from worlds.nation.world import World

_PNC_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"


def simulate_people(world: World, candidates: int) -> None:
    """Fill `life.candidate`: one row a person, numbered from 1; those the world does not need are left out later.

    A NOMS number is A1234BC with the first letter A, the number from before a merge begins with B (and C). `link` says how the
    nDelius record can be found: `noms_number`, `old_number`, `pnc`, or why it needs probabilistic linkage. First release days
    reach back before the first day, so that the nation is full when it begins.
    """
    world.con.execute(
        f"""
        create macro letters(n) as chr(cast(65 + n % 26 as integer)) || chr(cast(65 + (n // 26) % 26 as integer));
        create macro noms_number(letter, n) as letter || lpad(cast(n % 10000 as varchar), 4, '0') || letters(n // 10000);
        -- The check letter of a PNC is letter number (yynnnnnnn mod 23), counted from 0.
        create macro pnc(year, serial) as
            year || '/' || lpad(cast(serial as varchar), 7, '0')
            || substr('{_PNC_LETTERS}', cast(1 + ((year % 100) * 10000000 + serial) % 23 as integer), 1);
        create macro cro(year, serial) as
            lpad(cast(serial as varchar), 6, '0') || '/' || lpad(cast(year % 100 as varchar), 2, '0')
            || substr('{_PNC_LETTERS}', cast(1 + ((year % 100) * 1000000 + serial) % 23 as integer), 1);

        create table life.candidate as
        with numbered as (
            select person_no,
                   -- A twin, and one of a household, live with the person before them; those have neither themselves.
                   case when person_no % 2 = 0 and draw(person_no, 'twin') < rate('twin') then person_no - 1 end as twin_of,
                   case when person_no % 2 = 0 and draw(person_no, 'household') < rate('household') then person_no - 1 end as lives_with
            from (select unnest(range(1, {candidates} + 1)) as person_no)
        ), shared as (
            select person_no, twin_of, coalesce(twin_of, lives_with, person_no) as household_no, coalesce(twin_of, person_no) as birth_no,
                   -- Father and son, or mother and daughter, of one name.
                   if(lives_with is not null and draw(person_no, 'namesake') < rate('namesake'), lives_with, coalesce(twin_of, person_no)) as name_no
            from numbered
        ), drawn as (
            select person_no, twin_of, household_no, birth_no, name_no,
                   if(draw(birth_no, 'sex') < rate('women'), 'F', 'M') as sex,
                   cast(date '{world.first_day}' - 900
                        + draw_int(person_no, 'first release', date_diff('day', date '{world.first_day}' - 900, date '{world.last_day}') + 110) as date)
                       as first_release,
                   cast(floor(365.25 * (18.2 + 55 * pow(draw(birth_no, 'age'), 2.1))) as integer) as age_in_days,
                   draw(person_no, 'ethnicity') as u_ethnicity,
                   -- Zipf and Mandelbrot: the commonest of 1,200 surnames is borne by one in fifty, half of them by one in five thousand or fewer.
                   cast(floor(10 * pow(121, draw(household_no, 'surname'))) as integer) - 10 as surname_no, draw(person_no, 'link') as u_link, draw(person_no, 'merged') as u_merged
            from shared
        ), named as (
            select drawn.*, areas.choice as area, surnames.choice || endings.choice as last_name, firsts.choice as elder_first_name, twins.choice as twin_first_name,
                   aliases.choice as alias_first_name
            from drawn
            join code.choice as areas on areas.pool = 'area' and areas.n = chosen(household_no, 'area')
            join code.choice as surnames on surnames.pool = 'surname' and surnames.n = surname_no % 40 * 25
            join code.choice as endings on endings.pool = 'surname ending' and endings.n = cast(floor(((surname_no // 40 + surname_no % 40) % 30 + 0.5) * 1000 / 30) as integer)
            join code.choice as firsts on firsts.pool = 'name|' || drawn.sex and firsts.n = chosen(name_no, 'first name')
            join code.choice as twins on twins.pool = firsts.pool and twins.n = (firsts.n + 200) % 1000
            join code.choice as aliases on aliases.pool = firsts.pool and aliases.n = (firsts.n + 40 + draw_int(person_no, 'alias', 900)) % 1000
        ), placed as (
            select named.*, units.choice as unit
            from named
            join code.choice as units on units.pool = 'unit|' || area and units.n = chosen(household_no, 'unit')
        )
        select person_no, cast(2000000 + person_no * 10 as varchar) as offender_id, cast(2000005 + person_no * 10 as varchar) as old_offender_id,
               cast(2000006 + person_no * 10 as varchar) as older_offender_id,
               noms_number('A', person_no) as noms_no, noms_number('B', person_no) as old_noms_no, noms_number('C', person_no) as older_noms_no,
               last_name,
               case when twin_of is null then elder_first_name when draw(person_no, 'like twin') < rate('like_twin') then elder_first_name || 'elle'
                    else twin_first_name end as first_name, alias_first_name,
               cast(first_release - age_in_days + 0 as date) as own_birth_date,
               sex, twin_of, household_no, first_release, area, unit,
               'ZZ' || (1 + household_no % 90) || ' ' || draw_int(household_no, 'sector', 10) || letters(draw_int(household_no, 'postcode', 676)) as postcode,
               case when u_ethnicity < 0.66 then 'W1' when u_ethnicity < 0.69 then 'W2' when u_ethnicity < 0.73 then 'W9'
                    when u_ethnicity < 0.79 then 'B1' when u_ethnicity < 0.83 then 'B2' when u_ethnicity < 0.85 then 'B9'
                    when u_ethnicity < 0.87 then 'A1' when u_ethnicity < 0.91 then 'A2' when u_ethnicity < 0.935 then 'A9'
                    when u_ethnicity < 0.96 then 'M1' when u_ethnicity < 0.985 then 'M9' when u_ethnicity < 0.995 then 'O9' else 'NS' end as ethnicity,
               pnc(1980 + person_no % 40, 1000000 + person_no * 7 % 8999993) as pnc,
               if(draw(person_no, 'cro') < 0.6, cro(1980 + person_no % 40, 100000 + person_no % 899999), null) as cro,
               u_merged < rate('merged') as is_merged, u_merged < rate('merged_late') as is_merged_late,
               case when twin_of is not null and draw(person_no, 'twin number') < rate('number_of_twin') then 'number_of_twin'
                    when u_link < rate('no_identifier') then 'no_identifier'
                    when u_link < rate('no_identifier') + rate('number_of_nobody') then 'number_of_nobody'
                    when u_link < rate('no_identifier') + rate('number_of_nobody') + rate('number_of_another') then 'number_of_another'
                    when u_merged < rate('merged') and u_merged >= rate('merged_late') and draw(person_no, 'old number') < rate('old_number') then 'old_number'
                    when u_link > 1 - rate('pnc_only') then 'pnc' else 'noms_number' end as link
        from placed;
        """
    )
    # Twins are born on one day: the younger row takes the elder's birth date.
    world.con.execute(
        """
        create or replace table life.candidate as
        select c.* exclude (own_birth_date), coalesce(elder.own_birth_date, c.own_birth_date) as birth_date
        from life.candidate as c
        left join life.candidate as elder on elder.person_no = c.twin_of
        order by c.person_no
        """
    )
