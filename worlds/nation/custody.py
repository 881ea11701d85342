"""Custody as it was lived: sentences, stays in prison, releases, recalls and the ways out that are no release."""

from __future__ import annotations

from worlds.nation.world import World

SENTENCES_A_PERSON = 4


def simulate_custody(world: World) -> None:
    """Fill `life.sentence` and `life.stay` (one row a stay in prison, open ones too), then `life.person`.

    A sentence has up to three stays: the first, and one after each recall. Days inside a sentence are counted from the first
    release; `licence_days` is the length of the licence from there. A person's first release is drawn; every later day follows
    from lengths and gaps, so that each chain is a running sum. People are taken in the order of their number until the wanted
    number of releases is recorded by the last day; whoever would overshoot is passed over for a person with one release.
    """
    con = world.con
    con.execute(_SENTENCES)
    con.execute(_STAYS.format(first_day=world.first_day, last_day=world.last_day))
    con.execute(_KEPT.format(releases=world.releases, last_day=world.last_day))


_SENTENCES = f"""
create table life.chain as
with possible as (
    select person_no, first_release, n as sentence, person_no * 10 + n as sentence_no
    from life.candidate, (select unnest(range(1, {SENTENCES_A_PERSON} + 1)) as n)
    where n = 1
       or (draw(person_no, 'second') < rate('second_sentence') and (n = 2
           or (draw(person_no, 'third') < rate('third_sentence') and (n = 3 or draw(person_no, 'fourth') < rate('fourth_sentence')))))
), drawn as (
    select *, draw(sentence_no, 'remand') < rate('remand') as is_remand, draw(sentence_no, 'band') as u_band, draw(sentence_no, 'length') as u_length,
           draw(sentence_no, 'exit') as u_exit, draw(sentence_no, 'recall 1') as u_recall, draw(sentence_no, 'recall 2') as u_again
    from possible
), long as (
    select *, u_band >= 0.985 and not is_remand as is_indeterminate,
           cast(case when u_band < 0.34 then 14 + 168 * u_length when u_band < 0.47 then 183 + 181 * u_length
                when u_band < 0.86 then 365 + 1095 * pow(u_length, 1.3) else 1461 + 2900 * pow(u_length, 2) end as integer) as length_in_days
    from drawn
), served as (
    select *, cast(case when is_remand then 5 + 150 * pow(draw(sentence_no, 'remand days'), 2)
                   when is_indeterminate then 1500 + 2500 * draw(sentence_no, 'tariff')
                   when length_in_days between 84 and 1460 and draw(sentence_no, 'hdc') < rate('hdc')
                       then greatest(28, length_in_days / 2 - 20 - 100 * draw(sentence_no, 'hdc days'))
                   else greatest(7, length_in_days / 2) end as integer) as served_days,
           length_in_days between 84 and 1460 and draw(sentence_no, 'hdc') < rate('hdc') and not is_remand as is_hdc
    from long
), licensed as (
    select *, case when is_remand then 0 when is_indeterminate then 36500 else length_in_days - served_days end as licence_days,
           case when is_remand then 'unsentenced' when u_exit < rate('died_in_custody') then 'died'
                when u_exit < rate('died_in_custody') + rate('removal') then 'removal'
                when u_exit < rate('died_in_custody') + rate('removal') + rate('immigration_detention') then 'immigration_detention'
                when u_exit > 1 - rate('unclassified') then 'unclassified_reason' else 'release' end as way_out,
           -- Days to revocation: the shares inside a week and four weeks follow the 2023 inspection (8, 3 and 17 of 28).
           cast(case when draw(sentence_no, 'when 1') < 0.01 then 0 when draw(sentence_no, 'when 1') < 0.23 then 1 + 6 * draw(sentence_no, 'day 1')
                when draw(sentence_no, 'when 1') < 0.37 then 8 + 20 * draw(sentence_no, 'day 1')
                else 29 + 330 * pow(draw(sentence_no, 'day 1'), 1.4) end as integer) as recall_1,
           cast(1 + 200 * pow(draw(sentence_no, 'day 2'), 1.6) as integer) as days_to_recall_2
    from served
), recalled as (
    select *, way_out = 'release' and recall_1 < licence_days and u_recall < rate('recall') as is_recalled_1,
           -- Nobody revoked on the day of release is back that day: that would be no release.
           cast(case when draw(sentence_no, 'return 1') < 0.35 then if(recall_1 = 0, 1, 0) else 1 + 60 * pow(draw(sentence_no, 'return days 1'), 4) end as integer) as at_large_1,
           cast(case when draw(sentence_no, 'return 2') < 0.35 then 0 else 1 + 60 * pow(draw(sentence_no, 'return days 2'), 4) end as integer) as at_large_2,
           case when not is_indeterminate and draw(sentence_no, 'fixed 1') < rate('fixed_term') then if(length_in_days < 365, 14, 28) end as fixed_1,
           case when not is_indeterminate and draw(sentence_no, 'fixed 2') < rate('fixed_term') then if(length_in_days < 365, 14, 28) end as fixed_2,
           draw(sentence_no, 'lost 1') < rate('never_returned') as is_lost_1, draw(sentence_no, 'lost 2') < rate('never_returned') as is_lost_2
    from licensed
), returned as (
    select *, recall_1 + at_large_1 as return_1,
           -- Kept to the end of the sentence at most; out again on licence while it runs.
           greatest(recall_1 + at_large_1 + 1, least(greatest(licence_days, recall_1 + at_large_1 + 1),
                    recall_1 + at_large_1 + coalesce(fixed_1, cast(30 + 250 * draw(sentence_no, 'kept 1') as integer)))) as release_2
    from recalled
), twice as (
    select *, release_2 + days_to_recall_2 as recall_2, release_2 + days_to_recall_2 + at_large_2 as return_2,
           is_recalled_1 and not is_lost_1 and release_2 + days_to_recall_2 < licence_days and u_again < rate('recall_again') as is_recalled_2
    from returned
), thrice as (
    select *, greatest(return_2 + 1, least(greatest(licence_days, return_2 + 1),
                       return_2 + coalesce(fixed_2, cast(30 + 250 * draw(sentence_no, 'kept 2') as integer)))) as release_3
    from twice
), ended as (
    select *, case when is_recalled_2 then release_3 when is_recalled_1 then release_2 else 0 end as last_release,
           way_out in ('died', 'removal', 'immigration_detention') or (is_recalled_1 and is_lost_1) or (is_recalled_2 and is_lost_2) as is_the_end,
           cast(3 + 700 * pow(draw(sentence_no, 'gap'), 2) as integer) as gap
    from thrice
), placed as (
    select *, first_release
              + cast(coalesce(sum(last_release) over before, 0) + if(sentence = 1, 0, sum(if(sentence = 1, 0, gap + served_days)) over until_here) as integer)
              as released_on,
           coalesce(bool_or(is_the_end) over before, false) as is_too_late
    from ended
    window before as (partition by person_no order by sentence rows between unbounded preceding and 1 preceding),
           until_here as (partition by person_no order by sentence rows between unbounded preceding and current row)
)
select person_no, sentence_no, sentence, is_remand, is_indeterminate, is_hdc, length_in_days, served_days, licence_days, way_out,
       released_on - served_days as sentenced_on, released_on, is_the_end, is_recalled_1, recall_1, return_1, fixed_1, is_lost_1, release_2,
       is_recalled_2, recall_2, return_2, fixed_2, is_lost_2, release_3, last_release
from placed
where not is_too_late
"""

_STAYS = """
create table life.all_stays as
with stages as (
    select *, 1 as stage, sentenced_on as came_in, released_on as came_out, if(is_recalled_1, released_on + recall_1, null) as revoked_on,
           cast(null as integer) as fixed_term
    from life.chain
    union all
    select *, 2, released_on + return_1, released_on + release_2, if(is_recalled_2, released_on + recall_2, null), fixed_1
    from life.chain where is_recalled_1 and not is_lost_1
    union all
    select *, 3, released_on + return_2, released_on + release_3, null, fixed_2
    from life.chain where is_recalled_2 and not is_lost_2
), timed as (
    select person_no, sentence_no, sentence_no * 4 + stage as stay_no, stage, fixed_term, revoked_on, sentenced_on, released_on, length_in_days,
           is_remand, is_indeterminate, is_hdc, way_out as first_way_out,
           if(is_indeterminate, null, sentenced_on + length_in_days) as licence_end,
           if(stage = 1, way_out, 'release') as way_out,
           came_in + interval (660 + draw_int(sentence_no * 4 + stage, 'hour in', 480)) minute as came_in,
           came_out + interval (480 + draw_int(sentence_no * 4 + stage, 'hour out', 420)) minute as came_out
    from stages
    where released_on >= date '{first_day}' and came_in <= date '{last_day}'
)
select *,
       -- Movements are written down within hours, a few of them days late.
       came_out + interval (case when draw(stay_no, 'late out') < 0.03 then 1440 * (1 + draw_int(stay_no, 'days late', 20)) else draw_int(stay_no, 'minutes late', 240) end) minute
           as out_recorded_at
from timed
"""

_KEPT = """
create table life.kept as
with counted as (
    select c.person_no, count(*) filter (where s.way_out = 'release' and s.out_recorded_at < date '{last_day}' + 1) as releases
    from life.candidate as c join life.all_stays as s using (person_no)
    group by c.person_no
), running as (
    select person_no, releases, sum(releases) over (order by person_no) as so_far from counted
), first_people as (
    select person_no, releases from running where so_far <= {releases}
), missing as (
    select {releases} - coalesce(sum(releases), 0) as n from first_people
), spare as (
    select person_no, row_number() over (order by person_no) as place from running where so_far > {releases} and releases = 1
)
select person_no from first_people union all select person_no from spare, missing where place <= n;

create table life.stay as
select * from life.all_stays where person_no in (select person_no from life.kept) order by stay_no;
create table life.sentence as
select * from life.chain where sentence_no in (select sentence_no from life.stay) order by sentence_no;
drop table life.all_stays;
drop table life.chain;
"""
