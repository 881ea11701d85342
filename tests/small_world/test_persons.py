"""Which records are one person: a number that leads there and an agreement on birth date or name."""

import datetime as dt

from .scenario import number_of, scenario

LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
NOT_LINKED = "unknown: not_linked"


def pnc(year: int, serial: int) -> str:
    return f"{year}/{serial:07d}{LETTERS[int(f'{year % 100:02d}{serial:07d}') % 23]}"


def identified(w, p, number, kind="PNC"):
    w.row("nomis", "OFFENDER_IDENTIFIERS", OFFENDER_ID=p.root, OFFENDER_ID_SEQ=w.next_id(), IDENTIFIER_TYPE=kind, IDENTIFIER=number)


def recorded(w, **columns):
    """In prison with nothing but the prison record; probation's own record, with an address, is made from `columns`."""
    p = w.released(probation=False)
    record = p.on_probation(**columns)
    p.address(-1, "A07B", record=record)
    return p


@scenario
def test_a_noms_number_links_when_the_birth_date_or_both_names_agree(w):
    odd = dt.date(1999, 9, 9)
    cases = [
        (recorded(w), True),
        (recorded(w, first="Unlike", last="Otherwise"), True),
        (recorded(w, born=odd), True),
        (recorded(w, first="Unlike", last="Otherwise", born=odd), False),
        (recorded(w, first="Unlike", born=odd), False),
        (recorded(w, last="Otherwise", born=odd), False),
        (recorded(w, first="", last="", born=""), False),
    ]
    a = yield
    assert [a.status(p, 0) for p, _ in cases] == ["settled" if linked else NOT_LINKED for _, linked in cases]


@scenario
def test_names_are_compared_in_upper_case_letters_only_against_every_alias(w):
    odd = dt.date(1999, 9, 9)
    spelt = w.released(probation=False, first="Invent-Anne", last="O'Madeup")
    spelt.address(-1, "A07B", record=spelt.on_probation(first="INVENT ANNE", last="OMadeup", born=odd))
    prison_alias = w.released(probation=False)
    prison_alias.alias_in_prison(w.next_id(), "Formerly", "Knownas", dt.date(1960, 1, 1))
    prison_alias.address(-1, "A07B", record=prison_alias.on_probation(first="Formerly", last="Knownas", born=odd))
    probation_alias = w.released(probation=False)
    record = probation_alias.on_probation(first="Newname", last="Chosen", born=odd)
    w.row("ndelius", "ALIAS", ALIAS_ID=w.next_id(), OFFENDER_ID=record["OFFENDER_ID"], FIRST_NAME=probation_alias.first,
          SURNAME=probation_alias.last, DATE_OF_BIRTH_DATE="")  # fmt: skip
    probation_alias.address(-1, "A07B", record=record)
    a = yield
    assert [a.status(p, 0) for p in (spelt, prison_alias, probation_alias)] == ["settled"] * 3


@scenario
def test_placeholder_birth_dates_never_agree(w):
    people = []
    for placeholder in (dt.date(1970, 1, 1), dt.date(1900, 1, 1)):
        p = w.released(probation=False, born=placeholder)
        p.address(-1, "A07B", record=p.on_probation(first="Unlike", last="Otherwise"))
        people.append(p)
    a = yield
    assert [a.status(p, 0) for p in people] == [NOT_LINKED] * 2


@scenario
def test_a_pnc_links_where_the_noms_number_is_empty(w):
    p, short, wrong = (w.released(probation=False) for _ in range(3))
    for number, person in enumerate((p, short, wrong)):
        identified(w, person, pnc(2001, 123450 + number))
        record = person.on_probation(noms="", PNC_NUMBER=pnc(2001, 123450 + number))
        person.address(-1, "A07B", record=record)
        if person is short:  # 2001/0123451X is also written 01/123451X
            record["PNC_NUMBER"] = f"01/123451{pnc(2001, 123451)[-1]}"
        if person is wrong:
            record["PNC_NUMBER"] = pnc(2001, 999999)
    a = yield
    assert [a.status(person, 0) for person in (p, short, wrong)] == ["settled", "settled", NOT_LINKED]


@scenario
def test_a_former_pnc_among_other_numbers_links_and_a_mistyped_one_does_not(w):
    right, mistyped = (w.released(probation=False) for _ in range(2))
    for person, written in ((right, pnc(2002, 55)), (mistyped, pnc(2002, 56)[:-2] + "9" + pnc(2002, 56)[-1])):
        identified(w, person, pnc(2002, 55 if person is right else 56))
        record = person.on_probation(noms="", PNC_NUMBER="")
        w.row("ndelius", "ADDITIONAL_IDENTIFIER", ADDITIONAL_IDENTIFIER_ID=w.next_id(), OFFENDER_ID=record["OFFENDER_ID"], IDENTIFIER=written)
        person.address(-1, "A07B", record=record)
    a = yield
    assert [a.status(person, 0) for person in (right, mistyped)] == ["settled", NOT_LINKED]


@scenario
def test_of_two_people_with_one_pnc_the_case_is_the_one_whose_name_it_bears_and_nobodys_where_both_do(w):
    cases = []
    for number, has_same_name in ((777, False), (778, True)):
        shared = pnc(2003, number)
        first, second = w.released(probation=False), w.released(probation=False)
        second.offender["BIRTH_DATE"] = first.born
        if has_same_name:
            second.offender |= {name: first.offender[name] for name in ("FIRST_NAME", "LAST_NAME")}
        for p in (first, second):
            identified(w, p, shared)
        first.address(-1, "A07B", record=first.on_probation(noms="", PNC_NUMBER=shared))
        cases.append((first, second))
    a = yield
    named, unclear = cases
    assert [a.status(p, 0) for p in named] == ["settled", NOT_LINKED]
    assert [a.status(p, 0) for p in unclear] == [NOT_LINKED] * 2
    assert a.release(unclear[0])["person_id"] != a.release(unclear[1])["person_id"]


@scenario
def test_one_noms_number_on_two_agreeing_crns_is_one_person_and_a_disagreeing_crn_stays_out(w):
    both, one = w.released(probation=False), w.released(probation=False)
    for n, crn in enumerate(("Y800001", "Y800002")):
        both.address(-5 + n, "A08A" if n == 0 else "A07B", record=both.on_probation(crn=crn))
    one.address(-5, "A07B", record=one.on_probation(crn="Y800003"))
    one.address(-1, "A08A", record=one.on_probation(crn="Y800004", first="Unlike", last="Otherwise", born=dt.date(1999, 9, 9)))
    a = yield
    assert [a.status(p, 0) for p in (both, one)] == ["settled", "settled"]


@scenario
def test_characteristics_come_from_the_lowest_record_with_a_usable_value(w):
    p = w.released(probation=False, race="")
    p.on_probation(crn="Y700001", ethnicity="")
    p.on_probation(crn="Y700002", ethnicity="B1")
    p.on_probation(crn="Y700003", ethnicity="A1")
    a = yield
    assert a.release(p)["ethnicity"] == "Black"


@scenario
def test_written_carelessly_an_id_is_still_the_same_id_and_a_malformed_one_is_emptied_and_listed(w):
    careless = recorded(w)
    record = w.rows["ndelius", "OFFENDER"][-1]
    record["NOMS_NUMBER"] = f" {record['NOMS_NUMBER'].lower()} "
    malformed = recorded(w)
    broken = w.rows["ndelius", "OFFENDER"][-1]
    broken["NOMS_NUMBER"] = "A12?4ZZ"
    a = yield
    assert (a.status(careless, 0), a.status(malformed, 0)) == ("settled", NOT_LINKED)
    assert any("noms" in f for f in a.listed(number_of(w, broken)))


def merged(w, into, *numbers):
    """Prison says that these numbers are one prisoner's, and no more: the offenders' rows stay as they are."""
    return [w.row("nomis", "OFFENDER_IDENTIFIERS", OFFENDER_ID=into.root, OFFENDER_ID_SEQ=w.next_id(), IDENTIFIER_TYPE="MERGED", IDENTIFIER=n)
            for n in numbers]  # fmt: skip


def same(a, *people):
    """Whether the releases of these people are of one person."""
    return len({a.release(p)["person_id"] for p in people}) == 1


@scenario
def test_a_number_merged_by_an_identifier_alone_is_the_other_prisoners_with_all_its_bookings(w):
    one = w.person(probation=False)
    two = w.person(probation=False, day0=one.day0, first=one.first, last=one.last, born=one.born)
    for p, time in ((one, "10:00:00"), (two, "09:00:00")):
        p.custody(time=time)
        p.release(0, time=time, probation_day=None)
    identifiers = merged(w, one, two.noms)
    one.address(-1, "A07B", record=one.on_probation())
    a = yield
    assert (a.release(one) is not None, a.release(two)) == (True, None)
    assert a.status(one, 0) == "settled"
    assert (a.reasons(one), a.reasons(two)) == ([], ["same_day_duplicate"])
    assert a.listed(*(number_of(w, row) for row in identifiers)) == []


@scenario
def test_merged_numbers_are_followed_to_the_end_whoever_writes_which_of_them(w):
    first, second, last = people = [w.released(probation=False) for _ in range(3)]
    for p in people:
        p.offender["BIRTH_DATE"] = first.born
    merged(w, second, first.noms, "B9876ZY")
    merged(w, last, second.noms)
    record = last.on_probation(noms=first.noms, first=second.first, last=second.last, born=first.born)
    last.address(-300, "A07B", updated=-1, record=record)
    claims = []
    for number in (first.noms, second.noms, last.noms, "B9876ZY"):
        last.provider_row = last.provider_person(noms_no=number, crn="", first_name=second.first, last_name=second.last, birth_date=first.born)
        claims.append(last.claim(-10, "MADEUP-ACC"))
    first.prison_address(-1, "DPH")
    a = yield
    assert same(a, *people)
    assert [a.status(p, 0) for p in people] == ["settled"] * 3
    assert {a.claim(row)["person_id"] for row in claims} == {a.release(last)["person_id"]}


@scenario
def test_prison_merges_numbers_whose_names_differ_and_a_contradiction_of_name_and_birth_date_is_listed(w):
    pairs = {}
    for agrees in ("name", "birth date", "nothing"):
        one, two = w.released(probation=False), w.released(probation=False)
        if agrees == "name":
            two.offender |= {name: one.offender[name] for name in ("FIRST_NAME", "LAST_NAME")}
        if agrees == "birth date":
            two.offender["BIRTH_DATE"] = one.born
        pairs[agrees] = (one, two, merged(w, one, two.noms)[0])
    a = yield
    assert all(same(a, one, two) for one, two, _ in pairs.values())
    listed = {agrees: a.listed(number_of(w, row)) for agrees, (*_, row) in pairs.items()}
    assert listed == {"name": [], "birth date": [], "nothing": ["merged_numbers_contradict"]}


@scenario
def test_numbers_merged_in_a_circle_are_one_person_and_a_number_merged_into_two_is_the_ones_told_last(w):
    circle = [w.released(probation=False, first="Inventround", born=dt.date(1980, 5, 6)) for _ in range(3)]
    rows = [merged(w, into, p.noms)[0] for p, into in zip(circle, circle[1:] + circle[:1], strict=True)]
    torn, *owners = (w.released(probation=False, first="Inventtorn", born=dt.date(1980, 7, 8)) for _ in range(3))
    claims = [merged(w, owner, torn.noms)[0] for owner in owners]
    a = yield
    assert same(a, *circle)
    assert a.listed(*(number_of(w, row) for row in rows)) == ["merged_numbers_unsettled"]
    assert same(a, torn, owners[0]) and not same(a, torn, owners[1])
    assert [a.listed(number_of(w, row)) for row in claims] == [[], ["merged_numbers_unsettled"]]


def claimed(w, **columns):
    p = w.released()
    p.address(-1, "A07B")
    p.provider_row = p.provider_person(**columns)
    return p, p.claim(-10, "MADEUP-ACC")


@scenario
def test_provider_rows_link_by_crn_then_noms_number_then_pnc_if_they_agree(w):
    odd = {"first_name": "Unlike", "last_name": "Otherwise", "birth_date": "1999-09-09"}
    number = pnc(2004, 4321)
    cases = [
        (claimed(w, noms_no=""), True),
        (claimed(w, crn=""), True),
        (claimed(w, crn="", noms_no="", pnc=number), True),
        (claimed(w, crn="", noms_no=""), False),
        (claimed(w, **odd), False),
        (claimed(w, first_name="", last_name="", birth_date=""), False),
        (claimed(w, birth_date="1999-09-09"), True),
        (claimed(w, crn="NOTACRN"), True),
    ]
    identified(w, cases[2][0][0], number)
    a = yield
    found = [a.claim(row)["person_id"] == a.release(p)["person_id"] for (p, row), _ in cases]
    assert found == [linked for _, linked in cases]
    assert [a.claim(row)["outcome_cell"] for (_, row), _ in cases] == ["achieved" if linked else "unknown" for _, linked in cases]


@scenario
def test_another_persons_number_on_a_provider_row_never_links_to_that_person(w):
    stranger = w.released()
    p, row = claimed(w, crn="", noms_no=stranger.noms)
    twin = w.released()
    torn, torn_row = claimed(w, noms_no=twin.noms)
    twin.offender["BIRTH_DATE"] = twin.probation["DATE_OF_BIRTH_DATE"] = torn.born
    a = yield
    assert a.claim(row)["person_id"] is None
    assert a.claim(torn_row)["person_id"] == a.release(torn)["person_id"] != a.release(twin)["person_id"]
    assert "provider_person_numbers_of_two" in a.listed(number_of(w, torn.provider_row))


@scenario
def test_a_table_with_ids_only_links_by_that_id_alone(w):
    w.contract("PRJ_IDS", "MADECRS", kind="crs", area="N07")
    p, nobody = w.released(), w.released()
    for crn in (p.crn, "Z999999"):
        w.row("refer_and_monitor", "crs_performance_report-v2-referrals", referral_id=f"ref-{crn}", crs_contract_reference="PRJ_IDS",
              crs_contract_type="ACC", service_user_crn=crn, date_referral_received=p.on(-3))  # fmt: skip
    a = yield
    mine = [r["release_id"] for r in a.table("fct_release_provider") if r["contract_id"] == "PRJ_IDS"]
    assert mine == [a.release(p)["release_id"]]
    assert a.release(nobody)["release_id"] not in mine
    table = w.rows["refer_and_monitor", "crs_performance_report-v2-referrals"]
    named = {r["service_user_crn"]: a.listed(number_of(w, r)) for r in table if r["crs_contract_reference"] == "PRJ_IDS"}
    assert named == {p.crn: [], "Z999999": ["referral_person_not_linked"]}


@scenario
def test_a_table_pulled_from_the_real_system_loads_whole_and_is_right(w):
    """More columns than were asked for, dirty numbers, blank dates, ids in no list, a deleted row, movements out of order, one number on two CRNs."""
    p = w.released(born=dt.date(1984, 4, 4))
    p.probation.update({f"EXTRA_COLUMN_{n}": f"left over {n}" for n in range(30)} | {"PNC_NUMBER": "unknown", "CRO_NUMBER": "??", "GENDER_ID": 99999991})
    second = p.on_probation(crn="Y600001", ethnicity="A1", PNC_NUMBER="20010/0/12", born="")
    p.address(-9, "A08A", SOFT_DELETED=1)
    p.address(None, "A01A", updated=None, created=None)
    p.address(-8, "A07B", record=second, updated=None, created=None)
    p.employment(-8, record=second)
    for n, movement in enumerate(reversed([m for m in w.rows["nomis", "OFFENDER_EXTERNAL_MOVEMENTS"]
                                           if m["OFFENDER_BOOK_ID"] == p.booking["OFFENDER_BOOK_ID"]]), start=1):  # fmt: skip
        movement["MOVEMENT_SEQ"] = n
    a = yield
    release = a.release(p)
    assert (release["release_type"], release["sex"], release["ethnicity"]) == ("CR", "Male", "White")
    assert (a.status(p, 0), a.work(p, 42)) == ("settled", "employed")
    accounts = {(r["delivery"].split("/")[0], r["file"].rsplit("/", 1)[-1]): r for r in a.table("fct_row_account")}
    for (source, table), rows in w.rows.items():
        account = accounts[source, f"{table}.csv"]
        assert account["rows_read"] == len(rows) or table in ("PERSON", "CLAIM"), table
        set_aside = sum(any(row is one for one in w.set_aside) for row in rows)
        assert account["rows_read"] == account["rows_loaded"] + set_aside, (table, account)
    assert len(a.table("fct_quarantine")) == len(w.set_aside)


@scenario
def test_who_is_under_restriction_or_exclusion_in_any_case_record_of_today_is_listed_once(w):
    restricted, excluded, both, neither, silent, deleted = (w.released() for _ in range(6))
    restricted.probation["CURRENT_RESTRICTION"] = 1
    excluded.on_probation(CURRENT_EXCLUSION="Y")
    both.probation.update(CURRENT_RESTRICTION=1, CURRENT_EXCLUSION=1)
    neither.probation.update(CURRENT_RESTRICTION=0, CURRENT_EXCLUSION=0)
    deleted.on_probation(CURRENT_RESTRICTION=1, SOFT_DELETED=1)
    a = yield
    listed = {row["person_id"]: (row["is_under_restriction"], row["is_under_exclusion"]) for row in a.table("fct_limited_access")}
    told = [listed.get(a.release(p)["person_id"]) for p in (restricted, excluded, both, neither, silent, deleted)]
    assert told == [(True, False), (False, True), (True, True), None, None, None]
