"""Interim views of the lives for the purchase half; replaced by the truth as soon as it is there."""

from orchestration.worlds.nation.world import World


def publish_interim(world: World) -> None:
    d = world.last_day
    world.con.execute(
        f"""
        alter table life.booking rename to booking_of;
        create table life.booking as
        select b.book_no, b.person_no, b.book_id, b.booking_no, b.admission_ts, p.prison_0 as prison
        from life.booking_of as b join life.place as p on p.book_no = b.book_no
        qualify row_number() over (partition by b.book_no order by p.came_in) = 1;
        create table life.movement_prison as
        select p.person_no, b.book_id, p.prison_0 as prison, p.came_in as from_ts, least(p.came_out, timestamp '{d}') as to_ts
        from life.place as p join life.booking as b using (book_no);
        create table life.release as
        select s.stay_no as release_no, s.person_no, b.book_no, b.book_id, b.booking_no, cast(m.movement_seq as integer) as movement_seq, s.came_in as admission_ts,
               cast(s.came_out as date) as release_date, s.came_out as release_ts, m.from_agency as prison, c.area as region, c.unit as pdu,
               cast(s.came_out as date) as planned_release, coalesce(s.licence_end, date '2100-01-01') > cast(s.came_out as date) as is_on_licence,
               s.licence_end, cast(date_diff('day', cast(s.came_in as date), cast(s.came_out as date)) as integer) as in_custody_days
        from life.stay as s
        join life.stay_booking as sb using (stay_no)
        join life.booking as b on b.book_no = sb.book_no
        join life.person as c on c.person_no = s.person_no
        join record.movement_fact as m on m.book_no = b.book_no and m.ts = s.came_out and m.happened = 'release'
        where s.way_out = 'release' and s.out_recorded_at < date '{d}' + 1
        qualify row_number() over (partition by s.stay_no order by m.movement_seq) = 1;
        create table life.status as
        select r.release_no, k.domain, k.day,
               if(k.domain = 'accommodation', if(draw(r.release_no, 'acc') < 0.86, 'Settled, independent', 'Homeless'),
                  if(draw(r.release_no, 'emp') < 0.2, 'Full-time employed or self-employed', 'Unemployed')) as status,
               if(k.domain = 'accommodation', if(draw(r.release_no, 'acc') < 0.86, 'settled', 'homeless_other'),
                  if(draw(r.release_no, 'emp') < 0.2, 'employed', 'unemployed')) as official_class,
               'observed' as state, cast(null as varchar) as state_reason
        from life.release as r, (select unnest(['accommodation', 'employment']) as domain), (select unnest([0, 28, 42, 91, 182, 274]) as day) as k(day);
        """.replace(
            ", (select unnest(['accommodation', 'employment']) as domain), (select unnest([0, 28, 42, 91, 182, 274]) as day) as k(day)",
            ", (select * from (select unnest(['accommodation', 'employment']) as domain), (select unnest([0, 28, 42, 91, 182, 274]) as day)) as k",
        )
        + f"""
        create table life.recall as
        select stay_no as release_no, revoked_on as recall_date, cast(null as date) as returned_date
        from life.stay where revoked_on <= date '{d}' and way_out = 'release' and came_out < date '{d}';
        create table life.finance as
        select release_no, case when draw(release_no, 'finance') < 0.7 then 'achieved' when draw(release_no, 'finance') < 0.85 then 'not_achieved' else 'unknown' end as result
        from life.release;
        create table life.due as
        select s.person_no, b.book_id, b.booking_no, p.prison_0 as prison, cast(s.came_out as date) as planned_release
        from life.stay as s join life.stay_booking as sb using (stay_no) join life.booking as b on b.book_no = sb.book_no join life.place as p using (stay_no)
        where s.came_out >= date '{d}' + 1;
        """
    )
