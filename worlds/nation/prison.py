"""The NOMIS deliveries."""

from __future__ import annotations

from worlds.nation.world import World, deliver


def deliver_prison(world: World) -> None:
    """Write every NOMIS table. Dates come in several of the accepted formats, some tables compressed."""
    con = world.con
    con.execute(
        """
        create macro british(d) as strftime(d, '%d/%m/%Y');
        create macro packed(d) as strftime(d, '%Y%m%d');
        create macro mixed(d, id) as case when id % 5 = 0 then strftime(d, '%d/%m/%Y') when id % 5 = 1 then strftime(d, '%Y%m%d') else strftime(d, '%Y-%m-%d') end;
        """
    )
    for table, (query, recorded, order, ext) in _TABLES.items():
        again = "not _is_lost" if table in ("ADDRESSES", "ADDRESS_USAGES") else None
        deliver(world, "nomis", table, query, recorded, ext, order, again, _KEYS.get(table, ()))


# The keys of the tables whose mistakes are deleted.
_KEYS = {"OFFENDER_EXTERNAL_MOVEMENTS": ("OFFENDER_BOOK_ID", "MOVEMENT_SEQ"), "OFFENDER_IDENTIFIERS": ("OFFENDER_ID", "OFFENDER_ID_SEQ")}

_TABLES: dict[str, tuple[str, str | None, str, str]] = {
    "AGENCY_LOCATIONS": ("select agency as AGY_LOC_ID, name as DESCRIPTION, agency_type as AGENCY_LOCATION_TYPE from code.agency", None, "AGY_LOC_ID", "csv"),
    "OFFENDERS": (
        """select offender_id as OFFENDER_ID, root_offender_id as ROOT_OFFENDER_ID, display as OFFENDER_ID_DISPLAY, upper(last_name) as LAST_NAME,
                  upper(first_name) as FIRST_NAME, british(birth_date) as BIRTH_DATE, sex_code as SEX_CODE, race_code as RACE_CODE, name_type as ALIAS_NAME_TYPE,
                  created_at as CREATE_DATE, _stamp as MODIFY_DATETIME, _recorded_at from record.nomis_offender""",
        "_recorded_at", "OFFENDER_ID, _recorded_at", "csv"),
    "OFFENDER_IDENTIFIERS": (
        """select offender_id as OFFENDER_ID, seq as OFFENDER_ID_SEQ, kind as IDENTIFIER_TYPE,
                  -- Older police numbers are written with a short year.
                  if(kind = 'PNC' and draw(offender_id, 'short') < 0.2, substr(identifier, 3), identifier) as IDENTIFIER, _recorded_at, _deleted_on
           from record.nomis_identifier""",
        "_recorded_at", "OFFENDER_ID, OFFENDER_ID_SEQ, _recorded_at", "csv"),
    "OFFENDER_BOOKINGS": (
        """select book_id as OFFENDER_BOOK_ID, offender_id as OFFENDER_ID, root_offender_id as ROOT_OFFENDER_ID, booking_no as BOOKING_NO,
                  admission_ts as BOOKING_BEGIN_DATE, ended_at as BOOKING_END_DATE, seq as BOOKING_SEQ, active_flag as ACTIVE_FLAG,
                  if(active_flag = 'Y', prison, 'OUT') as AGY_LOC_ID, if(active_flag = 'Y', 'IN', 'OUT') as IN_OUT_STATUS, _recorded_at
           from record.nomis_booking""",
        "_recorded_at", "OFFENDER_BOOK_ID, _recorded_at", "csv"),
    "OFFENDER_EXTERNAL_MOVEMENTS": (
        """select book_id as OFFENDER_BOOK_ID, movement_seq as MOVEMENT_SEQ, mixed(ts, book_no) as MOVEMENT_DATE,
                  if(book_no % 7 = 0, strftime(ts, '%H:%M'), strftime(ts, '%Y-%m-%d %H:%M:%S')) as MOVEMENT_TIME, movement_type as MOVEMENT_TYPE,
                  reason as MOVEMENT_REASON_CODE, direction as DIRECTION_CODE, from_agency as FROM_AGY_LOC_ID, to_agency as TO_AGY_LOC_ID,
                  created_at as CREATE_DATETIME, _stamp as MODIFY_DATETIME, _recorded_at, _deleted_on, movement_no as _movement_no
           from record.movement left join (select movement_no, deleted_on as _deleted_on from record.movement_deletion) using (movement_no)""",
        "_recorded_at", "_movement_no, _recorded_at", "csv"),
    "OFFENDER_RELEASE_DETAILS": (
        """select book_id as OFFENDER_BOOK_ID, planned_on as RELEASE_DATE, 'REL' as MOVEMENT_TYPE, 'CR' as MOVEMENT_REASON_CODE, modified_at as MODIFY_DATETIME, _recorded_at
           from record.nomis_plan""",
        "_recorded_at", "OFFENDER_BOOK_ID, _recorded_at", "csv"),
    "OFFENDER_RELEASE_DETAILS_HTY": (
        "select book_id as OFFENDER_BOOK_ID, modified_at as MODIFY_DATETIME, planned_on as RELEASE_DATE, _recorded_at from record.nomis_plan_history",
        "_recorded_at", "OFFENDER_BOOK_ID, MODIFY_DATETIME", "csv"),
    "OFFENDER_SENTENCES": (
        """select book_id as OFFENDER_BOOK_ID, seq as SENTENCE_SEQ, calculation_type as SENTENCE_CALC_TYPE, 'A' as SENTENCE_STATUS, packed(starts_on) as START_DATE,
                  packed(ends_on) as END_DATE, _recorded_at from record.nomis_sentence""",
        "_recorded_at", "OFFENDER_BOOK_ID, SENTENCE_SEQ, _recorded_at", "csv"),
    "OFFENDER_SENT_CALCULATIONS": (
        """select calculation_no as OFFENDER_SENT_CALCULATION_ID, book_id as OFFENDER_BOOK_ID, calculated_at as CALCULATION_DATE, crd as CRD_CALCULATED_DATE,
                  led as LED_CALCULATED_DATE, led_override as LED_OVERRIDED_DATE, sed as SED_CALCULATED_DATE, tused as TUSED_CALCULATED_DATE, _recorded_at
           from record.nomis_calculation""",
        "_recorded_at", "OFFENDER_SENT_CALCULATION_ID, _recorded_at", "csv"),
    "OFFENDER_IMPRISON_STATUSES": (
        "select book_id as OFFENDER_BOOK_ID, seq as IMPRISON_STATUS_SEQ, status as IMPRISONMENT_STATUS, effective_on as EFFECTIVE_DATE, _recorded_at from record.nomis_status",
        "_recorded_at", "OFFENDER_BOOK_ID, IMPRISON_STATUS_SEQ, _recorded_at", "csv"),
    "OFFENDER_EMPLOYMENTS": (
        """select b.book_id as OFFENDER_BOOK_ID, 1 as EMPLOY_SEQ, kinds.choice as EMPLOYMENT_POST_CODE,
                  cast(b.admission_ts as date) - 30 - draw_int(b.book_no, 'worked since', 800) as EMPLOYMENT_DATE, cast(null as date) as TERMINATION_DATE, 'FT' as SCHEDULE_TYPE,
                  b.admission_ts + interval 6 hour as _recorded_at
           from life.booking as b
           join code.choice as kinds on kinds.pool = 'employment at reception' and kinds.n = chosen(b.book_no, 'employment')""",
        "_recorded_at", "OFFENDER_BOOK_ID", "csv"),
    "OFFENDER_ALERTS": (
        """select b.book_id as OFFENDER_BOOK_ID, nth as ALERT_SEQ, split_part(kinds.choice, '|', 1) as ALERT_TYPE, split_part(kinds.choice, '|', 2) as ALERT_CODE,
                  cast(b.admission_ts as date) + nth as ALERT_DATE,
                  if(draw(b.book_no * 4 + nth, 'alert ends') < 0.3, cast(b.admission_ts as date) + 60, null) as EXPIRY_DATE, b.admission_ts + interval (30 * nth) hour as _recorded_at
           from life.booking as b cross join (select unnest([1, 2, 3]) as nth)
           join code.choice as kinds on kinds.pool = 'alert' and kinds.n = chosen(b.book_no * 4 + nth, 'alert')
           where draw(b.book_no * 4 + nth, 'has alert') < 0.45""",
        "_recorded_at", "OFFENDER_BOOK_ID, ALERT_SEQ", "csv.gz"),
    "OFFENDER_PROGRAM": (
        """select 30000000 + p.stay_no as OFF_PRGREF_ID, b.book_id as OFFENDER_BOOK_ID, 100 + draw_int(p.stay_no, 'programme', 12) as PROGRAM_ID,
                  p.day_in + 20 as OFFENDER_START_DATE, if(draw(p.stay_no, 'finished') < 0.7, p.day_in + 55, null) as OFFENDER_END_DATE,
                  if(draw(p.stay_no, 'finished') < 0.7, 'END', 'ALLOC') as OFFENDER_PROGRAM_STATUS, cast(p.day_in as timestamp) + interval 1400 hour as _recorded_at
           from life.place as p join life.booking as b using (book_no)
           where p.days > 70 and draw(p.stay_no, 'programme') < 0.5""",
        "_recorded_at", "OFF_PRGREF_ID", "csv"),
    "ADDRESSES": (
        """select address_no as ADDRESS_ID, 'OFF' as OWNER_CLASS, owner_id as OWNER_ID, postcode as POSTAL_CODE, no_fixed_address as NO_FIXED_ADDRESS_FLAG,
                  british(starts_on) as START_DATE, british(ends_on) as END_DATE, _recorded_at, is_lost as _is_lost from record.nomis_address""",
        "_recorded_at", "ADDRESS_ID, _recorded_at", "csv"),
    "ADDRESS_USAGES": (
        """select address_no as ADDRESS_ID, usage as ADDRESS_USAGE, if(is_active, 'Y', 'N') as ACTIVE_FLAG, _recorded_at, is_lost as _is_lost from record.nomis_usage""",
        "_recorded_at", "ADDRESS_ID, ADDRESS_USAGE, _recorded_at", "csv"),
    "OFFENDER_FIXED_TERM_RECALLS": (
        "select book_id as OFFENDER_BOOK_ID, returned_on as RETURN_TO_CUSTODY_DATE, days as RECALL_LENGTH, _recorded_at from record.nomis_recall_term",
        "_recorded_at", "OFFENDER_BOOK_ID, _recorded_at", "csv"),
    "RELEASE_CHECKLIST": (
        """select book_id as OFFENDER_BOOK_ID, photo as PHOTO_ID, bank as BANK_ACCOUNT, bank_at_reception as BANK_ACCOUNT_AT_RECEPTION, expects as EXPECTS_TO_CLAIM,
                  claimed_on as BENEFIT_CLAIM_DATE, paid_on as BENEFIT_FIRST_PAYMENT_DATE, hdc_postcode as HDC_ADDRESS_POSTCODE, recorded_at as RECORDED_DATETIME,
                  _recorded_at from record.nomis_checklist""",
        "_recorded_at", "OFFENDER_BOOK_ID, _recorded_at", "csv"),
}  # fmt: skip
