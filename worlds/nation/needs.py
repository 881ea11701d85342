"""What the prison found at reception, and what a full assessment found later: the needs that a plan should answer."""

from __future__ import annotations

from worlds.nation.world import World, deliver

DOMAINS = {"accommodation": 0.52, "employment": 0.55, "finance": 0.35, "drugs": 0.38, "family": 0.2}


def find_needs(world: World) -> None:
    """Make buy.screening, buy.need (one row a stay and domain in need), buy.assessment and buy.flagged: the domains that some record has
    flagged by the time a plan of the stay is made."""
    shares = ", ".join(f"('{domain}', {share})" for domain, share in DOMAINS.items())
    world.con.execute(_NEEDS.format(last_day=world.last_day, shares=shares))


def write_needs(world: World) -> None:
    """Deliver BCS_SCREENING, BCS_NEED, ASSESSMENT and ASSESSMENT_NEED."""
    deliver(world, "oasys", "BCS_SCREENING", """
        select screening_id, person.noms_no, screening.booking_no, screening.admission_ts as reception_ts, screening.completed_ts,
            'BCS' || draw_int(screening.stay_no, 'clerk', 60) as author, screening.completed_ts as _recorded_at
        from buy.screening as screening inner join life.person as person on person.person_no = screening.person_no""", order="screening_id")  # fmt: skip
    # What the screening missed, a full assessment has; the screening of before cannot be overwritten.
    domains = ", ".join(f"('{domain}')" for domain in DOMAINS)
    deliver(world, "oasys", "BCS_NEED", f"""
        select screening.screening_id, asked.domain, case when need.is_seen then 'Y' else 'N' end as need_flag, case when need.is_seen then 'Invented: says so at reception' end as description_text,
            screening.completed_ts as recorded_ts, screening.completed_ts as _recorded_at
        from buy.screening as screening cross join (values {domains}) as asked(domain)
        left join buy.need as need on need.stay_no = screening.stay_no and need.domain = asked.domain""", order="screening_id, domain")  # fmt: skip
    deliver(world, "oasys", "ASSESSMENT", f"""
        select assessment_id, crn, noms_no, completed_ts, completed_ts as _recorded_at from buy.assessment where completed_ts < date '{world.last_day}' + 1""",
            order="assessment_id")  # fmt: skip
    deliver(world, "oasys", "ASSESSMENT_NEED", f"""
        select assessment.assessment_id, need.domain, 'Y' as need_flag, case when draw(need.stay_no, 'offending ' || need.domain) < 0.6 then 'Y' else 'N' end as linked_to_reoffending,
            case when draw(need.stay_no, 'harm ' || need.domain) < 0.3 then 'Y' else 'N' end as linked_to_harm,
            case when draw(need.stay_no, 'better ' || need.domain) < 0.28 then 'Y' else 'N' end as improved, assessment.completed_ts as _recorded_at
        from buy.assessment as assessment inner join buy.need as need on need.stay_no = assessment.stay_no
        where assessment.completed_ts < date '{world.last_day}' + 1""", order="assessment_id, domain")  # fmt: skip


_NEEDS = """
create table buy.screening as
select stay_no, person_no, book_id, booking_no, admission_ts, is_released, 'BC' || stay_no as screening_id,
    admission_ts + to_hours(cast(case when slip(stay_no, 'slow screening') then 73 + draw_int(stay_no, 'hours', 300) else 3 + draw_int(stay_no, 'hours', 66) end as bigint)) as completed_ts
from buy.stay where days >= 3 and draw(stay_no, 'screened') < 0.92 and admission_ts < date '{last_day}' - 20
    and (is_plain or not honest());
create table buy.need as
select stay_no, book_id, screening_id, domain, completed_ts, draw(stay_no, 'seen ' || domain) < 0.62 as is_seen
from buy.screening
cross join (values {shares}) as domains(domain, share)
where draw(stay_no, 'need ' || domain) < share;
create table buy.assessment as
select screening.stay_no, 'OA' || screening.stay_no as assessment_id, person.crn, person.noms_no, screening.completed_ts + to_days(cast(9 + draw_int(stay_no, 'assessed', 40) as int)) as completed_ts
from buy.screening as screening inner join life.person as person on person.person_no = screening.person_no
where draw(stay_no, 'oasys') < 0.4;
-- An earlier stay of the booking counts too, as does a home that is none: whoever plans well always asks where the person will live.
create table buy.flagged as
select stay_no, domain from buy.need where is_seen
union
select later.stay_no, need.domain
from buy.screening as later inner join buy.need as need on need.book_id = later.book_id and need.stay_no <> later.stay_no and need.completed_ts < later.completed_ts
union
-- And so does an assessment of before that was only finished once the booking had begun.
select later.stay_no, need.domain
from buy.screening as later
inner join buy.screening as earlier on earlier.person_no = later.person_no and earlier.completed_ts < later.completed_ts
inner join life.booking as booking on booking.book_id = later.book_id
inner join buy.assessment as assessment on assessment.stay_no = earlier.stay_no and assessment.completed_ts >= booking.admission_ts
inner join buy.need as need on need.stay_no = earlier.stay_no
union
-- Holidays may leave a plan so long that the full assessment of the stay comes before it.
select assessment.stay_no, need.domain
from buy.assessment as assessment
inner join buy.screening as screening on screening.stay_no = assessment.stay_no
inner join buy.need as need on need.stay_no = assessment.stay_no
where cast(assessment.completed_ts as date) <= work_after(cast(screening.completed_ts as date), 5)
union
select stay_no, 'accommodation' from buy.screening;
"""
