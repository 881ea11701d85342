"""One invented person: what prison, probation and providers record about them."""

from __future__ import annotations

import datetime as dt
import string

EMPLOYMENT = {"B01C": "Full-time employed (30 or more hours per week)", "B02C": "Part-time employed (15 hours per week)", "B09A": "Not employed"}

class Person:
    """Days are dates, or whole numbers counted from `day0`. `offender` and `probation` are the two systems' person rows."""

    def __init__(self, world, n, day0=None, prison=None, born=None, sex="M", race="W1", ethnicity="W1", gender="M", probation=True,
                 noms=None, crn=None, first=None, last=None):
        self.world, self.n = world, n
        self.day0 = dt.date.fromisoformat(day0) if isinstance(day0, str) else day0 or world.first_day_of(n)
        self.prison = world.agency(prison or world.prison_of(n))
        letters = "".join(string.ascii_lowercase[(n // 26**i) % 26] for i in range(3))
        self.first, self.last = first or f"Invent{letters}", last or f"Madeup{letters}"
        self.born = born or dt.date(1975, 2, 3) + dt.timedelta(days=11 * n)
        self.noms, self.crn = noms or f"A{n:04d}ZZ", crn or f"X{n:06d}"
        self.root = world.next_id()
        self.offender = self.alias_in_prison(self.root, self.first, self.last, self.born, SEX_CODE=sex, RACE_CODE=race)
        self.probation = self.on_probation(gender=gender, ethnicity=ethnicity) if probation else None
        self.booking = self.sentence = self.probation_release = self.provider_row = None
        self._sequence = {}

    def on(self, day):
        if isinstance(day, int):
            return self.day0 + dt.timedelta(days=day)
        return "" if day is None else day

    def at(self, day, time="10:00:00"):
        return f"{self.on(day)} {time}" if self.on(day) else ""

    # Who they are

    def alias_in_prison(self, offender_id, first, last, born, **columns):
        return self.world.row("nomis", "OFFENDERS", OFFENDER_ID=offender_id, ROOT_OFFENDER_ID=self.root, OFFENDER_ID_DISPLAY=self.noms,
                              LAST_NAME=last, FIRST_NAME=first, BIRTH_DATE=born, **columns)

    def on_probation(self, crn=None, noms=None, first=None, last=None, born=None, gender="M", ethnicity="W1", **columns):
        """A probation record of this person; a second one needs its own `crn`. An empty text leaves a field empty."""
        def given(value, usual):
            return usual if value is None else value
        w = self.world
        return w.row("ndelius", "OFFENDER", OFFENDER_ID=w.next_id(), CRN=given(crn, self.crn), NOMS_NUMBER=given(noms, self.noms),
                     FIRST_NAME=given(first, self.first), SURNAME=given(last, self.last), DATE_OF_BIRTH_DATE=given(born, self.born),
                     GENDER_ID=w.reference("GENDER", gender), ETHNICITY_ID=w.reference("ETHNICITY", ethnicity),
                     LAST_UPDATED_DATETIME="2021-01-01 09:00:00", **columns)

    def _offender(self, record=None):
        return (record or self.probation)["OFFENDER_ID"]

    # Custody

    def custody(self, admitted=-200, reason="I", length=600, time="10:00:00", probation=True, offender=None):
        """A new booking that opens with an admission, and the sentence probation holds behind it."""
        w, book = self.world, self.world.next_id()
        self.booking = w.row("nomis", "OFFENDER_BOOKINGS", OFFENDER_BOOK_ID=book, OFFENDER_ID=(offender or self.offender)["OFFENDER_ID"],
                             ROOT_OFFENDER_ID=self.root, BOOKING_NO=f"Z{book:05d}", BOOKING_BEGIN_DATE=self.on(admitted), BOOKING_SEQ=1,
                             ACTIVE_FLAG="Y", AGY_LOC_ID=self.prison)
        self.admit(admitted, reason, time)
        if self.probation and probation:
            self.sentence = self.sentenced(admitted, length)
        return self.booking

    def sentenced(self, day, length=600):
        """EVENT, DISPOSAL and CUSTODY of one sentence; returns the three rows."""
        w, offender = self.world, self._offender()
        event = w.row("ndelius", "EVENT", EVENT_ID=w.next_id(), OFFENDER_ID=offender, EVENT_NUMBER=1)
        disposal = w.row("ndelius", "DISPOSAL", DISPOSAL_ID=w.next_id(), EVENT_ID=event["EVENT_ID"], OFFENDER_ID=offender,
                         DISPOSAL_DATE=self.on(day), LENGTH_IN_DAYS="" if length is None else length)
        custody = w.row("ndelius", "CUSTODY", CUSTODY_ID=w.next_id(), DISPOSAL_ID=disposal["DISPOSAL_ID"], OFFENDER_ID=offender,
                        CUSTODIAL_STATUS_ID=w.reference("CUSTODY STATUS", "B"), STATUS_CHANGE_DATE=self.on(day), PRISONER_NUMBER=self.noms)
        return {"event": event, "disposal": disposal, "custody": custody}

    def move(self, day, kind, reason, direction, origin="OUT", to="OUT", time="10:00:00", seq=None, booking=None):
        book = (booking or self.booking)["OFFENDER_BOOK_ID"]
        self._sequence[book] = seq or self._sequence.get(book, 0) + 1
        return self.world.row("nomis", "OFFENDER_EXTERNAL_MOVEMENTS", OFFENDER_BOOK_ID=book, MOVEMENT_SEQ=self._sequence[book],
                              MOVEMENT_DATE=self.on(day), MOVEMENT_TIME=self.at(day, time), MOVEMENT_TYPE=kind, MOVEMENT_REASON_CODE=reason,
                              DIRECTION_CODE=direction, FROM_AGY_LOC_ID=origin, TO_AGY_LOC_ID=to)

    def admit(self, day, reason="I", time="10:00:00", **more):
        return self.move(day, "ADM", reason, "IN", "OUT", self.prison, time, **more)

    def leave(self, day, reason, kind="REL", to="OUT", time="10:00:00", **more):
        """A movement out of the prison, with nothing recorded by probation."""
        return self.move(day, kind, reason, "OUT", more.pop("prison", self.prison), to, time, **more)

    def release(self, day, reason="CR", licence_end=None, time="10:00:00", probation_day="same", **more):
        """A release from prison and, unless `probation_day` is None, the release probation records."""
        movement = self.leave(day, reason, time=time, **more)
        if licence_end is not None:
            self.calculation(-30 if day == 0 else day, led=licence_end)
        if self.probation and probation_day is not None:
            self.probation_release = self.released_by_probation(day if probation_day == "same" else probation_day)
        return movement

    def released_by_probation(self, day, kind="ADL", sentence=None):
        w = self.world
        return w.row("ndelius", "RELEASE", RELEASE_ID=w.next_id(), CUSTODY_ID=(sentence or self.sentence)["custody"]["CUSTODY_ID"],
                     OFFENDER_ID=self._offender(), ACTUAL_RELEASE_DATE=self.on(day), RELEASE_TYPE_ID=w.reference("RELEASE TYPE", kind))

    def calculation(self, day, led=None, override=None, tused=None):
        w = self.world
        return w.row("nomis", "OFFENDER_SENT_CALCULATIONS", OFFENDER_SENT_CALCULATION_ID=w.next_id(),
                     OFFENDER_BOOK_ID=self.booking["OFFENDER_BOOK_ID"], CALCULATION_DATE=self.at(day), LED_CALCULATED_DATE=self.on(led),
                     LED_OVERRIDED_DATE=self.on(override), TUSED_CALCULATED_DATE=self.on(tused))

    def prison_sentence(self, start, end, seq=1, kind="ADIMP_ORA"):
        return self.world.row("nomis", "OFFENDER_SENTENCES", OFFENDER_BOOK_ID=self.booking["OFFENDER_BOOK_ID"], SENTENCE_SEQ=seq,
                              SENTENCE_CALC_TYPE=kind, SENTENCE_STATUS="A", START_DATE=self.on(start), END_DATE=self.on(end))

    def imprisonment_status(self, day, code, seq=1):
        return self.world.row("nomis", "OFFENDER_IMPRISON_STATUSES", OFFENDER_BOOK_ID=self.booking["OFFENDER_BOOK_ID"],
                              IMPRISON_STATUS_SEQ=seq, IMPRISONMENT_STATUS=code, EFFECTIVE_DATE=self.on(day))

    def key_date(self, kind, day, sentence=None):
        w = self.world
        return w.row("ndelius", "KEY_DATE", KEY_DATE_ID=w.next_id(), CUSTODY_ID=(sentence or self.sentence)["custody"]["CUSTODY_ID"],
                     KEY_DATE_TYPE_ID=w.reference("THROUGHCARE DATE TYPE", kind), KEY_DATE=self.on(day))

    def recall(self, day=None, returned=None, reason="NN", admission="L", fixed_term=None):
        """A revocation by probation (`day`), a return to prison (`returned`), or both."""
        w, row = self.world, None
        if day is not None:
            row = w.row("ndelius", "RECALL", RECALL_ID=w.next_id(), RELEASE_ID=self.probation_release["RELEASE_ID"],
                        OFFENDER_ID=self._offender(), RECALL_DATE=self.on(day), RECALL_REASON_ID=w.reference("RECALL_REASON", reason))
        if returned is not None:
            self.admit(returned, admission)
        if fixed_term is not None:
            w.row("nomis", "OFFENDER_FIXED_TERM_RECALLS", OFFENDER_BOOK_ID=self.booking["OFFENDER_BOOK_ID"],
                  RETURN_TO_CUSTODY_DATE=self.on(returned), RECALL_LENGTH=fixed_term)
        return row

    def planned(self, day, reason="CR", made=-200):
        """The release as the prison plans it."""
        return self.world.row("nomis", "OFFENDER_RELEASE_DETAILS", OFFENDER_BOOK_ID=self.booking["OFFENDER_BOOK_ID"], RELEASE_DATE=self.on(day),
                              MOVEMENT_TYPE="REL", MOVEMENT_REASON_CODE=reason, MODIFY_DATETIME=self.at(made))

    def checklist(self, day, photo="", bank="", benefit=None):
        return self.world.row("nomis", "RELEASE_CHECKLIST", OFFENDER_BOOK_ID=self.booking["OFFENDER_BOOK_ID"], PHOTO_ID=photo,
                              BANK_ACCOUNT=bank, BENEFIT_CLAIM_DATE=self.on(benefit), RECORDED_DATETIME=self.at(day))

    # Where they live and whether they work

    def address(self, start, kind, status="M", end=None, nfa="N", postcode="ZZ1 1ZZ", updated="start", created="start", record=None,
                type_id=None, **columns):
        w = self.world
        updated, created = (start if day == "start" else day for day in (updated, created))
        return w.row("ndelius", "OFFENDER_ADDRESS", OFFENDER_ADDRESS_ID=w.next_id(), OFFENDER_ID=self._offender(record),
                     ADDRESS_STATUS_ID=w.reference("ADDRESS STATUS", status), ADDRESS_TYPE_ID=type_id or w.reference("ADDRESS TYPE", kind),
                     NO_FIXED_ABODE=nfa, POSTCODE=postcode, START_DATE=self.on(start), END_DATE=self.on(end),
                     LAST_UPDATED_DATETIME=self.at(updated), CREATED_DATETIME=self.at(created), **columns)

    def circumstance(self, kind, start, code, description=None, end=None, updated="start", created="start", record=None, **columns):
        w = self.world
        updated, created = (start if day == "start" else day for day in (updated, created))
        return w.row("ndelius", "PERSONAL_CIRCUMSTANCE", PERSONAL_CIRCUMSTANCE_ID=w.next_id(), OFFENDER_ID=self._offender(record),
                     CIRCUMSTANCE_TYPE_ID=w.reference("CIRCUMSTANCE_TYPE", kind, {"A": "Accommodation", "B": "Employment"}.get(kind)),
                     CIRCUMSTANCE_SUB_TYPE_ID=w.reference("CIRCUMSTANCE_SUB_TYPE", code, description), START_DATE=self.on(start),
                     END_DATE=self.on(end), EVIDENCED="Y", LAST_UPDATED_DATETIME=self.at(updated), CREATED_DATETIME=self.at(created), **columns)

    def employment(self, start, code="B01C", description=None, **more):
        return self.circumstance("B", start, code, description or EMPLOYMENT.get(code), **more)

    def prison_address(self, start, *usages, end=None, nfa="N", active="Y", owner=None, owner_class="OFF"):
        w = self.world
        row = w.row("nomis", "ADDRESSES", ADDRESS_ID=w.next_id(), OWNER_CLASS=owner_class, OWNER_ID=owner or self.root, POSTAL_CODE="ZZ1 1ZZ",
                    NO_FIXED_ADDRESS_FLAG=nfa, START_DATE=self.on(start), END_DATE=self.on(end))
        for usage in usages:
            w.row("nomis", "ADDRESS_USAGES", ADDRESS_ID=row["ADDRESS_ID"], ADDRESS_USAGE=usage, ACTIVE_FLAG=active)
        return row

    def manager(self, area, start, end=None, pdu="", record=None, staff=""):
        w = self.world
        area_id, team = w.area(area, pdu)
        return w.row("ndelius", "OFFENDER_MANAGER", OFFENDER_MANAGER_ID=w.next_id(), OFFENDER_ID=self._offender(record),
                     ALLOCATION_DATE=self.on(start), END_DATE=self.on(end), TEAM_ID=team, PROBATION_AREA_ID=area_id,
                     ALLOCATION_STAFF_ID=w.officer(staff))

    def handover(self, due, done=None, noms=None):
        return self.world.row("other", "HANDOVER", noms_no=noms or self.noms, booking_no=self.booking["BOOKING_NO"], due_on=self.on(due),
                              done_on=self.on(done))

    # What a provider says and claims

    def provider_person(self, **columns):
        w = self.world
        row = {"person_ref": f"PR{w.next_id()}", "noms_no": self.noms, "crn": self.crn, "first_name": self.first, "last_name": self.last,
               "birth_date": self.born, "recorded_ts": "2021-06-01 09:00:00"} | columns
        return w.row("provider_madeup", "PERSON", **row)

    def claim(self, day, task, contract="CTR-MADEUP", paid=None, **columns):
        """A claim for this person, with a payment that names it when `paid` is given."""
        self.provider_row = self.provider_row or self.provider_person()
        row = self.world.claim_single(self.provider_row, task_code=task, task_date=self.on(day), contract_id=contract, **columns)
        if paid is not None:
            self.world.payment(paid, claim=row["claim_id"])
        return row
