"""What NOMIS wrote down about people, bookings, sentences and planned releases: every version of every row."""

from __future__ import annotations

from worlds.nation.world import World, settle


def record_prison(world: World) -> None:
    """Fill `record.nomis_*` beside the movements, and settle these too."""
    con = world.con
    con.execute(_OFFENDERS)
    con.execute(_BOOKINGS.format(last_day=world.last_day))
    con.execute(_SENTENCES)
    con.execute(_PLANS)
    con.execute(_CHECKLIST)
    for table, key in (("nomis_offender", "offender_id"), ("nomis_identifier", "offender_id, seq"), ("nomis_booking", "book_no"), ("movement", "movement_no"),
                       ("nomis_sentence", "book_no, seq"), ("nomis_calculation", "calculation_no"), ("nomis_status", "book_no, seq"),
                       ("nomis_plan", "book_no"), ("nomis_plan_history", "book_no, modified_at"), ("nomis_recall_term", "book_no"),
                       ("nomis_checklist", "book_no")):  # fmt: skip
        settle(world, table, key, "modified_at" if table in ("nomis_offender", "movement") else None)


_OFFENDERS = """
create table record.nomis_offender as
with people as (
    select p.*, m.merged_on, coalesce(m.is_late, false) as is_late, m.by_identifier, m.older_book_no, f.admission_ts, draw(p.person_no, 'typing') as u_typing
    from life.person as p
    left join life.merge as m using (person_no)
    join (select person_no, min(came_in) as admission_ts from life.stay group by person_no) as f using (person_no)
), coded as (
    select *, case when draw(person_no, 'sex known') < 0.004 then 'NK' when draw(person_no, 'sex known') < 0.008 then null else sex end as sex_code,
           if(draw(person_no, 'race known') < 0.05, null, ethnicity) as race_code,
           case when u_typing between 0.12 and 0.127 then date '1970-01-01' when u_typing between 0.13 and 0.135 then date '1900-01-01' else birth_date end as written_birth_date
    from people
)
select person_no, offender_id, offender_id as root_offender_id, noms_no as display, last_name, first_name, written_birth_date as birth_date, sex_code, race_code,
       'CN' as name_type, admission_ts as created_at, cast(null as timestamp) as modified_at, admission_ts as _recorded_at
from coded
union all
select person_no, cast(2000001 + person_no * 10 as varchar), offender_id, noms_no, last_name, alias_first_name,
       if(draw(person_no, 'alias birth') < 0.3, written_birth_date - 400, written_birth_date), sex_code, race_code, 'A', admission_ts + interval 2 hour, null, admission_ts + interval 2 hour
from coded where draw(person_no, 'has alias') < rate('alias')
union all
-- The record under the old number: a person of its own until it is merged.
select person_no, old_offender_id, old_offender_id, old_noms_no, last_name, first_name, written_birth_date, sex_code, race_code, 'CN', admission_ts, null, admission_ts
from coded where merged_on is not null
union all
select person_no, older_offender_id, older_offender_id, older_noms_no, last_name, first_name, written_birth_date, sex_code, race_code, 'CN', admission_ts, null, admission_ts
from coded where older_book_no is not null
union all
select person_no, old_offender_id, offender_id, noms_no, last_name, first_name, written_birth_date, sex_code, race_code, 'A', admission_ts, merged_on + interval 840 minute, merged_on + interval 840 minute
from coded where merged_on is not null and not by_identifier;

create table record.nomis_identifier as
with people as (
    select p.*, m.merged_on, m.older_book_no, f.admission_ts
    from life.person as p
    left join life.merge as m using (person_no)
    join (select person_no, min(came_in) as admission_ts from life.stay group by person_no) as f using (person_no)
)
select person_no, offender_id, 1 as seq, 'PNC' as kind, pnc as identifier, admission_ts + interval 3 hour as _recorded_at, cast(null as date) as _deleted_on
from people where link = 'pnc' or draw(person_no, 'pnc in prison') < 0.9
union all select person_no, offender_id, 2, 'CRO', cro, admission_ts + interval 3 hour, null from people where cro is not null
union all select person_no, offender_id, 3, 'MERGED', old_noms_no, merged_on + interval 840 minute, null from people where merged_on is not null
union all select person_no, old_offender_id, 3, 'MERGED', older_noms_no, merged_on - interval 600 minute, null from people where older_book_no is not null
-- The last of a chain often has all its numbers.
union all select person_no, offender_id, 6, 'MERGED', older_noms_no, merged_on + interval 840 minute, null
from people where older_book_no is not null and draw(person_no, 'all numbers') < 0.5
union all select holder.person_no, holder.offender_id, 7, 'MERGED', stranger.noms_no, m.told_at, m.parted_on
from life.mistaken_merge as m join life.person as holder on holder.person_no = m.person_no join life.person as stranger on stranger.person_no = m.stranger_no
union all select person_no, offender_id, 4, 'NOMS', older_noms_no, merged_on + interval 840 minute, null from people where merged_on is not null and older_book_no is null and draw(person_no, 'merged twice') < 0.2
union all select person_no, offender_id, 5, 'NINO', 'QQ' || lpad(cast(person_no % 1000000 as varchar), 6, '0') || 'C', admission_ts + interval 4 hour, null from people where draw(person_no, 'nino') < 0.3;
"""

_BOOKINGS = """
create table record.nomis_booking as
with spans as (
    select b.book_no, max(s.came_out) as last_out, any_value(s.person_no) as person_no, min(s.came_in) as admission_ts,
           min_by(l.prison_0, s.came_in) as prison, row_number() over (partition by any_value(s.person_no) order by min(s.came_in) desc) as seq
    from life.stay_booking as b join life.stay as s using (stay_no) join life.place as l using (stay_no)
    group by b.book_no
), placed as (
    select s.*, b.book_id, b.booking_no, p.offender_id, if(draw(p.person_no, 'has alias') < rate('alias') and draw(s.book_no, 'booked as alias') < 0.3,
           cast(2000001 + p.person_no * 10 as varchar), p.offender_id) as own_row_id, if(m.by_identifier, null, m.merged_on) as merged_on, p.old_offender_id,
           case when m.by_identifier then p.old_offender_id when older.person_no is not null then p.older_offender_id end as kept_id
    from spans as s
    join life.booking as b using (book_no)
    join life.person as p on p.person_no = s.person_no
    left join life.merge as m on m.book_no = s.book_no
    left join life.merge as older on older.older_book_no = s.book_no
), named as (
    select *, coalesce(kept_id, own_row_id) as row_id, coalesce(kept_id, offender_id) as root from placed
)
select book_no, book_id, person_no, booking_no, if(merged_on is null, row_id, old_offender_id) as offender_id, if(merged_on is null, root, old_offender_id) as root_offender_id,
       admission_ts, seq, 'Y' as active_flag, prison, cast(null as timestamp) as ended_at, admission_ts + interval 1 hour as _recorded_at
from named
union all
select book_no, book_id, person_no, booking_no, if(merged_on is null, row_id, old_offender_id), if(merged_on is null, root, old_offender_id),
       admission_ts, seq, 'N', prison, last_out, last_out + interval 3 hour
from named where last_out < timestamp '{last_day}' and (merged_on is null or last_out + interval 3 hour < merged_on)
union all
select book_no, book_id, person_no, booking_no, old_offender_id, root, admission_ts, seq, 'N', prison, last_out, greatest(merged_on + interval 841 minute, last_out + interval 3 hour)
from named where merged_on is not null;
"""

_SENTENCES = """
create table record.book_sentence as
select b.book_no, b.person_no, b.book_id, b.admission_ts, s.sentence_no, s.sentenced_on, s.length_in_days, s.is_indeterminate, s.released_on, s.is_remand
from life.booking as b join life.sentence as s using (sentence_no);

create table record.nomis_sentence as
with sentences as (
    select *, 1 as seq, sentenced_on as starts_on, sentenced_on + length_in_days - 1 as ends_on from record.book_sentence where not is_remand
    union all
    select *, 2, sentenced_on + length_in_days // 4, sentenced_on + length_in_days // 2 from record.book_sentence
    where not is_remand and draw(book_no, 'second term') < 0.15
)
select book_no, book_id, seq, if(is_indeterminate, 'MLP', kinds.choice) as calculation_type, starts_on, if(is_indeterminate, null, ends_on) as ends_on,
       greatest(admission_ts, starts_on) + interval 30 hour as _recorded_at
from sentences
join code.choice as kinds on kinds.pool = 'calculation type' and kinds.n = chosen(book_no, 'calculation type');

create table record.nomis_calculation as
with led as (
    select *, if(is_indeterminate, null, sentenced_on + length_in_days) as licence_end, draw(book_no, 'calculation') as u,
           if(length_in_days < 730, released_on + 365, null) as supervision_end
    from record.book_sentence where not is_remand and draw(book_no, 'no calculation') >= 0.03
), calculations as (
    select *, 1 as n, admission_ts + interval 20 hour as calculated_at, case when u < 0.02 then null when u < 0.07 then licence_end + 9 else licence_end end as led,
           if(u between 0.02 and 0.07, licence_end, null) as led_override
    from led
    union all
    -- Calculated again after the release: it says nothing about the licence as it stood.
    select *, 2, released_on + interval (30 + draw_int(book_no, 'calculated again', 60)) day, licence_end + 40, null from led where u > 0.93 and released_on + 95 < date '2024-06-30'
)
select 20000000 + book_no * 4 + n as calculation_no, book_no, book_id, calculated_at, if(is_indeterminate, null, released_on) as crd, led, led_override, licence_end as sed,
       supervision_end as tused, calculated_at + interval 2 hour as _recorded_at
from calculations;

create table record.nomis_status as
select book_no, book_id, 1 as seq, case when is_remand then 'RX' when is_indeterminate then 'LIFE' else kinds.choice end as status, cast(admission_ts as date) as effective_on,
       admission_ts + interval 5 hour as _recorded_at
from record.book_sentence
join code.choice as kinds on kinds.pool = 'imprisonment status' and kinds.n = chosen(book_no, 'imprisonment status');

create table record.nomis_recall_term as
select b.book_no, k.book_id, if(draw(s.stay_no, 'term slip') < 0.03, cast(s.came_in as date) - 1, cast(s.came_in as date)) as returned_on, s.fixed_term as days,
       s.came_in + interval (24 + draw_int(s.stay_no, 'term told', 90)) hour as _recorded_at
from life.stay as s join life.stay_booking as b using (stay_no) join life.booking as k on k.book_no = b.book_no
where s.fixed_term is not null;
"""

_PLANS = """
create table record.nomis_plan as
with planned as (
    select s.stay_no, b.book_no, k.book_id, cast(s.came_in as date) as in_on, cast(s.came_out as date) as out_on, s.came_in, draw(s.stay_no, 'plan') as u, s.is_remand
    from life.stay as s join life.stay_booking as b using (stay_no) join life.booking as k on k.book_no = b.book_no
    where not s.is_remand and s.way_out = 'release'
)
select book_no, book_id, greatest(in_on + 1, if(u < 0.2, out_on + draw_int(stay_no, 'first plan', 21) - 5, out_on)) as planned_on, came_in + interval 12 day as modified_at,
       came_in + interval 12 day as _recorded_at
from planned where out_on - in_on > 13
union all
-- Moved in the last weeks; a few are never put right.
select book_no, book_id, if(u between 0.18 and 0.2, out_on + 8, out_on), out_on - interval (2 + draw_int(stay_no, 'replanned', 30)) day, out_on - interval (2 + draw_int(stay_no, 'replanned', 30)) day
from planned where out_on - in_on > 50 and u < 0.3;
create table record.nomis_plan_history as select book_no, book_id, planned_on, modified_at, _recorded_at from record.nomis_plan;
"""

_CHECKLIST = """
create table record.nomis_checklist as
with last_release as (
    select b.book_no, any_value(k.book_id) as book_id, max(s.out_on) as out_on, arg_max(s.release_no, s.out_on) as release_no,
           cast(arg_max(y.came_in, s.out_on) as date) as in_on, if(arg_max(s.is_hdc, s.out_on), any_value(p.postcode), null) as hdc_postcode
    from life.outside as s join life.stay_booking as b on b.stay_no = s.release_no join life.booking as k on k.book_no = b.book_no
    join life.stay as y on y.stay_no = s.release_no
    join life.person as p on p.person_no = s.person_no
    where draw(b.book_no, 'checklist') < 0.86
    group by b.book_no
), ticked as (
    select *, case when draw(book_no, 'photo') < 0.45 then 'Y' when draw(book_no, 'photo') < 0.93 then 'N' end as photo,
           case when draw(book_no, 'bank') < 0.5 then 'Y' when draw(book_no, 'bank') < 0.93 then 'N' end as bank,
           case when draw(book_no, 'bank at reception') < 0.35 then 'Y' when draw(book_no, 'bank at reception') < 0.8 then 'N' end as bank_at_reception,
           if(draw(book_no, 'expects') < 0.7, 'Y', 'N') as expects,
           if(draw(book_no, 'claims') < 0.4, out_on + draw_int(book_no, 'claim day', 16) - 3, null) as claimed_on,
           out_on + interval (draw_int(book_no, 'checked', 18) - 8) day + interval 700 minute as recorded_at,
           out_on - interval (10 + draw_int(book_no, 'checked before', 60)) day + interval 700 minute as begun_at
    from last_release
)
-- Most are begun weeks before the release.
select book_no, book_id, photo, bank, bank_at_reception, expects, null as claimed_on, null as paid_on, hdc_postcode, begun_at as recorded_at, begun_at as _recorded_at
from ticked where draw(book_no, 'begun') < 0.7 and cast(begun_at as date) > in_on
union all
select book_no, book_id, photo, bank, bank_at_reception, expects, if(claimed_on <= cast(recorded_at as date), claimed_on, null) as claimed_on,
       if(claimed_on + 35 <= cast(recorded_at as date), claimed_on + 35, null) as paid_on, hdc_postcode, recorded_at, recorded_at as _recorded_at
from ticked;
"""
