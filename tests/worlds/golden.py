"""A second opinion on the golden figures: status and recall read from the delivered files in plain Python.

Written from the definitions alone, knows nothing of the pipeline or of how the world was made. Good for worlds of full
deliveries without quarantined rows; people are joined by NOMS number (merged ones followed), else PNC.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path

RELEASES = {"CR", "HR", "HU", "HD", "HE", "ECSL", "ERCG", "ER", "PX", "NP", "PD", "SC", "AR"}
RECALLS = {"L", "B", "24", "Y", "ELR"}
COMMUNITY = RELEASES | {"BL", "ZZ9"}
HOUSING = {
    "A01A": "Settled, independent", "A01C": "Settled, independent", "A01D": "Settled, independent",
    "A07B": "Settled, with friends/family", "A07A": "Transient, with friends/family",
    "A04": "Settled, hostel/supported accommodation", "A12": "Settled, hostel/supported accommodation",
    **{code: "Transient, hostel/supported accommodation" for code in ("A02", "A03", "A10", "A11", "A13", "A14", "A17")},
    **{code: "Homeless" for code in ("A08", "A08A", "A08C")},
}
DISCHARGE = {
    "DPH": "Settled, independent", "DSH": "Settled, hostel/supported accommodation", "DNF": "Homeless",
    **{code: "Transient, hostel/supported accommodation" for code in ("DAP", "DBA", "DBH", "DOH", "DST")},
}
WORK = {
    "B01C": "Full-time employed or self-employed", "B01D": "Full-time employed or self-employed", "B03A": "Full-time employed or self-employed",
    "B02A": "Part-time employed or self-employed", "B02C": "Part-time employed or self-employed",
    "B05A": "Full-time education or training", "B06A": "Part-time education or training", "B09A": "Unemployed",
    "B07A": "Not available for work", "B08A": "Not available for work",
}
UNKNOWN = "Unknown or unclear"


def day(text: str) -> date | None:
    """An ISO date or the date of an ISO timestamp."""
    return date.fromisoformat(text[:10]) if text else None


def moment(text: str) -> datetime | None:
    """An ISO timestamp."""
    return datetime.fromisoformat(text) if text else None


class Files:
    """The newest delivery of each table, deleted rows left out."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def rows(self, source: str, table: str) -> list[dict[str, str]]:
        """Records of the table's last full delivery."""
        newest = max(path for path in (self.root / source).iterdir() if (path / f"{table}.csv").exists())
        with open(newest / f"{table}.csv", newline="", encoding="utf-8") as handle:
            return [row for row in csv.DictReader(handle) if row.get("SOFT_DELETED", "0") != "1"]


class Person:
    """Everything the files hold of one prisoner number root."""

    def __init__(self) -> None:
        self.moves: list[dict] = []
        self.rows: list[dict] = []
        self.delius: list[str] = []


def pnc_key(text: str) -> str:
    """The PNC without its century, so that both spellings meet."""
    found = re.fullmatch(r"(?:\d\d)?(\d\d)/(\d{7}[A-Z])", text)
    return "/".join(found.groups()) if found else ""


class World:
    """Joined deliveries, ready to be asked."""

    def __init__(self, root: Path) -> None:
        self.files = files = Files(root)
        self.people: dict[str, Person] = defaultdict(Person)
        by_noms, by_pnc = {}, {}
        for row in files.rows("nomis", "OFFENDERS"):
            self.people[row["ROOT_OFFENDER_ID"]].rows.append(row)
            by_noms[row["OFFENDER_ID_DISPLAY"]] = row["ROOT_OFFENDER_ID"]
        for row in files.rows("nomis", "OFFENDER_IDENTIFIERS"):
            if row["IDENTIFIER_TYPE"] in ("MERGED", "NOMS"):
                by_noms[row["IDENTIFIER"]] = row["OFFENDER_ID"]
            elif row["IDENTIFIER_TYPE"] == "PNC":
                by_pnc[pnc_key(row["IDENTIFIER"])] = row["OFFENDER_ID"]
        self.bookings = {row["OFFENDER_BOOK_ID"]: row for row in files.rows("nomis", "OFFENDER_BOOKINGS")}
        self.agency = {row["AGY_LOC_ID"]: row["AGENCY_LOCATION_TYPE"] for row in files.rows("nomis", "AGENCY_LOCATIONS")}
        for row in files.rows("nomis", "OFFENDER_EXTERNAL_MOVEMENTS"):
            row["at"] = moment(row["MOVEMENT_TIME"])
            self.people[self.bookings[row["OFFENDER_BOOK_ID"]]["ROOT_OFFENDER_ID"]].moves.append(row)
        for person in self.people.values():
            person.moves.sort(key=lambda m: (m["at"], int(m["MOVEMENT_SEQ"])))
        self.offenders = {row["OFFENDER_ID"]: row for row in files.rows("ndelius", "OFFENDER")}
        for key, row in sorted(self.offenders.items()):
            root_id = by_noms.get(row["NOMS_NUMBER"]) or by_pnc.get(pnc_key(row["PNC_NUMBER"]))
            if root_id:
                self.people[root_id].delius.append(key)
        self.code = {row["STANDARD_REFERENCE_LIST_ID"]: row["CODE_VALUE"] for row in files.rows("ndelius", "R_STANDARD_REFERENCE_LIST")}
        self.sub_type = {row["CIRCUMSTANCE_SUB_TYPE_ID"]: row["CODE_VALUE"] for row in files.rows("ndelius", "R_CIRCUMSTANCE_SUB_TYPE")}
        kinds = {row["CIRCUMSTANCE_TYPE_ID"]: row["CODE_VALUE"] for row in files.rows("ndelius", "R_CIRCUMSTANCE_TYPE")}
        self.records: dict[str, dict[str, list[dict]]] = {"accommodation": defaultdict(list), "employment": defaultdict(list)}
        for row in files.rows("ndelius", "OFFENDER_ADDRESS"):
            status = self.code[row["ADDRESS_STATUS_ID"]]
            if status == "M" or (status == "P" and row["START_DATE"] and row["END_DATE"]):
                row["type"], row["rank"] = self.code.get(row["ADDRESS_TYPE_ID"]), (1, int(row["OFFENDER_ADDRESS_ID"]))
                self.records["accommodation"][row["OFFENDER_ID"]].append(row)
        for row in files.rows("ndelius", "PERSONAL_CIRCUMSTANCE"):
            row["type"], row["rank"] = self.sub_type.get(row["CIRCUMSTANCE_SUB_TYPE_ID"]), (0, int(row["PERSONAL_CIRCUMSTANCE_ID"]))
            domain = {"A": "accommodation", "B": "employment"}[kinds[row["CIRCUMSTANCE_TYPE_ID"]]]
            self.records[domain][row["OFFENDER_ID"]].append(row)
        usages = {row["ADDRESS_ID"]: row for row in files.rows("nomis", "ADDRESS_USAGES")}
        self.discharge = defaultdict(list)
        for row in files.rows("nomis", "ADDRESSES"):
            usage = usages[row["ADDRESS_ID"]]
            if usage["ACTIVE_FLAG"] == "Y" and usage["ADDRESS_USAGE"] in DISCHARGE:
                self.discharge[row["OWNER_ID"]].append((day(row["START_DATE"]), int(row["ADDRESS_ID"]), day(row["END_DATE"]), usage["ADDRESS_USAGE"]))
        self.led = defaultdict(list)
        for row in files.rows("nomis", "OFFENDER_SENT_CALCULATIONS"):
            self.led[row["OFFENDER_BOOK_ID"]].append((moment(row["CALCULATION_DATE"]), day(row["LED_OVERRIDED_DATE"] or row["LED_CALCULATED_DATE"]),
                                                      day(row["TUSED_CALCULATED_DATE"])))
        self.key_dates = {(row["CUSTODY_ID"], self.code[row["KEY_DATE_TYPE_ID"]]): day(row["KEY_DATE"]) for row in files.rows("ndelius", "KEY_DATE")}
        ended = {row["DISPOSAL_ID"]: day(row["TERMINATION_DATE"]) for row in files.rows("ndelius", "DISPOSAL")}
        self.terminated = {row["CUSTODY_ID"]: ended[row["DISPOSAL_ID"]] for row in files.rows("ndelius", "CUSTODY")}
        types = {row["RELEASE_TYPE_ID"]: row["CODE"] for row in files.rows("ndelius", "R_RELEASE_TYPE")}
        reasons = {row["RECALL_REASON_ID"]: row["CODE"] for row in files.rows("ndelius", "R_RECALL_REASON")}
        self.delius_releases = defaultdict(list)
        for row in files.rows("ndelius", "RELEASE"):
            if types[row["RELEASE_TYPE_ID"]] != "ROTL":
                self.delius_releases[row["OFFENDER_ID"]].append(row)
        self.recalled = {row["RELEASE_ID"]: day(row["RECALL_DATE"]) for row in files.rows("ndelius", "RECALL")
                         if reasons.get(row["RECALL_REASON_ID"]) not in ("EOTL", "TSH")}

    def releases(self, root: str) -> list[dict]:
        """Release movements of the person that are releases, in order of time."""
        moves = self.people[root].moves
        found = {}
        for move in moves:
            today_after = [m for m in moves if m["at"].date() == move["at"].date() and m["at"] > move["at"] and m["MOVEMENT_TYPE"] == "ADM"]
            if (move["MOVEMENT_TYPE"] == "REL" and move["MOVEMENT_REASON_CODE"] in RELEASES and not today_after
                    and self.agency[move["TO_AGY_LOC_ID"]] not in ("IMDC", "HOSPITAL", "HSHOSP")):
                found[move["at"].date()] = move
        return [found[when] for when in sorted(found)]

    def inside(self, root: str, when: date, release: dict) -> tuple[bool, bool]:
        """In custody, removed or dead at the end of the day, and whether that began with a recall."""
        where, by_recall = False, False
        for move in self.people[root].moves:
            if not release["at"] < move["at"] or move["at"].date() > when:
                continue
            if move["DIRECTION_CODE"] == "IN":
                if not where:
                    by_recall = move["MOVEMENT_REASON_CODE"] in RECALLS
                where = True
            elif move["MOVEMENT_TYPE"] == "REL":
                where = move["MOVEMENT_REASON_CODE"] not in COMMUNITY or self.agency[move["TO_AGY_LOC_ID"]] == "IMDC"
        return where, by_recall

    def paired(self, root: str, release: dict) -> dict | None:
        """The nDelius release within three days (the worlds hold one at most)."""
        near = [(abs(day(r["ACTUAL_RELEASE_DATE"]) - release["at"].date()), r) for key in self.people[root].delius for r in self.delius_releases[key]]
        near = [pair for pair in near if pair[0] <= timedelta(days=3)]
        return min(near, key=lambda pair: pair[0])[1] if near else None

    def licence_end(self, root: str, release: dict) -> date | None:
        """LED of the last calculation on or before the release, else the key date."""
        known = [c for c in self.led[release["OFFENDER_BOOK_ID"]] if c[0].date() <= release["at"].date()]
        pair = self.paired(root, release)
        return (max(known)[1] if known else None) or (self.key_dates.get((pair["CUSTODY_ID"], "LED")) if pair else None)

    def recall(self, root: str, release: dict) -> date | None:
        """Date of the recall of the release, None where there is none that counts."""
        released, led = release["at"].date(), self.licence_end(root, release)
        if led is None or led <= released:
            return None
        later = [r["at"] for r in self.releases(root) if r["at"] > release["at"]]
        before = min(later) if later else datetime.max
        back = [m["at"].date() for m in self.people[root].moves if release["at"] < m["at"] < before and m["MOVEMENT_TYPE"] == "ADM"
                and m["MOVEMENT_REASON_CODE"] in RECALLS]
        pair = self.paired(root, release)
        revoked = self.recalled.get(pair["RELEASE_ID"]) if pair else None
        if revoked is None or revoked < released:
            revoked = back[0] if back else None
        return revoked if revoked is not None and revoked <= led else None

    def supervision_end(self, root: str, release: dict) -> date | None:
        """The later of licence and post-sentence supervision, or an earlier termination."""
        pair = self.paired(root, release)
        known = [c for c in self.led[release["OFFENDER_BOOK_ID"]] if c[0].date() <= release["at"].date()]
        pss = (self.key_dates.get((pair["CUSTODY_ID"], "PSSED")) if pair else None) or (max(known)[2] if known else None)
        ends = [when for when in (self.licence_end(root, release), pss) if when]
        end = max(ends) if ends else None
        terminated = self.terminated[pair["CUSTODY_ID"]] if pair else None
        if terminated and terminated >= release["at"].date() and (end is None or terminated < end):
            end = terminated
        return end

    def status(self, root: str, release: dict, domain: str, k: int) -> tuple[str, str]:
        """(state or reason, label) on day k."""
        person, released = self.people[root], release["at"].date()
        when = released + timedelta(days=k)
        died = [day(self.offenders[key]["DECEASED_DATE"]) for key in person.delius if self.offenders[key]["DECEASED_DATE"]]
        end, recall = self.supervision_end(root, release), self.recall(root, release)
        inside, _ = self.inside(root, when, release)
        returned = any(m["DIRECTION_CODE"] == "IN" and recall and recall <= m["at"].date() <= when for m in person.moves)
        if (died and min(died) <= when) or inside or (recall and recall <= when and not returned) or (k and end and end < when):
            return "out_of_scope", ""
        found = []
        for key in person.delius:
            for row in self.records[domain][key]:
                start, last = day(row["START_DATE"]), day(row["END_DATE"])
                if start and start <= when and (last is None or last >= when):
                    found.append((start, moment(row["LAST_UPDATED_DATETIME"]), row["rank"], row))
        if not found:
            if k == 0 and domain == "accommodation":
                stand_in = [d for d in self.discharge[root] if d[0] <= when and (d[2] is None or d[2] >= when)]
                if stand_in:
                    return "observed", DISCHARGE[max(stand_in)[3]]
            return "no_record", UNKNOWN
        start, updated, _, row = max(found, key=lambda f: f[:3])
        if start < self.opened(person, release) and max(updated, moment(row["CREATED_DATETIME"])).date() < released - timedelta(days=28):
            return "pre_custody_record", UNKNOWN
        if domain == "employment":
            return ("observed", WORK[row["type"]]) if row["type"] in WORK else ("unknown_code", UNKNOWN)
        if row["type"] == "CS04":
            return "out_of_scope", ""
        homeless = row.get("NO_FIXED_ABODE") == "Y" or row.get("POSTCODE") in ("NF1 1NF", "NF1 1FA")
        if row["type"] in HOUSING:
            return "observed", HOUSING[row["type"]]
        return ("observed", "Homeless") if homeless and row["type"] != "A16" else ("unknown_code", UNKNOWN)

    def opened(self, person: Person, release: dict) -> date:
        """The admission that opened the episode the release ends."""
        opened = None
        for move in person.moves:
            if move["at"] >= release["at"]:
                break
            if move["MOVEMENT_TYPE"] == "ADM" and opened is None:
                opened = move["at"].date()
            elif move["MOVEMENT_TYPE"] == "REL" and move["MOVEMENT_REASON_CODE"] in COMMUNITY and self.agency[move["TO_AGY_LOC_ID"]] not in ("IMDC", "HSHOSP"):
                again = [m for m in person.moves if m["at"].date() == move["at"].date() and m["at"] > move["at"] and m["MOVEMENT_TYPE"] == "ADM"]
                opened = opened if again or move["at"].date() == release["at"].date() else None
        return opened

    def inspected(self) -> list[tuple[str, dict]]:
        """Each person's first release from 1 February to 31 August 2022."""
        found = []
        for root in sorted(self.people):
            inside = [r for r in self.releases(root) if date(2022, 2, 1) <= r["at"].date() <= date(2022, 8, 31)]
            if inside:
                found.append((root, inside[0]))
        return found
