"""Refer and Monitor, CAS3 and approved premises deliveries about the invented people."""

from __future__ import annotations

from datetime import date, timedelta

from worlds import identity
from worlds.ledger import Ledger, Row
from worlds.lives import LAST_DELIVERY, Life
from worlds.places import REGIONS
from worlds.purchasing import PROVIDERS, Referral, crs_contract

RM, CAS = "refer_and_monitor", "cas"
OUTCOMES = {
    "ACC": "Service User is helped to secure social, supported housing or a tenancy in the PRS.",
    "ETE": "Invented outcome: the person has a job or a course to go to.",
    "FBD-NW": "Invented outcome: the person has an account and a claim in payment.",
    "PWB": "Invented outcome: the person has someone to call.",
}
CATEGORY = {"ACC": "Accommodation", "ETE": "Education, Training and Employment", "FBD-NW": "Finance, Benefit & Debt", "PWB": "Emotional wellbeing"}


def stamp(day: date | None) -> str | None:
    """The zoned timestamp that Refer and Monitor exports."""
    return None if day is None else f"{day.isoformat()} 09:30:00.000000+00"


def write_referrals(ledger: Ledger, people: dict[int, Life]) -> list[Referral]:
    """Add the four Refer and Monitor files; returns the referrals."""
    made: list[Referral] = []
    for person in people.values():
        n = person.number
        if person.inspected is None or n % 2 or n < 8:
            continue
        kinds = list(OUTCOMES)
        for kind in dict.fromkeys((kinds[(n // 2) % 4], *(("ACC",) if n % 12 == 4 else ()))):
            made.append(refer(ledger, person, kind, person.day(-(n % 80) if n % 3 else 15 + n % 30)))
    early = people[30]  # referred 85 days before the release: too early to be its referral
    made.append(refer(ledger, early, "ETE", early.day(-85)))
    return made


def refer(ledger: Ledger, person: Life, kind: str, received: date) -> Referral:
    """One referral with its appointments, complexity and outcome."""
    n = person.number
    turn = list(OUTCOMES).index(kind)
    contract, provider = crs_contract(person.region, kind)
    key = f"00000000-0000-4000-8000-{n:04d}{received:%m%d}{turn:04d}"
    ref = f"AB{n:04d}{'CDEF'[turn]}{received.day % 10}"
    plan, ended = received + timedelta(days=25), received + timedelta(days=140 + n % 60)
    end = ("completed", "cancelled", "ended")[n % 3] if ended <= LAST_DELIVERY else None
    attended = 0 if end == "cancelled" else 2 + n % 3
    level = {"completed": "ACHIEVED", "ended": "PARTIALLY_ACHIEVED"}.get(end or "", "NOT_ACHIEVED")
    shared: Row = {"referral_ref": ref, "referral_id": key}
    ledger.add(RM, "crs_performance_report-v2-referrals", shared | {
        "crs_contract_reference": contract, "crs_contract_type": kind, "crs_provider_id": PROVIDERS[provider], "referring_officer_id": f"OFF{n % 6}",
        "relevant_sentence_id": identity.event_id(person, 2), "service_user_crn": identity.crn(n), "date_referral_received": stamp(received),
        "date_first_action_plan_submitted": stamp(plan), "date_of_first_action_plan_approval": stamp(plan + timedelta(days=3)),
        "outcomes_to_be_achieved_count": 1, "outcomes_progress": {"ACHIEVED": "1.0", "PARTIALLY_ACHIEVED": "0.5"}.get(level, "0.0") if end else None,
        "count_of_sessions_expected": 4, "count_of_sessions_attended": attended, "date_intervention_ended": stamp(ended) if end else None,
        "intervention_end_reason": end, "date_end_of_service_report_submitted": stamp(ended) if end in ("completed", "ended") else None,
        "intervention_concluded_at": stamp(ended) if end else None})
    for session in range(1 + attended):
        at = received + timedelta(days=10 + 20 * session)
        ledger.add(RM, "crs_performance_report-v2-appointments", shared | {
            "appointmentId": f"00000000-0000-4000-a000-{n:04d}{received:%m%d}{turn:02d}{session:02d}", "appointment_time": stamp(at), "duration_in_minutes": 60,
            "booked_at": stamp(at - timedelta(days=7)), "attended": "LATE" if session == 2 else "YES", "attendance_submitted_at": stamp(at + timedelta(days=1)),
            "notifyppof_attendance_behaviour": "false", "delius_appointment_id": f"{2_500_500_000 + n * 100 + turn * 10 + session}",
            "reason_for_appointment": "delivery" if session else "saa"})
    ledger.add(RM, "crs_performance_report-v2-complexity", shared | {
        "intervention_title": f"Invented {CATEGORY[kind]} service, {person.region}", "service_category_id": f"00000000-0000-4000-9000-00000000000{turn}",
        "service_category_name": CATEGORY[kind], "complexity_level_title": ("Low complexity", "Medium complexity", "High complexity")[n % 3]})
    if end in ("completed", "ended"):
        ledger.add(RM, "crs_performance_report-v2-outcomes", shared | {"desired_outcome": OUTCOMES[kind], "achievement_level": level})
    return Referral(n, key, kind, received)


def write_accommodation(ledger: Ledger, people: dict[int, Life]) -> None:
    """CAS3 bookings, bed usage and referrals for those housed there, and approved premises placements."""
    for person in people.values():
        if person.inspected is None:
            continue
        n, region = person.number, REGIONS[person.region]
        for record in person.homes:
            if record.how != "address" or record.start is None or record.start < person.inspected or record.is_deleted or record.status not in ("M", "P"):
                continue
            if record.code == "A17" or (n == 53 and record.start == person.inspected):  # 53: booked, and housed elsewhere by the record
                booking = f"11111111-0000-4000-8000-{n:012d}"
                left = record.end or record.start + timedelta(days=84)
                left_by = left if left <= LAST_DELIVERY else None
                place: Row = {"probationRegion": region[0], "pdu": region[3][0][1], "localAuthority": "Invented Borough", "town": "Testtown",
                              "postCode": f"ZZ{n} 3ZZ", "crn": identity.crn(n)}
                who: Row = {"personName": f"{person.first} {person.last}", "pncNumber": identity.pnc(n), "dateOfBirth": person.birth}
                ledger.add(CAS, "BookingsReportRow", place | who | {
                    "bookingId": booking, "referralId": booking.replace("1111", "2222", 1), "referralDate": record.start - timedelta(days=30),
                    "dutyToReferMade": "Yes", "offerAccepted": "Yes", "isCancelled": "No", "startDate": record.start,
                    "endDate": record.start + timedelta(days=84), "actualEndDate": left_by, "actualNightsStayed": (left - record.start).days if left_by else None,
                    "overstay": "No", "reason": "Planned move-on" if left_by else None,
                    "accommodationOutcome": "Pending (awaiting move on outcome in NDelius – to be updated)" if left_by else None})
                ledger.add(CAS, "Cas3BedUsageReportRow", place | {
                    "propertyRef": f"Invented House {n}", "bedspaceRef": "Bed 1", "type": "Booking", "startDate": record.start,
                    "endDate": left, "durationOfBookingDays": (left - record.start).days, "bookingStatus": "Departed" if left_by else "Arrived"})
                ledger.add(CAS, "TransitionalAccommodationReferralReportRow", who | {
                    "referralId": booking.replace("1111", "2222", 1), "referralDate": record.start - timedelta(days=30), "crn": identity.crn(n),
                    "town": "Testtown", "probationRegion": region[0], "pdu": region[3][0][1], "releaseDate": person.inspected,
                    "accommodationRequiredDate": record.start, "bookingOffered": "Yes"})
            elif record.code in ("A02", "A11"):
                ledger.add(CAS, "AP_PLACEMENT", {
                    "placement_id": f"AP{n:04d}{record.start:%m%d}", "crn": identity.crn(n), "service": "CAS1" if record.code == "A02" else "CAS2",
                    "referred_on": record.start - timedelta(days=45), "arrived_on": record.start, "departed_on": record.end,
                    "move_on_referral_on": record.end and record.end - timedelta(days=20), "move_on_category": "MC07" if record.end else None})
