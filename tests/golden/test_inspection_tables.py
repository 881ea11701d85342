"""The edition reproduces the tables of the 2023 inspection, and follows what is delivered."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from tests.conftest import gatehouse
from tests.golden.figures import Published, golden, printed

TABLES = [
    "omic_accommodation_release.csv",
    "omic_accommodation_post.csv",
    "omic_employment_release.csv",
    "omic_employment_post.csv",
    "omic_recalled.csv",
    "omic_sample_sex.csv",
    "omic_sample_ethnicity.csv",
]
LAST_PROBATION, LAST_PRISON = "ndelius/2023-06-30", "nomis/2023-06-30"

# (table of the inspection, label that loses a person, label that gains one): one code changed in one delivered file.
CHANGES = [
    ("omic_accommodation_release.csv", "Homeless", "Settled, independent"),
    ("omic_employment_post.csv", "Unemployed", "Full-time employed or self-employed"),
    ("omic_sample_ethnicity.csv", "White", "Black and minority ethnic"),
    ("omic_accommodation_release.csv", "Settled, with friends/family", "Homeless"),
    ("omic_accommodation_release.csv", "Transient, hostel/supported accommodation", "Settled, independent"),
    ("omic_accommodation_release.csv", "Transient, with friends/family", "Transient, hostel/supported accommodation"),
    ("omic_accommodation_release.csv", "Settled, hostel/supported accommodation", "Unknown or unclear"),
    ("omic_accommodation_post.csv", "Homeless", "Settled, with friends/family"),
    ("omic_accommodation_post.csv", "Settled, with friends/family", "Homeless"),
    ("omic_accommodation_post.csv", "Settled, independent", "Unknown or unclear"),
    ("omic_accommodation_post.csv", "Transient, hostel/supported accommodation", "Settled, hostel/supported accommodation"),
    ("omic_accommodation_post.csv", "Transient, with friends/family", "Settled, with friends/family"),
    ("omic_employment_release.csv", "Unemployed", "Part-time employed or self-employed"),
    ("omic_employment_release.csv", "Not available for work", "Unemployed"),
    ("omic_employment_release.csv", "Full-time employed or self-employed", "Full-time education or training"),
    ("omic_employment_post.csv", "Not available for work", "Part-time education or training"),
    ("omic_employment_post.csv", "Part-time employed or self-employed", "Unemployed"),
    ("omic_sample_sex.csv", "Male", "Female"),
    ("omic_sample_ethnicity.csv", "Black and minority ethnic", "White"),
    ("omic_recalled.csv", "After 28 days", None),
]
# A code that stands for each label in the delivered reference lists.
ACCOMMODATION = {
    "Settled, independent": "A01C",
    "Settled, with friends/family": "A07B",
    "Settled, hostel/supported accommodation": "A04",
    "Transient, hostel/supported accommodation": "A17",
    "Homeless": "A08A",
    "Unknown or unclear": "A06",
}
EMPLOYMENT = {
    "Full-time employed or self-employed": "Full-time employed (30 or more hours per week)",
    "Part-time employed or self-employed": "Part-time employed (15 hours per week)",
    "Full-time education or training": "Full-time education or training",
    "Part-time education or training": "Part-time education or training",
    "Unemployed": "Not employed",
}


@pytest.mark.parametrize("table", TABLES)
def test_the_edition_prints_every_figure_of(table, inspection_home):
    assert Published(inspection_home).figures(table) == golden(table)


def test_twenty_eight_of_ninety_four_are_recalled(inspection_home):
    release = Published(inspection_home)
    on_licence = sum(bool(row["is_on_licence"]) for row in release.sample.values())
    assert (len(release.labels("omic_recalled.csv")), on_licence) == (28, 94)
    assert printed(28, on_licence) == 30


def rounds(changes):
    """The changes in as few refreshes as can tell them apart: in each round every change has a subject of its own, since the
    record behind day 0 may be the one behind day 91 too."""
    done: list[list] = []
    for change in changes:
        subject = change[0].removesuffix("_release.csv").removesuffix("_post.csv")
        for one in done:
            if not any(other[0].startswith(subject) for other in one):
                one.append(change)
                break
        else:
            done.append([change])
    return done


@pytest.mark.slow
@pytest.mark.parametrize("changes", rounds(CHANGES), ids=lambda changes: "; ".join(f"{c[0]}: {c[1]} to {c[2]}" for c in changes))
def test_each_of_twenty_changed_codes_changes_its_printed_figure(changes, inspection_landing, inspection_home, tmp_path):
    changed_as_expected(changes, inspection_landing, inspection_home, tmp_path)


def changed_as_expected(changes, landing, home, tmp_path):
    before = Published(home)
    shutil.copytree(landing, tmp_path / "landing")
    for change in changes:
        change_one_code(before, tmp_path / "landing", *change)
    # What was typed before need not be typed again; a changed file is.
    shutil.copytree(home / "typed", tmp_path / "home" / "typed")
    done = gatehouse("refresh", "--landing", tmp_path / "landing", "--home", tmp_path / "home")
    assert done.returncode == 0, done.stderr
    after = Published(tmp_path / "home")
    for table, loses, gains in changes:
        expected = {label: figure.number for label, figure in golden(table).items()}
        expected[loses] -= 1
        if gains:
            expected[gains] += 1
        assert {label: figure.number for label, figure in after.figures(table).items()} == expected
        assert after.figures(table)[loses] != golden(table)[loses]


def change_one_code(release: Published, landing: Path, table: str, loses: str, gains: str | None) -> None:
    """Change the code in the record behind one person of `loses`; the published evidence says which record that is."""
    people = sorted(release_id for release_id, label in release.labels(table).items() if label == loses)
    probation, prison = landing / LAST_PROBATION, landing / LAST_PRISON
    if table == "omic_sample_sex.csv":
        movement = behind(release, "release", people[0], prison, "OFFENDER_EXTERNAL_MOVEMENTS.csv")
        booking = find(prison / "OFFENDER_BOOKINGS.csv", "OFFENDER_BOOK_ID", movement["OFFENDER_BOOK_ID"])
        edit(prison / "OFFENDERS.csv", "OFFENDER_ID", booking["OFFENDER_ID"], "SEX_CODE", "F")
    elif table == "omic_sample_ethnicity.csv":
        code = {"White": "W1", "Black and minority ethnic": "B1"}[gains]
        new = find(probation / "R_STANDARD_REFERENCE_LIST.csv", "CODE_VALUE", code)["STANDARD_REFERENCE_LIST_ID"]
        matched = next(filter(None, (behind(release, "release", person, probation, "RELEASE.csv") for person in people)))
        edit(probation / "OFFENDER.csv", "OFFENDER_ID", matched["OFFENDER_ID"], "ETHNICITY_ID", new)
    elif table == "omic_recalled.csv":
        # Somebody never returned: no admission tells of the recall, only the decision does.
        returned = {r["release_id"]: r["returned_date"] for r in release.table("fct_recall")}
        at_large = next(person for person in people if returned[person] is None)
        new = find(probation / "R_RECALL_REASON.csv", "CODE", "EOTL")["RECALL_REASON_ID"]
        recall = behind(release, "recall", at_large, probation, "RECALL.csv")
        edit(probation / "RECALL.csv", "RECALL_ID", recall["RECALL_ID"], "RECALL_REASON_ID", new)
    else:
        _, domain, when = table.removesuffix(".csv").split("_")
        for person in people:
            if change_status(release, probation, f"{person}:{domain}:{0 if when == 'release' else 91}", domain, gains):
                return
        raise AssertionError(f"no record of probation is behind anybody of {loses}")


def change_status(release: Published, probation: Path, subject: str, domain: str, gains: str) -> bool:
    """Give the record behind a status another type, if that record is one of probation."""
    if domain == "accommodation" and (address := behind(release, "status", subject, probation, "OFFENDER_ADDRESS.csv")):
        code = find(probation / "R_STANDARD_REFERENCE_LIST.csv", "CODE_VALUE", ACCOMMODATION[gains])
        edit(probation / "OFFENDER_ADDRESS.csv", "OFFENDER_ADDRESS_ID", address["OFFENDER_ADDRESS_ID"], "ADDRESS_TYPE_ID", code["STANDARD_REFERENCE_LIST_ID"])
        return True
    if domain == "employment" and (work := behind(release, "status", subject, probation, "PERSONAL_CIRCUMSTANCE.csv")):
        code = find(probation / "R_CIRCUMSTANCE_SUB_TYPE.csv", "CODE_DESCRIPTION", EMPLOYMENT[gains])
        edit(
            probation / "PERSONAL_CIRCUMSTANCE.csv", "PERSONAL_CIRCUMSTANCE_ID", work["PERSONAL_CIRCUMSTANCE_ID"],
            "CIRCUMSTANCE_SUB_TYPE_ID", code["CIRCUMSTANCE_SUB_TYPE_ID"],
        )  # fmt: skip
        return True
    return False


def behind(release: Published, kind: str, subject: str, delivery: Path, file: str) -> dict[str, str] | None:
    """The delivered record that the published evidence names for a subject, walked back to its file and line."""
    for row in release.table("fct_evidence"):
        if (row["subject_kind"], row["subject_id"], row["file"]) == (kind, subject, file):
            return records(delivery / file)[row["row_number"] - 1]
    return None


def records(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def find(path: Path, column: str, value: str) -> dict[str, str]:
    return next(row for row in records(path) if row[column] == value)


def edit(path: Path, key: str, value: str, column: str, new: str) -> None:
    rows = records(path)
    changed = [row for row in rows if row[key] == value]
    assert len(changed) == 1 and changed[0][column] != new
    changed[0][column] = new
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
