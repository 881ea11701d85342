"""The nDelius deliveries."""

from __future__ import annotations

from worlds.nation.world import World, deliver

_NO_SUCH_ENTRY = 999_999


def deliver_probation(world: World) -> None:
    """Write every nDelius table and the reference lists. Contacts come as Parquet, others compressed or plain."""
    world.con.execute(_LOOKUPS)
    lists = world.con.execute("select distinct list from code.list order by list").fetchall()
    for (name,) in lists:
        query = f"select id as \"{name}_ID\", code as CODE_VALUE, description as CODE_DESCRIPTION, kind as REFERENCE_DATA_MASTER_ID from code.list where list = '{name}'"
        deliver(world, "ndelius", f"R_{name}", query, None, "csv", "1")
    for table, (query, recorded, order, ext) in _TABLES.items():
        deliver(world, "ndelius", table, query, recorded, ext, order, "not _is_lost" if table == "OFFENDER_ADDRESS" else None)


_LOOKUPS = """
create table code.entry as select list || '|' || kind || '|' || code as entry, cast(id as integer) as id from code.list;
create table code.institution as select agency, cast(8000 + row_number() over (order by agency) as integer) as id from code.agency where agency_type = 'INST';
create table code.area_no as select area, cast(1000 + row_number() over (order by area) as integer) as id from code.area;
create table code.unit_no as select unit, cast(2000 + row_number() over (order by unit) as integer) as id from code.unit;
create macro entry_id(name) as (select id from code.entry where entry = name);
"""

_STANDARD = "STANDARD_REFERENCE_LIST"
_SENTENCED = "select sentence_no, offender_no, sentenced_on, _recorded_at from record.delius_custody"

_TABLES: dict[str, tuple[str, str | None, str, str]] = {
    "R_INSTITUTION": ("select i.id as INSTITUTION_ID, i.agency as CODE, a.name as DESCRIPTION from code.institution as i join code.agency as a using (agency)", None, "1", "csv"),
    "PROBATION_AREA": ("select n.id as PROBATION_AREA_ID, a.area as CODE, a.name as DESCRIPTION from code.area as a join code.area_no as n using (area)", None, "1", "csv"),
    "LOCAL_DELIVERY_UNIT": ("select n.id as LOCAL_DELIVERY_UNIT_ID, u.unit as CODE, u.name as DESCRIPTION from code.unit as u join code.unit_no as n using (unit)", None, "1", "csv"),
    "TEAM": (
        """select t.team_no as TEAM_ID, t.area || t.team_no as CODE, 'Team ' || t.team_no as DESCRIPTION, a.id as PROBATION_AREA_ID, u.id as LOCAL_DELIVERY_UNIT_ID
           from life.team as t join code.area_no as a using (area) join code.unit_no as u using (unit)""", None, "1", "csv"),
    "STAFF": (
        f"""select t.team_no * 10 + n as STAFF_ID, t.area || lpad(cast(t.team_no * 10 + n as varchar), 6, '0') as OFFICER_CODE,
                   if(n < 6, entry_id('{_STANDARD}|staff grade|PO'), entry_id('{_STANDARD}|staff grade|PSO')) as STAFF_GRADE_ID
            from life.team as t, (select unnest(range(10)) as n)""", None, "1", "csv"),
    "OFFENDER": (
        f"""select o.offender_no as OFFENDER_ID, o.crn as CRN, o.noms_number as NOMS_NUMBER, o.pnc_number as PNC_NUMBER, o.cro_number as CRO_NUMBER, o.first_name as FIRST_NAME,
                   cast(null as varchar) as SECOND_NAME, o.surname as SURNAME, mixed(o.date_of_birth, o.person_no) as DATE_OF_BIRTH_DATE, g.id as GENDER_ID, e.id as ETHNICITY_ID,
                   0 as SOFT_DELETED, o.row_version as ROW_VERSION, o._stamp as LAST_UPDATED_DATETIME, o.deceased_date as DECEASED_DATE,
                   if(draw(o.person_no, 'restriction') < rate('restriction'), 1, 0) as CURRENT_RESTRICTION, if(draw(o.person_no, 'exclusion') < rate('exclusion'), 1, 0) as CURRENT_EXCLUSION, o._recorded_at
            from record.delius_offender as o
            left join code.entry as g on g.entry = '{_STANDARD}|gender|' || o.gender left join code.entry as e on e.entry = '{_STANDARD}|ethnicity|' || o.ethnicity""",
        "_recorded_at", "OFFENDER_ID, _recorded_at", "csv"),
    "ALIAS": (
        """select offender_no as ALIAS_ID, offender_no as OFFENDER_ID, p.alias_first_name as FIRST_NAME, p.last_name as SURNAME, p.birth_date as DATE_OF_BIRTH_DATE, 0 as SOFT_DELETED,
                  o._recorded_at from record.delius_offender as o join life.person as p using (person_no) where o.row_version = 1 and draw(o.person_no, 'has alias') < rate('alias')""",
        "_recorded_at", "1, _recorded_at", "csv"),
    "ADDITIONAL_IDENTIFIER": (
        f"""select offender_no as ADDITIONAL_IDENTIFIER_ID, offender_no as OFFENDER_ID, entry_id('{_STANDARD}|additional identifier|XNOMS') as IDENTIFIER_NAME_ID,
                   p.old_noms_no as IDENTIFIER, 0 as SOFT_DELETED, o._recorded_at
            from record.delius_offender as o join life.person as p using (person_no) join life.merge as m using (person_no) where o.row_version = 1 and not m.is_late""",
        "_recorded_at", "1, _recorded_at", "csv"),
    "EVENT": (
        """select sentence_no as EVENT_ID, offender_no as OFFENDER_ID, sentence_no % 10 as EVENT_NUMBER, 0 as SOFT_DELETED, sentenced_on as CONVICTION_DATE, 'N' as IN_BREACH, _recorded_at
           from record.delius_custody where soft_deleted = 0""", "_recorded_at", "1, _recorded_at", "csv"),
    "DISPOSAL": (
        """select disposal_no as DISPOSAL_ID, sentence_no as EVENT_ID, offender_no as OFFENDER_ID, packed(sentenced_on) as DISPOSAL_DATE, length_in_days as LENGTH_IN_DAYS,
                  packed(terminated_on) as TERMINATION_DATE, 0 as SOFT_DELETED, _recorded_at from record.delius_disposal""", "_recorded_at", "1, _recorded_at", "csv"),
    "CUSTODY": (
        f"""select sentence_no as CUSTODY_ID, 50000000 + sentence_no as DISPOSAL_ID, offender_no as OFFENDER_ID, entry_id('{_STANDARD}|custodial status|D') as CUSTODIAL_STATUS_ID,
                   sentenced_on as STATUS_CHANGE_DATE, cast(null as varchar) as PRISONER_NUMBER, cast(null as date) as PSS_START_DATE, soft_deleted as SOFT_DELETED, _recorded_at
            from record.delius_custody""", "_recorded_at", "1, _recorded_at", "csv"),
    "RELEASE": (
        """select r.release_row as RELEASE_ID, r.sentence_no as CUSTODY_ID, r.offender_no as OFFENDER_ID, british(r.actual_on) as ACTUAL_RELEASE_DATE, k.id as RELEASE_TYPE_ID,
                  8001 + r.release_row % 100 as INSTITUTION_ID, r.soft_deleted as SOFT_DELETED, r.created_at as CREATED_DATETIME, r._stamp as LAST_UPDATED_DATETIME, r._recorded_at
           from record.delius_release as r join code.entry as k on k.entry = 'RELEASE_TYPE|release type|' || r.kind""", "_recorded_at", "1, _recorded_at", "csv"),
    "RECALL": (
        """select r.recall_row as RECALL_ID, r.release_row as RELEASE_ID, r.offender_no as OFFENDER_ID, r.recalled_on as RECALL_DATE, k.id as RECALL_REASON_ID, r.soft_deleted as SOFT_DELETED,
                  r.created_at as CREATED_DATETIME, r._stamp as LAST_UPDATED_DATETIME, r._recorded_at
           from record.delius_recall as r join code.entry as k on k.entry = 'RECALL_REASON|recall reason|' || r.reason""", "_recorded_at", "1, _recorded_at", "csv"),
    "KEY_DATE": (
        f"""select d.key_date_no as KEY_DATE_ID, d.sentence_no as CUSTODY_ID, k.id as KEY_DATE_TYPE_ID, packed(d.on_day) as KEY_DATE, 0 as SOFT_DELETED, d._recorded_at
            from record.delius_key_date as d join code.entry as k on k.entry = '{_STANDARD}|key date type|' || d.kind""", "_recorded_at", "1, _recorded_at", "csv"),
    "OFFENDER_ADDRESS": (
        f"""select a.address_no as OFFENDER_ADDRESS_ID, a.offender_no as OFFENDER_ID, s.id as ADDRESS_STATUS_ID, if(a.code is null, null, coalesce(t.id, {_NO_SUCH_ENTRY})) as ADDRESS_TYPE_ID,
                   if(draw(a.address_no, 'verified') < 0.6, 'Y', 'N') as TYPE_VERIFIED, a.no_fixed_abode as NO_FIXED_ABODE, a.postcode as POSTCODE, mixed(a.starts_on, a.address_no) as START_DATE,
                   mixed(a.ends_on, a.address_no) as END_DATE, a.soft_deleted as SOFT_DELETED, a._stamp as LAST_UPDATED_DATETIME, a.created_at as CREATED_DATETIME, a._recorded_at,
                   a.is_lost as _is_lost
            from record.delius_address as a join code.entry as s on s.entry = '{_STANDARD}|address status|' || a.status
            left join code.entry as t on t.entry = '{_STANDARD}|address type|' || a.code""", "_recorded_at", "1, _recorded_at", "csv"),
    "PERSONAL_CIRCUMSTANCE": (
        """select c.circumstance_no as PERSONAL_CIRCUMSTANCE_ID, c.offender_no as OFFENDER_ID, k.id as CIRCUMSTANCE_TYPE_ID, t.id as CIRCUMSTANCE_SUB_TYPE_ID, c.starts_on as START_DATE,
                  c.ends_on as END_DATE, if(draw(c.circumstance_no, 'evidenced') < 0.4, 'Y', 'N') as EVIDENCED, c.soft_deleted as SOFT_DELETED, c._stamp as LAST_UPDATED_DATETIME,
                  c.created_at as CREATED_DATETIME, c._recorded_at
           from record.delius_circumstance as c join code.entry as k on k.entry = 'CIRCUMSTANCE_TYPE|circumstance type|' || c.kind
           join code.entry as t on t.entry = 'CIRCUMSTANCE_SUB_TYPE|' || if(c.kind = 'A', 'address type', 'employment') || '|' || c.code""", "_recorded_at", "1, _recorded_at", "csv"),
    "OFFENDER_MANAGER": (
        """select m.manager_no as OFFENDER_MANAGER_ID, m.offender_no as OFFENDER_ID, m.starts_on as ALLOCATION_DATE, m.ends_on as END_DATE, t.team_no as TEAM_ID, a.id as PROBATION_AREA_ID,
                  t.team_no * 10 + m.manager_no % 10 as ALLOCATION_STAFF_ID, 0 as SOFT_DELETED, m._recorded_at
           from record.delius_manager as m join life.team as t using (area, unit) join code.area_no as a using (area)""", "_recorded_at", "1, _recorded_at", "csv"),
    "REGISTRATION": (
        f"""select c.offender_no * 4 + n as REGISTRATION_ID, c.offender_no as OFFENDER_ID, k.id as REGISTER_TYPE_ID, entry_id('{_STANDARD}|register level|RHRH') as REGISTER_LEVEL_ID,
                   cast(o._recorded_at as date) + n as REGISTRATION_DATE, cast(null as date) as DEREGISTRATION_DATE, 0 as SOFT_DELETED, o._recorded_at + interval (30 * (n + 1)) hour as _recorded_at
            from life.crn as c join record.delius_offender as o on o.offender_no = c.offender_no and o.row_version = 1 cross join (select unnest([0, 1, 2]) as n)
            join code.entry as k on k.entry = 'REGISTER_TYPE|register type|' || case n when 0 then 'RHRH' when 1 then 'ADVP' else 'MAPP' end
            where draw(c.offender_no * 4 + n, 'registered') < (case n when 0 then 0.35 when 1 then 0.3 else 0.12 end)""", "_recorded_at", "1, _recorded_at", "csv"),
    "DISABILITY": (
        f"""select offender_no as DISABILITY_ID, offender_no as OFFENDER_ID, entry_id('{_STANDARD}|disability type|MH') as DISABILITY_TYPE_ID, cast(_recorded_at as date) as START_DATE,
                   cast(null as date) as FINISH_DATE, 0 as SOFT_DELETED, _recorded_at from record.delius_offender where row_version = 1 and draw(offender_no, 'disability') < 0.3""",
        "_recorded_at", "1, _recorded_at", "csv"),
    "CONTACT": (
        """select 1000000000 + o.release_no * 20 + n as CONTACT_ID, d.offender_no as OFFENDER_ID, o.sentence_no as EVENT_ID, o.out_on + days as CONTACT_DATE, k.id as CONTACT_TYPE_ID,
                  if(draw(o.release_no * 20 + n, 'attended') < 0.8, attended.id, missed.id) as CONTACT_OUTCOME_TYPE_ID, if(draw(o.release_no * 20 + n, 'attended') < 0.8, 'Y', 'N') as ATTENDED,
                  if(draw(o.release_no * 20 + n, 'attended') < 0.8, 'Y', 'N') as COMPLIED, 0 as SOFT_DELETED, (o.out_on + days) + interval (20 + 60 * cast(draw(o.release_no * 20 + n, 'late') < 0.1 as integer)) hour as _recorded_at
           from life.outside as o
           join (select distinct sentence_no, offender_no from record.delius_custody) as d using (sentence_no)
           join (values (0, -100, 'CHAN'), (1, -40, 'COAP'), (2, -10, 'CTEL'), (3, 1, 'COAP'), (4, 8, 'COAP'), (5, 15, 'COAP'), (6, 30, 'CHVS'), (7, 60, 'COAP'), (8, -5, 'CDAC'), (9, 10, 'CDAR'))
               as plan(n, days, kind) on (days < 0 and o.out_on - o.in_on > -days or days > 0 and o.out_on + days < o.until)
           join code.entry as k on k.entry = 'CONTACT_TYPE|contact type|' || plan.kind
           join code.entry as attended on attended.entry = 'CONTACT_OUTCOME_TYPE|contact outcome|ATTC' join code.entry as missed on missed.entry = 'CONTACT_OUTCOME_TYPE|contact outcome|AFTA'
           where draw(o.release_no * 20 + n, 'contact') < (case when n = 0 then 0.6 when n in (8, 9) then 0.3 else 0.85 end)""", "_recorded_at", "1", "parquet"),
    "NSI": (
        f"""select 60000000 + o.release_no as NSI_ID, d.offender_no as OFFENDER_ID, o.sentence_no as EVENT_ID, k.id as NSI_TYPE_ID, entry_id('{_STANDARD}|nsi sub type|CRS') as NSI_SUB_TYPE_ID,
                   o.out_on - 20 as REFERRAL_DATE, o.out_on + 3 as ACTUAL_START_DATE, cast(null as date) as ACTUAL_END_DATE, cast(null as integer) as NSI_OUTCOME_ID, 0 as SOFT_DELETED,
                   o.out_on + interval 100 hour as _recorded_at
            from life.outside as o join (select distinct sentence_no, offender_no from record.delius_custody) as d using (sentence_no)
            join code.entry as k on k.entry = 'NSI_TYPE|nsi type|' || (case draw_int(o.release_no, 'nsi type', 3) when 0 then 'CRS01' when 1 then 'CRS02' else 'CRS05' end)
            where o.out_on > date '2021-06-26' and draw(o.release_no, 'nsi') < 0.4""", "_recorded_at", "1", "csv.gz"),
}  # fmt: skip
