"""What the invented nation bought: sums, shares and the same bytes again, without the pipeline."""

from __future__ import annotations

import csv
import hashlib
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import pytest

from worlds.nation import write_nation

RELEASES, SEED = 600, 11
PENNY = Decimal("0.01")


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("nation") / "landing"
    write_nation(out, RELEASES, SEED)
    return out


def delivered(out: Path, source: str, table: str) -> list[dict[str, str]]:
    """Every delivered record of a table, of all senders that match `source`."""
    rows = []
    for file in sorted(out.glob(f"{source}/*/{table}.csv")):
        with file.open(encoding="utf-8", newline="") as text:
            rows += [row | {"source": file.parts[-3]} for row in csv.DictReader(text)]
    return rows


def truth(out: Path) -> list[dict[str, object]]:
    with duckdb.connect() as con:
        found = con.execute(f"select * from read_parquet('{out}-truth/fct_claim.parquet')")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row)) for row in found.fetchall()]


def test_every_claim_delivered_has_one_row_of_truth_with_its_amount(nation):
    claims = {row["claim_id"]: row for row in delivered(nation, "provider_*", "CLAIM")}
    told = truth(nation)
    assert len(told) == len(claims) > RELEASES
    assert {row["claim_id"]: (row["source"], abs(row["amount"])) for row in told} == {
        key: (row["source"], abs(Decimal(row["amount"]))) for key, row in claims.items()
    }
    assert all(row["amount"] == Decimal(claims[row["claim_id"]]["amount"]) for row in told if not row["is_reversal"])


def test_nearly_all_amounts_are_quantity_times_rate_in_half_up_pennies(nation):
    claims = [row for row in delivered(nation, "provider_*", "CLAIM") if not row["reverses_claim_id"]]
    right = sum((Decimal(row["qty"]) * Decimal(row["rate"])).quantize(PENNY, ROUND_HALF_UP) == Decimal(row["amount"]) for row in claims)
    assert 0.99 * len(claims) < right < len(claims)
    assert all(Decimal(row["amount"]).as_tuple().exponent == -2 for row in claims)


def standing_claims(out: Path) -> dict[str, list[tuple[str, Decimal]]]:
    """Claims and amounts of each invoice that were not taken back."""
    claims = delivered(out, "provider_*", "CLAIM")
    given_back = {row["reverses_claim_id"] for row in claims} - {""}
    taken_back = {row["reverses_claim_id"] for row in claims if row["claim_id"] not in given_back} - {""}
    standing: dict[str, list[tuple[str, Decimal]]] = {}
    for row in claims:
        if row["invoice_ref"] and row["claim_id"] not in taken_back:
            standing.setdefault(row["invoice_ref"], []).append((row["claim_id"], Decimal(row["amount"])))
    return standing


def test_what_was_paid_adds_up_to_the_penny(nation):
    claims = {row["claim_id"] for row in delivered(nation, "provider_*", "CLAIM")}
    invoices = {row["invoice_ref"] for row in delivered(nation, "contracts", "INVOICE")}
    payments = delivered(nation, "contracts", "PAYMENT")
    assert all(row["claim_id"] in claims if row["claim_id"] else row["invoice_ref"] in invoices for row in payments)
    # An invoice all of whose claims were taken back has nobody to share its payment.
    standing = standing_claims(nation)
    shared = [row for row in payments if row["claim_id"] or row["invoice_ref"] in standing]
    assert 0.99 * len(payments) < len(shared)
    assert sum(row["paid_amount"] for row in truth(nation) if row["paid_amount"] is not None) == sum(
        Decimal(row["amount"]) for row in shared
    )


def test_an_invoice_is_shared_by_amount_and_the_last_claim_takes_what_rounding_leaves(nation):
    """Worked again by hand, claim by claim, for every invoice that was paid at once."""
    told = {row["claim_id"]: row["paid_amount"] for row in truth(nation)}
    standing = standing_claims(nation)
    paid = {}
    for row in delivered(nation, "contracts", "PAYMENT"):
        if not row["claim_id"]:
            paid.setdefault(row["invoice_ref"], []).append(Decimal(row["amount"]))
    at_once = {invoice: amounts[0] for invoice, amounts in paid.items() if len(amounts) == 1 and invoice in standing}
    assert len(at_once) > 100
    for invoice, amount in at_once.items():
        rows = sorted(standing[invoice])
        total = sum(due for _, due in rows)
        shares = [(amount * due / total).quantize(PENNY, ROUND_HALF_UP) for _, due in rows]
        shares[-1] += amount - sum(shares)
        assert [told[claim] for claim, _ in rows] == shares, invoice


def test_a_reversal_carries_what_it_reverses_takes_the_amount_back_or_gives_it_again_and_may_have_either_sign(nation):
    told = {row["claim_id"]: row for row in truth(nation)}
    reversals = [row for row in delivered(nation, "provider_*", "CLAIM") if row["reverses_claim_id"]]
    assert any(told[row["reverses_claim_id"]]["is_reversal"] for row in reversals)
    assert {told[row["claim_id"]]["amount"] == Decimal(row["amount"]) for row in reversals} == {True, False}
    for row in reversals:
        mine, theirs = told[row["claim_id"]], told[row["reverses_claim_id"]]
        assert mine["is_reversal"] and mine["amount"] == -theirs["amount"]
        assert [mine[c] for c in ("offender_id", "book_id", "outcome_cell")] == [
            theirs[c] for c in ("offender_id", "book_id", "outcome_cell")
        ]


def test_few_claims_need_probabilistic_linkage_and_some_are_nobodys(nation):
    told = truth(nation)
    apart = sum(row["cause"] is not None for row in told)
    assert 0 < apart <= 0.06 * len(told)
    assert 0 < sum(row["offender_id"] is None for row in told) < 0.02 * len(told)
    assert all(row["cause"] is None for row in told if row["offender_id"] is None)


def test_private_records_lack_each_number_on_its_own(nation):
    people = delivered(nation, "provider_*", "PERSON")
    for column in ("noms_no", "pnc"):
        missing = sum(not row[column] for row in people) / len(people)
        assert 0.11 < missing < 0.2, column
    assert any(not row["noms_no"] and not row["pnc"] for row in people)


def test_both_eras_and_every_cell_are_there(nation):
    told = truth(nation)
    assert {row["contract_id"].startswith("TTG-") for row in told} == {True, False}
    cells = {row["outcome_cell"] for row in told if row["domain"] in ("accommodation", "employment", "finance")}
    assert cells == {"achieved", "not_achieved", "unknown", "not_yet_due", "out_of_scope"}
    assert all(row["outcome_cell"] == "no_outcome_defined" for row in told if row["domain"] is None)


def test_the_same_seed_gives_the_same_bytes_and_faults_change_no_other_file(nation, tmp_path):
    def prints(out: Path) -> dict[str, str]:
        return {str(f.relative_to(out)): hashlib.sha256(f.read_bytes()).hexdigest() for f in out.rglob("*") if f.is_file()}

    again = tmp_path / "landing"
    write_nation(again, RELEASES, SEED, faults=True)
    with (tmp_path / "landing-truth" / "faults.csv").open(encoding="utf-8", newline="") as text:
        faults = list(csv.DictReader(text))
    assert len({fault["fault"] for fault in faults}) >= 25
    without, with_faults = prints(nation), prints(again)
    changed = {name for name in without if without[name] != with_faults[name]}
    assert {f"{fault['delivery']}/{fault['file']}" for fault in faults} & set(without) <= changed
    assert {name.split("/")[0] for name in set(with_faults) - set(without)} == {"provider_faulty", "provider_odd", "provider_planted"}
    # Records are only put at the end; where that is in a delivery of changes, its list of files tells of it.
    for name in changed - {name for name in changed if name.endswith("/delivery.json")}:
        assert (again / name).read_bytes().startswith((nation / name).read_bytes()), name


def test_pairs_are_planted_with_their_truth_and_the_same_seed_plants_the_same(tmp_path):
    for name in ("one", "two"):
        write_nation(tmp_path / name / "landing", 60, SEED, faults=True, honest=True)
    one, two = ((tmp_path / name / "landing-truth" / "plant.parquet").read_bytes() for name in ("one", "two"))
    assert one == two
    with duckdb.connect() as con:
        claims = con.execute(f"select distinct claim_id from read_parquet('{tmp_path}/one/landing-truth/plant.parquet') where claim_id is not null").fetchall()
    delivered_claims = {row["claim_id"] for row in delivered(tmp_path / "one" / "landing", "provider_planted", "CLAIM")}
    assert {claim for (claim,) in claims} <= delivered_claims


def test_an_honest_nation_bills_less_and_all_of_it_at_the_price_of_its_months_volume(tmp_path, nation):
    out = tmp_path / "landing"
    write_nation(out, RELEASES, SEED, honest=True)
    claims = [row for row in delivered(out, "provider_*", "CLAIM") if not row["reverses_claim_id"]]
    ordinary = sum(not row["reverses_claim_id"] for row in delivered(nation, "provider_*", "CLAIM"))
    assert 0.4 * ordinary < len(claims) < ordinary
    assert all((Decimal(row["qty"]) * Decimal(row["rate"])).quantize(PENNY, ROUND_HALF_UP) == Decimal(row["amount"]) for row in claims)
    # The bands of the card are really reached.
    assert {row["band_used"] for row in claims} >= {"1", "2", "3"}
