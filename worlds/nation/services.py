"""What the other systems hold of the same people: referrals to commissioned services, beds, needs, handovers; and tables of totals."""

from __future__ import annotations

from worlds.nation.needs import write_needs
from worlds.nation.world import World, deliver

R_AND_M = "crs_performance_report-v2-"
# What inspectors and the probation service have printed (HMI Probation 2023; HMI Prisons 2023), as delivered tables of totals.
JUDGEMENTS = (
    ("omic2023", "assessment_engaging", "", 60, 24, 84), ("omic2023", "assessment_desistance", "", 54, 30, 84),
    ("omic2023", "planning_desistance", "", 48, 37, 85), ("omic2023", "delivery_desistance", "", 33, 51, 84),
    ("omic2023", "delivery_desistance", "accommodation", 22, 28, 50), ("omic2023", "reviewing_desistance", "", 32, 41, 73),
    ("omic2023", "outcomes_progress", "", 29, 53, 82),
)  # fmt: skip
REGIONS_OF_CAS3 = "('N50', 'N51', 'N54', 'N56', 'N57')"  # where it began


def write_services(world: World) -> None:
    """Deliver refer_and_monitor, cas, oasys, workforce, inspection and other."""
    _refer_and_monitor(world)
    _beds(world)
    write_needs(world)
    _others(world)
    _totals(world)


def _refer_and_monitor(world: World) -> None:
    con, last = world.con, world.last_day
    # A referral is delivered when it is received and again when it has moved on, where a delivery lies between.
    con.execute(f"""
        create table buy.referral_now as
        with steps as (
            select referral.*, fate between 0.08 and 1 and assessed_ts < date '{last}' + 1 as is_assessed,
                fate >= 0.22 and planned_ts < date '{last}' + 1 as is_planned, fate >= 0.22 and approved_ts < date '{last}' + 1 as is_approved,
                fate >= 0.22 and first_session_ts < date '{last}' + 1 as is_begun,
                case when fate < 0.22 then work_after(assessed_on, 5) else ended_on end as ends_on,
                cast(greatest(1, case when fate < 0.5 then 0.35 else 0.85 end * expected) as int) as all_sessions,
                fate >= 0.22 and slip(number, 'no session') as is_unseen
            from buy.referral as referral
        ),
        -- Where the person lived when a home was said to be found, and a week later: the record in force, of the last begun the last changed.
        homes as (
            select steps.number, k, arg_max(coalesce(listed.official_class, 'unknown') = 'settled' and not evidence.is_no_fixed_abode,
                (evidence.starts_on, evidence.updated_at, evidence.is_address, evidence.row_no)) as is_settled
            from steps cross join (select unnest([0, 7]) as k)
            inner join truth.evidence as evidence
                on evidence.person_no = steps.person_no and evidence.domain = 'accommodation' and evidence.starts_on <= steps.ends_on + k and (evidence.ends_on is null or evidence.ends_on >= steps.ends_on + k)
            left join (select code, any_value(official_class) as official_class from code.list where kind = 'address type' group by code) as listed on listed.code = evidence.code
            where steps.kind = 'ACC'
            group by steps.number, k
        ),
        housed as (select number from homes group by number having count(*) filter (where is_settled) = 2)
        select steps.*, case when ends_on <= date '{last}' then ends_on end as closed_on, case when is_begun and not is_unseen then all_sessions when is_begun then 0 end as sessions,
            housed.number is not null or slip(steps.number, 'home on paper') as is_told_housed
        from steps left join housed on housed.number = steps.number
    """)
    moved = "cast(greatest(received_ts, case when is_assessed then assessed_ts else received_ts end, case when is_planned then planned_ts else received_ts end, case when is_approved then approved_ts else received_ts end, case when is_begun then first_session_ts else received_ts end, coalesce(cast(closed_on as timestamp) + interval 17 hours, received_ts)) as timestamp)"
    columns = """referral_ref, referral_id, contract_id as crs_contract_reference, crs_type as crs_contract_type, provider_name as crs_provider_id,
        'PO' || (100 + number % 700) as referring_officer_id, cast(1500000000 + number % 90000000 as varchar) as relevant_sentence_id, person.crn as service_user_crn,
        received_ts as date_referral_received"""
    # A plan written after the first session is one that was signed off too late.
    approved = "case when is_approved then case when slip(number, 'plan after session') and is_begun then first_session_ts + interval 3 days else approved_ts end when fate < 0.22 and slip(number, 'cancelled and billed') and approved_ts < date '{last}' + 1 then approved_ts end".replace("{last}", str(last))
    deliver(world, "refer_and_monitor", f"{R_AND_M}referrals", f"""
        select {columns}, null as date_first_action_plan_submitted, null as date_of_first_action_plan_approval, 0 as outcomes_to_be_achieved_count, null as outcomes_progress,
            null as count_of_sessions_expected, null as count_of_sessions_attended, null as date_intervention_ended, null as intervention_end_reason,
            null as date_end_of_service_report_submitted, null as intervention_end_reason_code, null as intervention_end_reason_description,
            null as intervention_concluded_at, received_ts as _recorded_at
        from buy.referral_now as referral inner join life.person as person on person.person_no = referral.person_no
        where {world.delivery_day("received_ts")} < {world.delivery_day(moved)}
        union all
        select {columns}, case when is_planned then planned_ts end, {approved}, case when is_assessed then 1 + number % 3 else 0 end,
            case when closed_on is not null and fate >= 0.22 then case when fate < 0.45 then 0 when fate < 0.75 then 0.5 else 1 end * (1 + number % 3) end,
            case when is_begun then expected end, case when is_begun then sessions end, cast(closed_on as timestamp) + interval 15 hours,
            case when closed_on is null then null when fate < 0.22 then 'cancelled' when fate < 0.4 then 'ended' else 'completed' end,
            case when closed_on is not null and fate >= 0.22 then cast(closed_on as timestamp) + interval 16 hours end,
            case when closed_on is null then null when fate < 0.22 then 'REC' when fate < 0.4 then 'DIS' end,
            case when closed_on is null then null when fate < 0.22 then 'Recalled' when fate < 0.4 then 'Disengaged' end,
            case when closed_on is not null then cast(closed_on as timestamp) + interval 17 hours end, {moved}
        from buy.referral_now as referral inner join life.person as person on person.person_no = referral.person_no""", order="referral_id, _recorded_at")  # fmt: skip
    deliver(world, "refer_and_monitor", f"{R_AND_M}appointments", f"""
        select referral_ref, referral_id, 'AP' || number || '-' || n as "appointmentId", met_at as appointment_time, 60 as duration_in_minutes,
            strftime(met_at - interval 8 days, '%Y-%m-%d %H:%M:%S.000000') || '+00' as booked_at,
            case when n > 0 and is_unseen then 'NO' when n < 2 and draw(number, 'attended ' || n) < 0.93 then 'YES' when n < 2 then 'LATE'
                when draw(number, 'attended ' || n) < 0.74 then 'YES' when draw(number, 'attended ' || n) < 0.8 then 'LATE' else 'NO' end as attended,
            met_at + interval 1 day as attendance_submitted_at, draw(number, 'told ' || n) < 0.1 as notifyppof_attendance_behaviour,
            cast(2600000000 + number % 100000000 * 4 + n as varchar) as delius_appointment_id, case when n = 0 then 'saa' else 'delivery' end as reason_for_appointment,
            met_at + interval 1 day as _recorded_at
        from (
            select *, 0 as n, assessed_ts as met_at from buy.referral_now where is_assessed
            union all
            select *, 1, first_session_ts from buy.referral_now where is_begun
            union all
            select *, 2, cast(second_session_on as timestamp) + interval 620 minutes from buy.referral_now where is_begun and all_sessions > 1
        ) as met
        where met_at < date '{last}' + 1""", order='referral_id, "appointmentId"')  # fmt: skip
    deliver(world, "refer_and_monitor", f"{R_AND_M}complexity", """
        select referral_ref, referral_id, title as intervention_title, 'category-' || lower(kind) as service_category_id, kind as service_category_name,
            ['Low complexity', 'Medium complexity', 'High complexity'][1 + level] as complexity_level_title, received_ts as _recorded_at
        from buy.referral_now""", order="referral_id")  # fmt: skip
    # The service's own texts for homes; of others, one that says nothing of a home.
    deliver(world, "refer_and_monitor", f"{R_AND_M}outcomes", """
        select referral_ref, referral_id, desired_outcome,
            case when fate < 0.45 or (means_home and not is_told_housed) then 'NOT_ACHIEVED' when fate < 0.75 and not means_home then 'PARTIALLY_ACHIEVED' else 'ACHIEVED' end as achievement_level,
            cast(closed_on as timestamp) + interval 16 hours as _recorded_at
        from (
            select *, kind = 'ACC' and n = 1 as means_home,
                case when kind = 'ACC' and n = 0 then 'Service User makes progress in obtaining accommodation.' when kind = 'ACC' and n = 1 then 'Service User is helped to secure social or supported housing.'
                    when kind = 'ACC' then 'All barriers as identified in the Service User Action Plan, for example financial, behavioural, physical, mental or offence-type related), to obtaining or sustaining accommodation, are successfully removed.'
                    when kind = 'ETE' and n = 0 then 'Service User increases their employability.'
                    when n = 0 then 'Service User makes progress (' || kind || ').' when n = 1 then 'Barriers are removed (' || kind || ').' else 'Service User is helped to keep what was won (' || kind || ').' end as desired_outcome
            from buy.referral_now cross join range(3) as outcomes(n)
            where closed_on is not null and fate >= 0.22 and n <= number % 3
        )""", order="referral_id, desired_outcome")  # fmt: skip


def _beds(world: World) -> None:
    con, last = world.con, world.last_day
    con.execute(f"""
        -- A bed is left before the first fixed day on which the person lives elsewhere; three in a hundred records say otherwise.
        create table buy.lodging as
        select release.release_no, bool_or(status.day = 0 and status.official_class = 'temporary') as is_temporary,
            bool_or(status.day = 0 and status.official_class like 'homeless%') as is_homeless,
            case when draw(release.release_no, 'untold move') < 0.97 then min(case when status.official_class is distinct from 'temporary' then status.day end) end as moved_by
        from life.release as release inner join life.status as status on status.release_no = release.release_no
        where status.domain = 'accommodation'
        group by release.release_no;
        create table buy.bed as
        select release.release_no, person.crn, person.sex, release.region, release.pdu, release.prison, release.release_date as starts_on, release.release_date + 84 as ends_on,
            draw(release.release_no, 'bed offered') as lot, release.release_date - cast(8 + draw_int(release.release_no, 'bed asked', 50) as int) as asked_on,
            release.release_date + cast(least(7 + draw_int(release.release_no, 'nights', 90), coalesce(lodging.moved_by - 1 - draw_int(release.release_no, 'before', 9), 999)) as int) as left_on,
            lodging.is_temporary
        from life.release as release
        inner join life.person as person on person.person_no = release.person_no
        inner join buy.lodging as lodging on lodging.release_no = release.release_no
        where person.crn is not null and release.region like 'N%'
            and (release.release_date >= date '2023-01-01' or (release.release_date >= date '2021-07-01' and release.region in {REGIONS_OF_CAS3}))
            and draw(release.release_no, 'bed wanted') < case when lodging.is_temporary then 0.42 when lodging.is_homeless then 0.3 else 0.01 end
    """)
    # Those who have a bed on the first night are housed for the time being; the others were offered none, or did not come.
    stays = "is_temporary and lot < 0.9"
    gone = f"case when {stays} and left_on <= date '{last}' then left_on end"
    booking = """'BK' || release_no as "bookingId", 'RF' || release_no as "referralId", asked_on as "referralDate", crn, case sex when 'F' then 'Female' else 'Male' end as gender,
        case when lot < 0.8 then 'Yes' else 'No' end as "dutyToReferMade", region as "probationRegion", pdu, 'ZZ1 1ZZ' as "postCode" """
    deliver(world, "cas", "BookingsReportRow", f"""
        select {booking}, 'Yes' as "offerAccepted", 'No' as "isCancelled", null as "cancellationReason", starts_on as "startDate", ends_on as "endDate", null as "actualEndDate",
            null as "actualNightsStayed", null as reason, null as "accommodationOutcome", asked_on as _recorded_at
        from buy.bed where lot < 0.97 and {world.delivery_day("asked_on")} < {world.delivery_day(f"coalesce({gone}, asked_on)")}
        union all
        select {booking}, case when {stays} then 'Yes' else 'No' end, case when {stays} then 'No' else 'Yes' end, case when {stays} then null else 'Another booking could not be kept' end,
            starts_on, ends_on, {gone}, date_diff('day', starts_on, {gone}),
            case when {gone} is null then null when lot < 0.2 then 'Returned to custody' when lot < 0.3 then 'Left of own accord' else 'Planned move-on' end,
            case when {gone} is null then null when lot < 0.2 then 'Prison' when lot < 0.45 then 'Private rental' when lot < 0.55 then 'Friends or family (settled)'
                when lot < 0.65 then 'Friends or family (transient)' when lot < 0.72 then 'Pending (awaiting move on outcome in NDelius – to be updated)' else 'Homeless - Rough Sleeping' end,
            coalesce({gone}, asked_on)
        from buy.bed where lot < 0.97""", order='"bookingId", _recorded_at')  # fmt: skip
    deliver(world, "cas", "Cas3BedUsageReportRow", f"""
        select region as "probationRegion", pdu, 'PR' || draw_int(release_no, 'property', 900) as "propertyRef", 'Invented House' as "addressLine1", 'ZZ1 1ZZ' as "postCode",
            'BD' || draw_int(release_no, 'bed', 3) as "bedspaceRef", crn, 'Booking' as type, starts_on as "startDate", coalesce({gone}, ends_on) as "endDate",
            date_diff('day', starts_on, coalesce({gone}, ends_on)) as "durationOfBookingDays", 'UB' || release_no as "uniqueBedspaceRef", coalesce({gone}, starts_on) as _recorded_at
        from buy.bed where {stays}""", order='"uniqueBedspaceRef"')  # fmt: skip
    deliver(world, "cas", "TransitionalAccommodationReferralReportRow", """
        select 'RF' || release_no as "referralId", asked_on as "referralDate", crn, case sex when 'F' then 'Female' else 'Male' end as sex, region as "probationRegion", pdu,
            asked_on as "referralSubmittedDate", case when lot < 0.97 then 'No' else 'Yes' end as "referralRejected",
            case when lot < 0.97 then null else 'No bed in the area' end as "rejectionReason", prison as "prisonAtReferral", starts_on as "releaseDate",
            case when lot < 0.97 then 'Yes' else 'No' end as "bookingOffered", asked_on as _recorded_at
        from buy.bed""", order='"referralId"')  # fmt: skip
    deliver(world, "cas", "AP_PLACEMENT", f"""
        select 'AP' || release_no as placement_id, crn, service, referred_on, arrived_on, case when left_on <= date '{last}' then left_on end as departed_on,
            case when draw(release_no, 'early') < 0.4 then arrived_on - 5 when draw(release_no, 'early') < 0.7 then arrived_on + 4 end as move_on_referral_on,
            case when left_on > date '{last}' then null when draw(release_no, 'on') < 0.4 then 'MC02' when draw(release_no, 'on') < 0.7 then 'MC07' else 'MC06' end
                as move_on_category,
            case when left_on <= date '{last}' then left_on else arrived_on end as _recorded_at
        from (
            select release.release_no, person.crn, case when draw(release.release_no, 'kind') < 0.8 then 'CAS1' else 'CAS2' end as service, release.release_date as arrived_on,
                release.release_date - cast(20 + draw_int(release.release_no, 'ap asked', 120) as int) as referred_on,
                release.release_date + cast(least(20 + draw_int(release.release_no, 'ap stay', 80),
                    greatest(1, coalesce(lodging.moved_by - 1 - draw_int(release.release_no, 'before', 9), 999))) as int) as left_on
            from life.release as release
            inner join life.person as person on person.person_no = release.person_no
            inner join buy.lodging as lodging on lodging.release_no = release.release_no
            where person.crn is not null and release.release_no not in (select release_no from buy.bed)
                and draw(release.release_no, 'ap') < case when lodging.is_temporary and release.in_custody_days > 60 then 0.3 else 0.001 end
        ) as placements""", order="placement_id")  # fmt: skip


def _others(world: World) -> None:
    last = world.last_day
    deliver(world, "other", "HANDOVER", f"""
        with due_out as (
            select person_no, booking_no, release_date, release_no from life.release where in_custody_days > 300
            union all
            select person_no, booking_no, planned_release, -person_no from life.due where draw(person_no, 'held long') < 0.6
        )
        select person.noms_no, due_out.booking_no, max(due_out.release_date) - 225 as due_on,
            max(case when draw(due_out.release_no, 'handed') < 0.85 then due_out.release_date - 225 + cast(draw_int(due_out.release_no, 'handover', 90) - 30 as int) end) as done_on,
            max(due_out.release_date) - 130 as _recorded_at
        from due_out inner join life.person as person on person.person_no = due_out.person_no
        where due_out.release_date - 130 <= date '{last}'
        group by person.noms_no, due_out.booking_no""", order="noms_no, booking_no")  # fmt: skip
    # Where some may not live: seldom where an action led to. Whom a court protects from somebody is asked about before the release.
    deliver(world, "other", "BARRED_ADDRESS", """
        select person.noms_no, 'ZZ' || (1 + draw_int(person.person_no, 'barred', 90)) || ' 6BA' as postcode, cast(min(stay.admission_ts) as date) - 90 as from_date, cast(null as date) as to_date
        from buy.stay as stay inner join life.person as person on person.person_no = stay.person_no
        where draw(person.person_no, 'is barred') < 0.05 group by person.noms_no, person.person_no
        union all
        select distinct person.noms_no, action.led_to, cast(action.task_ts as date) - 200, cast(null as date)
        from buy.action as action inner join life.person as person on person.person_no = action.person_no
        where action.led_to is not null and slip(action.id, 'barred address')""", recorded=None, order="noms_no, postcode, from_date")  # fmt: skip
    deliver(world, "other", "CHECK_REQUEST", f"""
        with asked as (
            select release.release_no, person.noms_no, kinds.kind, release.release_date - cast(5 + draw_int(release.release_no, 'asked ' || kinds.kind, 60) as int) as requested_on,
                draw(release.release_no, 'answer ' || kinds.kind) as lot
            from life.release as release inner join life.person as person on person.person_no = release.person_no
            cross join (values ('domestic_abuse', 0.24), ('child_safeguarding', 0.16)) as kinds(kind, share)
            where draw(release.release_no, 'check ' || kinds.kind) < kinds.share
        )
        select 'CQ' || release_no || substr(kind, 1, 1) as check_ref, noms_no, kind, requested_on, case when lot > 0.5 then requested_on + 14 end as chased_on,
            case when lot < 0.75 then requested_on + cast(2 + draw_int(release_no, 'days ' || kind, 50) as int) end as replied_on, requested_on as recorded_ts, requested_on + 60 as _recorded_at
        from asked where requested_on + 60 <= date '{last}'""", order="check_ref")  # fmt: skip
    deliver(world, "other", "CHARGE", f"""
        select person.noms_no, release.release_date + cast(1 + draw_int(release.release_no, 'charged', 150) as int) as charged_on,
            release.release_date + cast(15 + draw_int(release.release_no, 'charged', 150) as int) as _recorded_at
        from life.release as release inner join life.person as person on person.person_no = release.person_no
        where release.is_on_licence and draw(release.release_no, 'is charged') < 0.12 and release.release_date + 165 <= date '{last}'
        group by all""", order="noms_no, charged_on")  # fmt: skip
    deliver(world, "other", "TREATMENT", """
        select case when draw(release_no, 'by noms') < 0.9 then noms_no end as noms_no, case when draw(release_no, 'by noms') < 0.9 and draw(release_no, 'by crn') < 0.3 then null else crn end as crn,
            max(release_date) as prison_end,
            max(case when draw(release_no, 'treated') < 0.38 then release_date + cast(draw_int(release_no, 'clinic', 40) as int) end) as community_start,
            max(release_date) + 45 as _recorded_at
        from life.release inner join life.person using (person_no)
        where draw(release_no, 'treatment') < 0.16 and (draw(release_no, 'by noms') < 0.9 or crn is not null)
        group by 1, 2""", order="noms_no, crn")  # fmt: skip


def _totals(world: World) -> None:
    deliver(world, "workforce", "WORKFORCE", f"""
        select region, pdu, grade, snapshot_date, round(target * (0.62 + 0.3 * draw(pdu || grade, 'post ' || snapshot_date)), 1) as fte_in_post, target as fte_target,
            round(target * 0.075, 1) as leavers_12m
        from (select distinct region, pdu from life.release where region like 'N5%' and pdu is not null) as places
        cross join (values ('PSO', 30), ('PO', 42), ('SPO', 6)) as grades(grade, target)
        cross join (select cast(day as date) as snapshot_date from range(date '2021-09-30', date '{world.full_day}' + 1, interval 3 month) as days(day)) as snapshots""",
            recorded=None, order="region, pdu, grade, snapshot_date")  # fmt: skip
    deliver(world, "inspection", "RATING", """
        select prison as place, 'HMI Prisons' as body, cast(year || '-04-01' as date) + cast(draw_int(prison || '', 'inspected', 300) as int) as inspected_on, dimension,
            case when draw(prison || year, dimension) < case when year < 2020 then 0.27 else 0.05 end then 'good'
                when draw(prison || year, dimension) < 0.5 then 'reasonably good' when draw(prison || year, dimension) < 0.85 then 'not sufficiently good' else 'poor' end as rating
        from (select distinct prison from life.release) as prisons
        cross join (values (2019), (2021), (2022)) as years(year)
        cross join (values ('safety'), ('respect'), ('purposeful activity'), ('rehabilitation and release planning')) as dimensions(dimension)
        where draw(prison || year, 'is inspected') < 0.4""", recorded=None, order="place, inspected_on, dimension")  # fmt: skip
    rows = ", ".join(f"('{i}', '{q}', {repr(d) if d else 'null'}, {y}, {n}, {b})" for i, q, d, y, n, b in JUDGEMENTS)
    deliver(world, "inspection", "JUDGEMENT", f'select * from (values {rows}) as printed(inspection, question, domain, "yes", "no", base)',
            recorded=None, order="inspection, question, domain")  # fmt: skip
    deliver(world, "other", "REOFFENDING", """
        select year || '-Q' || quarter as cohort, kind as "group", offenders, cast(offenders * share as int) as reoffenders, cast(offenders * share * 4.1 as int) as reoffences
        from range(2019, 2023) as years(year) cross join range(1, 5) as quarters(quarter)
        cross join (values ('under 12 months', 9100, 0.60), ('12 months or more', 7600, 0.33)) as kinds(kind, offenders, share)""",
            recorded=None, order='cohort, "group"')  # fmt: skip
    deliver(world, "other", "SURVEY", """
        select * from (values ('HMIP 2023', 'locked up more than 22 hours on a weekday', 'men', 4012, 0.42), ('HMIP 2023', 'unlocked less than 2 hours on a weekday', 'women', 410, 0.36),
            ('HMIP 2023', 'unlocked less than 2 hours on a Saturday or Sunday', 'women', 410, 0.66), ('DWRM 2022', 'relationship with the officer', 'all', 53, 0.40))
            as printed(survey, question, "group", n, share)""", recorded=None, order='survey, question, "group"')  # fmt: skip
