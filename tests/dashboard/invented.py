"""An invented edition, small and obviously so, with the shapes that break pages.

Twelve regions, one of them empty; providers with long names, two of them not due yet; rounded figures in the
controlled results; unknowns; empty payments; releases only up to August 2022, so that late periods are thin.
"""

import json
import math
import tempfile
from datetime import date, datetime
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd

from decisions import case_edition, case_records, case_run
from edition.access import Use
from edition.folder import MANIFEST, current, pointer, published
from edition.rights import the_product
from ground.files import write_whole

REGIONS = {
    "N03": "Wales", "N07": "London", "N50": "Greater Manchester", "N51": "North West", "N52": "West Midlands",
    "N53": "East Midlands", "N54": "North East", "N55": "Yorkshire and The Humber", "N56": "East of England",
    "N57": "Kent, Surrey and Sussex", "N58": "South West", "N59": "South Central",
}  # fmt: skip
EMPTY_REGION = "N59"
PROVIDERS = {
    "aster": "Aster Invented Resettlement",
    "birch": "Birch and Bramble Invented Community Rehabilitation Partnership of the Northern Counties Limited",
    "cedar": "Cedar Invented Trust",
    "dogwood": "Dogwood Invented Services",
}
NOT_DUE = ("cedar", "dogwood")
MEASURES = [
    # id, label, numerator, denominator, domain, unit, direction, day, is_payment, note, chance, releases' share
    ("M50", "Housed on the first night", "Releases in settled or temporary accommodation on the first night", "Releases in scope whose first night is known", "accommodation", "share", "good", 0, False, "85.7% housed (official) and 40% settled (inspection sample) answer different questions.", 0.91),
    ("M51", "Settled on the first night", "Releases in settled accommodation on the first night", "Releases in scope whose first night is known", "accommodation", "share", "good", 0, False, None, 0.40),
    ("M62", "In work at six weeks", "Releases in work at six weeks", "Releases known and available for work", "employment", "share", "good", 42, False, None, 0.19),
    ("M71", "Recalled within 28 days", "Releases recalled within 28 days", "Releases on licence", "recall", "share", "bad", 28, False, "Not comparable with official recall statistics.", 0.12),
    ("M76", "Median days to recall", None, "Recalls of the period", "recall", "days", "none", None, False, None, None),
    ("M73", "Recalls by type", "Recalls of the type", "Recalls whose type is known", "recall", "share", "none", None, False, None, 0.3),
    ("P06", "Paid, not housed", "with no home on the first night", "releases with a paid accommodation task and a known first night", "accommodation", "share", "bad", 0, True, None, 0.09),
    ("P07", "Paid, settled at three months", "settled at three months", "releases with a paid accommodation task, known at three months", "accommodation", "share", "good", 91, True, None, 0.5),
    ("P08", "Paid, employed at six weeks", "in work at six weeks", "releases with a paid employment task, known and available", "employment", "share", "good", 42, True, None, 0.2),
    ("P09", "Paid, recalled within 28 days", "recalled within 28 days", "licence releases with a paid custody task", "recall", "share", "bad", 28, True, None, 0.12),
]  # fmt: skip
SENTENCES = {
    "M50": "Of {denominator} releases with a known first night, {numerator} were housed; {rest} had no home.",
    "M62": "Of {denominator} releases of people known and available for work, {numerator} were in work; {rest} were not.",
    "M71": "Of {denominator} releases on licence, {numerator} were recalled within 28 days.",
}
HEADLINES = ("M50", "M51", "M62", "M71")
WAYS = {"all": "All releases", "sex": "Sex", "ethnicity": "Ethnicity", "recall_type": "Recall type"}
# The newest row in force counts: one that has ended and one that is still to come stand beside.
THRESHOLDS = {
    "rule_r20_working_days": 5,
    "rule_r51_probability": 0.001,
    "rule_r52_share": 0.1,
    "rule_r52_least_rows": 20,
    "stale_days": 180,
    "final_after_days": 42,
    "low_rate_denominator": 10,
    "low_reliability_denominator": 30,
    "protected_rate_min": 30,
    "protected_low_reliability": 100,
    "funnel_min_units": 10,
    "funnel_alert_level": 0.95,
    "funnel_action_level": 0.998,
    "funnel_trim_share": 0.1,
    "finance_day": 7,
    "claim_accommodation_day": 0,
    "claim_employment_day": 42,
    "due_within_days": 84,
}
SPLITS = {
    "sex": {"Female": 0.1, "Male": 0.9},
    "ethnicity": {"White": 0.7, "Black": 0.12, "Asian": 0.1, "Mixed": 0.05, "Other": 0.01, "Not recorded": 0.02},
}
PERIODS = {
    "month": [(f"2022-{month:02d}-01", 0.14 if month < 9 else 0.0) for month in range(2, 9)],
    "quarter": [("2022-01-01", 0.28), ("2022-04-01", 0.42), ("2022-07-01", 0.3)],
    "year": [("2021-04-01", 0.28), ("2022-04-01", 0.72)],
    "roll12": [("2021-03-01", 0.14), ("2021-05-01", 0.42), ("2021-07-01", 0.7), ("2021-09-01", 1.0), ("2022-02-01", 1.0), ("2022-06-01", 0.42)],
}  # fmt: skip


def _wilson(k: int, n: int) -> tuple[float, float]:
    z, p = 1.959963984540054, k / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def _row(measure, grain, start, kind, place, characteristic, value, releases, not_due=0) -> dict:
    unknown, out = round(releases * 0.03), round(releases * 0.02)
    denominator = 0 if not_due else max(0, releases - unknown - out)
    row = {
        "measure_id": measure[0], "period_grain": grain, "period_start": pd.Timestamp(start).date(), "geography_kind": kind,
        "geography_id": place, "characteristic": characteristic, "characteristic_value": value, "numerator": None,
        "denominator": denominator, "value": None, "lower": None, "upper": None, "interval_method": None, "value_all_in": None,
        "unknown": unknown, "not_yet_due": not_due, "out_of_scope": out, "stale": round(releases * 0.02),
        "value_if_unknown_all_good": None, "value_if_unknown_all_bad": None,
        "status": "provisional" if start >= "2022-07-01" else "final", "vintage": None,
    }  # fmt: skip
    if not denominator:
        return row | {"numerator": 0 if measure[5] == "share" else None}
    if measure[5] == "days":
        return row | {"value": 17.0, "interval_method": None}
    k = round(denominator * measure[10])
    low, high = _wilson(k, denominator)
    good, bad = (k + unknown) / (denominator + unknown), k / (denominator + unknown)
    return row | {
        "numerator": k, "value": k / denominator, "lower": low, "upper": high, "interval_method": "wilson",
        "value_all_in": bad, "value_if_unknown_all_good": good, "value_if_unknown_all_bad": bad,
    }  # fmt: skip


def results(providers: dict[str, str], scale: float = 1.0) -> pd.DataFrame:
    """Exact results: about 100 releases in the nation at scale 1."""
    rows = []
    for measure in MEASURES:
        for grain, periods in PERIODS.items():
            for start, share in periods:
                total = round(100 * share * scale)
                if measure[0] == "M73":
                    rows += [
                        _row(measure, grain, start, "nation", "EW", "recall_type", one, total) for one in ("standard", "fixed_term_28")
                    ]
                    continue
                if not measure[8]:
                    rows.append(_row(measure, grain, start, "nation", "EW", "all", "all", total))
                    for split, parts in SPLITS.items():
                        rows += [
                            _row(measure, grain, start, "nation", "EW", split, one, round(total * part)) for one, part in parts.items()
                        ]
                    for number, region in enumerate(REGIONS):
                        if region != EMPTY_REGION:
                            own = round(total * (0.04 + 0.01 * number))
                            rows.append(_row(measure, grain, start, "region", region, "all", "all", own))
                            if grain in ("quarter", "year"):
                                rows.append(_row(measure, grain, start, "region", region, "sex", "Male", own))
                for number, provider in enumerate(providers):
                    own = round(total * (0.5 - 0.03 * number))
                    waits = own if provider in NOT_DUE else 0
                    rows.append(_row(measure, grain, start, "provider", provider, "all", "all", own, waits))
    return pd.DataFrame(rows)


def controlled(exact: pd.DataFrame) -> pd.DataFrame:
    """Counts to the nearest 5, no rolling window below the nation, and every rate from them, none on fewer than thirty."""
    rows = exact[~exact["period_grain"].str.startswith("roll") | (exact["geography_kind"] == "nation")].copy()
    for column in ("denominator", "numerator", "unknown", "out_of_scope", "stale", "not_yet_due"):
        rows[column] = (rows[column].astype("Int64") + 2) // 5 * 5
    base, counted = rows["denominator"], rows[["numerator", "denominator"]].min(axis=1).astype("Int64")
    rows["numerator"] = counted.where(rows["numerator"].notna())
    is_shown = (base >= 30).fillna(False)
    for column in ("lower", "upper", "value", "value_all_in", "value_if_unknown_all_good", "value_if_unknown_all_bad"):
        rows[column] = rows[column].astype("Float64").where(is_shown)
    is_share = rows["numerator"].notna()
    rows.loc[is_share, "value"] = (counted / base).where(is_shown)[is_share]
    rows["interval_method"] = rows["interval_method"].where(rows["lower"].isna(), "wilson_rounded")
    rows["marks"] = "" + pd.Series("[c]", index=rows.index).where(~is_shown & (base > 0), "") + pd.Series("[u]", index=rows.index).where(
        is_shown & (base < 100), ""
    )
    return rows[rows[["denominator", "unknown", "out_of_scope", "stale", "not_yet_due"]].gt(0).any(axis=1)]


def thresholds(**moved: float) -> pd.DataFrame:
    """Thresholds in force since 2020, each with an ended and a coming row of another value; `moved` ones have another value."""
    return pd.DataFrame(
        [
            {
                "threshold": name,
                "value": float(value),
                "unit": "",
                "description": f"Invented meaning of {name}",
                "valid_from": first,
                "valid_to": last,
                "source": "Invented",
                "verified": True,
            }
            for name, now in (THRESHOLDS | moved).items()
            for value, first, last in ((-1, "1900-01-01", "2019-12-31"), (now, "2020-01-01", "2029-12-31"), (-2, "2030-01-01", None))
        ]
    ).astype({"valid_from": "datetime64[us]", "valid_to": "datetime64[us]"})


def comparators() -> pd.DataFrame:
    """Beside M50 two years of official figures and a target nobody confirmed, beside M51 a sample with counts, beside M62 one that is not comparable."""
    note = "85.7% housed and 40% settled answer different questions."
    rows = [
        ("near", "M50", "Official housed", "2022/23", 0.857, None, None, "comparator", True, note, "2022-05-01", "2023-03-31", True),
        ("far", "M50", "Official housed", "2019/20", 0.84, None, None, "comparator", True, note, "2019-04-01", "2020-03-31", True),
        ("aim", "M50", "Invented target", "", 0.9, None, None, "target", True, "Invented aim.", None, None, False),
        ("sample", "M51", "Invented sample settled", "2022", 0.4, 37, 93, "comparator", True, note, "2022-05-01", "2022-08-31", True),
        ("other", "M62", "Invented work", "2022", 0.04, 4, 93, "comparator", False, "Another base.", "2022-02-01", "2022-08-31", True),
    ]  # fmt: skip
    names = "comparator_id measure_id label period value numerator denominator kind is_comparable comparability_note valid_from valid_to verified".split()
    frame = pd.DataFrame(rows, columns=names).assign(geography="England and Wales", source="Invented source")
    limits = [
        _wilson(int(k), int(n)) if pd.notna(n) else (None, None) for k, n in zip(frame["numerator"], frame["denominator"], strict=True)
    ]
    frame["lower"], frame["upper"] = zip(*limits, strict=True)
    return frame.astype({"valid_from": "datetime64[us]", "valid_to": "datetime64[us]"})


def _claims() -> pd.DataFrame:
    rows = []
    cells = {"achieved": 26, "not_achieved": 7, "unknown": 4, "not_yet_due": 3, "out_of_scope": 2}
    for provider in PROVIDERS:
        for domain, fee in (("accommodation", 310.0), ("employment", 240.5), ("finance", 95.0), ("wellbeing", 60.0)):
            own = {"no_outcome_defined": 9} if domain == "wellbeing" else {"not_yet_due": 11} if provider in NOT_DUE else cells
            for cell, count in own.items():
                for number in range(count):
                    rows.append(
                        {
                            "claim_id": f"{provider}-{domain}-{cell}-{number}", "contract_id": f"C-{provider}", "provider": provider,
                            "sub_provider": None, "person_id": f"invented-{number}",
                            # The first three of each are of somebody's release, of which one is in a region and one in another.
                            "release_id": f"r{number}" if number < 3 else None, "task_code": f"T-{domain}",
                            "task_name": f"Invented {domain} task", "period": "2022-03", "prison": "BXI", "domain": domain, "task_date": pd.Timestamp("2022-03-01").date(), "submitted_ts": pd.Timestamp("2022-04-01"),
                            "amount": fee, "is_reversal": False, "is_reversed": False, "paid_on_reversed": None, "paid_amount": None if number % 5 == 4 else fee,
                            "outcome_cell": cell, "source": "provider_invented", "net": fee, "waterfall": "tested", "s1_amount": fee if number == 0 else 0.0,
                            "s2_amount": 0.0, "s3_amount": 0.0, "primary_rule": "R01" if number == 0 else None, "cured_rules": None,
                            "rules_applied": 3, "rules_passed": 2 if number == 0 else 3,
                        }
                    )  # fmt: skip
    return pd.DataFrame(rows)


def _claim_tests() -> pd.DataFrame:
    """The first claim of each provider, domain and cell fails one rule, the second cannot be tested against another, the third has a signal."""
    claims = _claims()
    told = {"source": "provider_invented", "rule_version": 1, "class": "E", "is_changed_since": False, "evidence": '{"task_date": "2022-03-01", "left": null}'}
    first, second = (claims[claims["claim_id"].str.endswith(f"-{n}")] for n in (0, 1))
    of = ["claim_id", "contract_id", "provider", "domain", "task_date"]
    failed = first[[*of, "amount"]].rename(columns={"amount": "amount_at_risk"}).assign(
        rule_id="R01", result="fail", reason=None, severity="S1", known_then="pass", **told | {"is_changed_since": True})  # fmt: skip
    untested = second[of].assign(rule_id="R11", result="not_testable", reason="no_column", severity="S1", known_then=None, amount_at_risk=0.0, **told)
    signalled = claims[claims["claim_id"].str.endswith("-2")][of].assign(
        rule_id="R20", result="fail", reason=None, severity="S3", known_then="fail", amount_at_risk=0.0, **told | {"class": "Q"})  # fmt: skip
    return pd.concat([failed, untested, signalled], ignore_index=True)


def _payment_measures(providers) -> pd.DataFrame:
    """Each payment measure of a year, of the nation and each provider, and for outcomes people like them."""
    places = [("nation", "EW"), *(("provider", one) for one in providers)]
    counted = {"lower": 0.2, "upper": 0.6, "unknown": 6, "not_yet_due": 7, "amount": 990.0, "amount_counted": 400.0}
    return pd.DataFrame(
        [{"measure_id": one, "cohort": cohort, "period_grain": "year", "period_start": pd.Timestamp("2021-04-01").date(), "geography_kind": kind, "geography_id": place,
          "numerator": 11, "numerator_sure": 9, "denominator": 33, "expected": 22.0 if one == "P07" and kind == "provider" else None, **counted}
         for kind, place in places for one in ("P01", "P02", "M07", "M08", "P04", "P06", "P07", "P11_housed", "P14")
         for cohort in (("paid", "comparison") if one in ("P06", "P07") else ("paid",))])  # fmt: skip


def _rule_counts(providers) -> pd.DataFrame:
    """What is listed of each provider among what was tested: as many again pass."""
    listed = [
        *_claim_tests()[["rule_id", "contract_id", "provider", "result"]].itertuples(index=False),
        *_contract_tests(providers)[["rule_id", "contract_id", "provider", "result"]].fillna("").itertuples(index=False),
    ]
    counted = pd.DataFrame(listed).groupby(["rule_id", "contract_id", "provider"], as_index=False).agg(
        failed=("result", lambda found: int((found == "fail").sum())), unknown=("result", lambda found: int((found != "fail").sum())))  # fmt: skip
    return counted.assign(passed=counted["failed"] * 3, not_yet_due=2)


SIGNALS = ("R20", "R23", "R24", "R30", "R47", "R50", "R51", "R52")


def _rules() -> pd.DataFrame:
    return pd.DataFrame(
        [{"rule_id": rule, "rule_version": "1", "name": f"Invented rule {rule}", "question": f"Is it as {rule} asks?", "class": "Q" if rule in SIGNALS else "E",
          "severity": "S3" if rule in SIGNALS else "S1", "severity_note": None, "logic": f"Invented: it is not as {rule} asks.", "evidence": "left", "motive": "Invented motive",
          "document": "Invented document of 2016", "how_to_resolve": "Invented: ask.", "tables_needed": "provider__plan;provider__contact", "day_tested": "task_date",
          "valid_from": pd.Timestamp("1900-01-01").date(), "valid_to": None, "source": "Invented", "verified": True}
         for rule in ("R01", "R11", "R54", *SIGNALS)]).astype({"valid_to": "datetime64[us]"})  # fmt: skip


def _contract_tests(providers) -> pd.DataFrame:
    """Of each provider a service level that was not credited, a task with too many claims at the end of its period, and a day and a year of an author."""
    told = {"rule_version": 1, "result": "fail", "reason": None}
    rows = []
    for one in providers:
        subjects = [
            ("R54", "service_level", f"C-{one}|PLAN5|2022-03", f"C-{one}", "E", "S1", 37.5, "{}"),
            ("R51", "task_period", f"C-{one}|2022-03|T-accommodation", f"C-{one}", "Q", "S4", 0.0, '{"n": 40, "x": 14, "working_days": 21}'),
            ("R50", "author_day", f"provider_{one}|author-of-{one}|2022-03-01", None, "Q", "S3", 0.0, '{"records": 19, "standard_minutes": null}'),
            ("R52", "author_year", f"provider_{one}|author-of-{one}|2021", None, "Q", "S4", 0.0, '{"records": 50, "on_days_off": 15}'),
        ]
        rows += [
            {"rule_id": rule, "subject_kind": kind, "subject_id": subject, "contract_id": contract, "provider": one, "period": "2022-03", **told, "class": class_,
             "severity": severity, "amount_at_risk": amount, "evidence": evidence}
            for rule, kind, subject, contract, class_, severity, amount, evidence in subjects
        ]  # fmt: skip
    return pd.DataFrame(rows)


# Under restriction: of one no region is known, the other is of the first.
LIMITED = ("invented5", "invented0")


def _due(as_of: str) -> pd.DataFrame:
    """Six planned releases: two with nowhere to go, two not known, one temporary, one settled; the last has all its papers."""
    states = [
        ("settled", None, "proposed", "Settled, independent"), ("none", "no_record", None, None), ("homeless", None, "proposed", "Homeless"),
        ("unconfirmed", "pre_custody_record", "main", None), ("temporary", None, "prison", "Transient, with friends/family"), ("unknown", "not_linked", None, None),
    ]  # fmt: skip
    urgency = {"homeless": 1, "none": 1, "unknown": 2, "unconfirmed": 2, "temporary": 3, "settled": 4}
    rows = []
    for number, (state, reason, source, status) in enumerate(states):
        full, days = number == 0, 80 - 15 * number
        rows.append(
            {
                "booking_id": f"booking{number}", "person_id": f"invented{number}", "days_to_go": days,
                "planned_date": (pd.Timestamp(as_of) + pd.Timedelta(days=days)).date(), "release_type": "CR", "releasing_prison": "MDI" if number % 2 else "BXI",
                "supervising_region": ["N07", "N56", None][number % 3], "pdu": "N07CROY" if number % 3 == 0 else None, "team": "N07T01" if full else None,
                "team_name": "Invented team" if full else None, "officer_code": "N07A001" if full else None, "provider": "aster" if full else None,
                "provider_basis": "crs_referral" if full else None, "home_state": state, "home_reason": reason, "home_source": source, "home_status": status,
                "photo_id": "yes" if full else "unknown", "bank_account": "no" if full else "unknown", "checklist_on": None,
                "officer": "yes" if full else "no" if number == 1 else "unknown", "officer_reason": None if full else "unallocated" if number == 1 else "not_linked",
                "officer_since": pd.Timestamp("2023-05-01").date() if full else None, "handover": "done" if full else "overdue" if number == 1 else "unknown",
                "handover_due_on": pd.Timestamp("2023-06-01").date() if number < 2 else None,
                "handover_done_on": pd.Timestamp("2023-05-20").date() if full else None, "urgency": urgency[state], "unknowns": 0 if full else 3,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


TOKENS = [letter * 24 for letter in "abcdef"]


def _links() -> pd.DataFrame:
    """Five doubtful pairs: a case and a prisoner, two provider's records, one of a person already, and one that was decided on and is
    no longer compared. The triangle of tokens a, b and c is whole."""
    a, b, c, d, e, f = TOKENS
    rows = [
        # left, right, sources, persons, weight, name, birth date, number, releases, money, outcomes, decision
        (a, b, ("nomis", "ndelius"), ("invented1", "invented2"), 11.4, "agrees", "agrees partly", "not known", 2, 1310.5, 9, None),
        (b, c, ("ndelius", "provider_aster"), ("invented2", None), 9.0, "agrees", "differs", "agrees", 0, 310.0, 1, None),
        (a, c, ("nomis", "provider_aster"), ("invented1", None), 13.2, "agrees partly", "agrees", "not known", 2, 310.0, 1, None),
        (d, e, ("ndelius", "provider_birch"), ("invented3", "invented3"), 6.1, "differs", "agrees", "agrees", 1, 0.0, 0, None),
        (e, f, ("provider_birch", None), ("invented3", None), None, None, None, None, 1, 0.0, 0, "same"),
    ]  # fmt: skip
    made = []
    for rank, (left, right, sources, persons, weight, name, born, number, releases, money, outcomes, decision) in enumerate(rows, 1):
        sides = {}
        for side, source, person in zip(("left", "right"), sources, persons, strict=True):
            is_claimed = source == "provider_aster"
            sides |= {
                f"{side}_source": source, f"{side}_person_id": person, f"{side}_delivery": source and f"{source}/2023-06-15",
                f"{side}_file": source and "INVENTED.csv", f"{side}_row_number": 1200 + rank if source else None,
                f"{side}_claims": "K1;K2" if is_claimed else None,
            }  # fmt: skip
        known = {"name_agreement": name, "born_agreement": born, "prison_number_agreement": number}
        others = ("home", "sentence", "case_number", "police_number", "record_office_number")
        made.append(
            {"pair_id": f"{left}-{right}", "left_record": left, "right_record": right, **sides, "is_one_person": persons[0] == persons[1], "weight": weight,
             **known, **{f"{one}_agreement": "not known" if weight else None for one in others}, "releases": releases, "money": money, "outcomes": outcomes,
             "decision": decision, "decided_at": pd.Timestamp("2026-11-22 14:05:00") if decision else None, "rank": rank}
        )  # fmt: skip
    texts = [f"{side}_{one}" for side in ("left", "right") for one in ("source", "person_id", "delivery", "file", "claims")]
    return pd.DataFrame(made).astype(dict.fromkeys(texts, "string") | {"decided_at": "datetime64[us]"})


def _tables(as_of: str, providers: dict[str, str], scale: float) -> dict[str, dict[str, pd.DataFrame]]:
    exact = results(providers, scale)
    exact["vintage"] = pd.Timestamp(as_of).date()
    dated = {"valid_from": None, "valid_to": None}
    protected = {
        "fct_measure_result": controlled(exact),
        "dim_measure": pd.DataFrame(
            [
                {
                    "measure_id": one[0], "name": one[1].lower().replace(" ", "_"), "label": one[1],
                    "definition": f"Invented definition of “{one[1].lower()}”, long enough to wrap on a telephone.",
                    "numerator_label": one[2], "denominator_label": one[3], "domain": one[4], "unit": one[5], "direction": one[6],
                    "day": one[7], "clock": None, "source": "Invented source", "comparability_note": one[9], "is_payment": one[8],
                    "sentence": SENTENCES.get(one[0]), "is_headline": one[0] in SENTENCES, "headline_order": number + 1 if one[0] in HEADLINES else None, "kind": {"M73": "composition", "M71": "recall_within"}.get(one[0], "status_at"), "split_by": "recall_type" if one[0] == "M73" else None, "official_code": "INV1" if one[0] == "M50" else None, "sort_order": number, "valid_from": None, "valid_to": None, "verified": number % 2 == 0,
                }
                for number, one in enumerate(MEASURES)
            ]
        ),
        "dim_region": pd.DataFrame(
            [{"region": one, "name": name, "kind": "region", "current_region": one, **dated} for one, name in REGIONS.items()]
            + [{"region": "OLD", "name": "Invented old division", "kind": "nps_division", "current_region": None, **dated}]
        ),
        "dim_prison": pd.DataFrame([{"prison": one, "name": name, **dated} for one, name in {"BXI": "Invented Brixton", "MDI": "Invented Moorland"}.items()]),
        "dim_pdu": pd.DataFrame([{"pdu": f"{region}{letter}", "name": f"Invented unit {letter} of {name}", "region": region} for region, name in REGIONS.items() for letter in "AB"]),
        "dim_provider": pd.DataFrame([{"provider": one, "name": name, "kind": "crs", **dated} for one, name in providers.items()]),
        "dim_definition": pd.DataFrame(
            [
                {"decision_id": "release_unit", "topic": "Releases", "title": "What is counted", "text": "Figures count releases, not people.", "source": "Invented", "is_built": True},
                {"decision_id": "release_age", "topic": "Releases", "title": "Age", "text": "Age is in whole years.", "source": "Invented", "is_built": False},
            ]
        ),
        "dim_policy_break": pd.DataFrame(
            [
                {"break_id": "spring", "date": "2022-04-15", "label": "Invented spring change", "domains": "accommodation;recall", "description": "Invented change.", "verified": True},
                {"break_id": "work", "date": "2022-05-01", "label": "Invented work change", "domains": "employment", "description": "Invented change.", "verified": True},
                {"break_id": "old", "date": "2014-06-01", "label": "Invented old change", "domains": "accommodation;employment;recall", "description": "Invented change.", "verified": True},
            ]
        ).astype({"date": "datetime64[us]"}),
        "dim_shorthand": pd.DataFrame(
            [{"shorthand": mark, "meaning": meaning, "sort_order": number} for number, (mark, meaning) in enumerate(
                {"[c]": "Confidential", "[u]": "Low reliability", "[p]": "Provisional", "[b]": "Break", "[r]": "Revised", "[x]": "Not available", "[z]": "Not applicable"}.items())]
        ),
        "dim_official_series": pd.DataFrame(
            [{"measure_id": "M50", "official_code": "INV1", "from_month": first, "to_month": last, "published_on": on, "source": "Invented", "verified": verified}
             for first, last, on, verified in (("2022-02-01", "2022-04-01", "2022-07-28", True), ("2022-05-01", "2022-08-01", "2023-07-27", False))]
        ).astype({"from_month": "datetime64[us]", "to_month": "datetime64[us]", "published_on": "datetime64[us]"}),
        "dim_publication": pd.DataFrame(
            [{"item": item, "value": value, "source": "Invented", "verified": verified}
             for item, value, verified in (("licence", "https://example.org/invented-licence", False), ("contact", "Invented contact", True), ("status", "Invented status", True))]),
        "dim_characteristic": pd.DataFrame([{"characteristic": one, "name": name, "sort_order": number} for number, (one, name) in enumerate(WAYS.items())]),
        "dim_threshold": thresholds(),
        "dim_finding": pd.DataFrame(
            [{"finding": "unknown_code", "meaning": "An invented code stands in no list.", "figures": "Invented status.", "how_to_resolve": "Deliver the list."}]),
        "fct_gap": pd.DataFrame(
            [{"source": "ndelius", "table": "ndelius__recall", "unread_records": 2, "lost_records": 1, "earlier_stands": True, "figures": "Invented recall"}]),
        "dim_comparator": comparators(),
        "dim_rule": _rules(),
        "fct_claimed_paid_achieved": pd.DataFrame(
            [{"provider": one, "provider_name": name, "domain": "accommodation", "period_start": pd.Timestamp("2022-01-01").date(), "people_claimed": 40, "claims": 40,
              "amount_claimed": 1240.0, "people_paid": 35, "amount_paid": 1090.0, "achieved": 25, "not_achieved": 5, "unknown": 5, "not_yet_due": 0, "out_of_scope": 0, "marks": ""}
             for one, name in providers.items()]),
        "dim_contract": pd.DataFrame([{"contract_id": f"C-{one}", "name": f"Invented contract of {one}", "provider": one} for one in providers]),
    }  # fmt: skip
    restricted = {
        "fct_measure_result": exact,
        "fct_claim": _claims(),
        "fct_claim_test": _claim_tests(),
        "fct_contract_test": _contract_tests(providers),
        "fct_rule_count": _rule_counts(providers),
        "fct_credit": pd.DataFrame(
            [{"kind": "payment", "credit_ref": "invented-credit", "source": "provider_invented", "claim_id": "nobody", "subject_id": None, "amount": 1.0}]).astype({"subject_id": "string"}),
        "fct_reconciliation": pd.DataFrame(
            [{"contract_id": f"C-{one}", "period": "2022-03", "line": line, "n": n, "amount": amount}
             for one in providers for line, n, amount in (("claimed", 12, 1240.0), ("paid", 9, 930.0), ("difference", 0, 310.0))]),
        "fct_what_if": pd.DataFrame(
            [{"terms_id": "task_done", "provider": one, "claims": 12, "persons": n, "as_priced": 1240.0, "under_terms": 1000.0, "difference": -240.0,
              "difference_margin": None if n < 10 else 51.5, "under_terms_low": 900.0, "under_terms_high": 1100.0, "unknown": 1, "not_yet_due": 2, "not_yet_due_amount": 50.0}
             for n, one in enumerate(providers, start=9)]),
        "fct_payment_measure": _payment_measures(providers),
        "fct_release_provider": pd.DataFrame(
            [{"release_id": f"r{number}", "provider": one, "contract_id": "C", "basis": basis, "domain": None}
             for one in providers for number, basis in enumerate(("prison_contract", "crs_referral", "paid_task"))]
        ).astype({"domain": "string"}),
        "fct_due_release": _due(as_of),
        "fct_link_review": _links(),
        "fct_person_change": pd.DataFrame(
            [{"as_of": pd.Timestamp("2023-06-30").date(), "since": pd.Timestamp("2023-05-31").date(), "person_id_before": before, "person_id": f"invented{number}", "records": 2,
              "change": change, "cause": cause} for number, (before, change, cause) in enumerate([("old1", "parted", "decision"), ("old1", "parted", "decision"), ("old2", "renamed", "delivery")])]
        ),
        "fct_limited_access": pd.DataFrame([{"person_id": one, "is_under_restriction": True, "is_under_exclusion": False} for one in LIMITED]),
        "fct_release": pd.DataFrame(
            [{"release_id": f"r{number}", "person_id": person, "release_date": pd.Timestamp(day).date(), "releasing_prison": prison, "supervising_region": region, "pdu": region and f"{region}UNIT"}
             for number, (person, day, prison, region) in enumerate([("invented1", "2022-02-01", "BXI", "N07"), ("invented1", "2022-07-01", "MDI", None), ("invented3", "2022-03-01", "MDI", "N56")])]
        ),
        "fct_row_account": pd.DataFrame(
            [
                {"delivery": "nomis/2023-06-15", "file": "OFFENDERS.csv", "rows_read": 1010, "rows_loaded": 1000, "rows_rejected": 3, "rows_quarantined": 7, "rows_refused": 0},
                {"delivery": "ndelius/2023-06-15", "file": "RECALL.csv", "rows_read": 40, "rows_loaded": 39, "rows_rejected": 0, "rows_quarantined": 0, "rows_refused": 0},
            ]
        ),
        "fct_evidence": pd.DataFrame(
            [{"subject_kind": kind, "subject_id": subject, "subject_source": "provider_invented" if kind == "claim" else "", "source": "provider_invented", "delivery": "d", "file": "f", "row_number": 3, "row_hash": "invented-hash"}
             for kind, subject in (("status", "r1:accommodation:0"), ("status", "r1:accommodation:28"), ("release", "r2"), ("claim", f"{next(iter(PROVIDERS))}-accommodation-achieved-0"), ("due_release", "booking5"))]),
        "fct_quarantine": pd.DataFrame([{"delivery": "nomis/2023-06-15", "file": "OFFENDERS.csv", "row_number": 4, "table": "OFFENDERS", "reason": "end before start"}]),
        "fct_money_set_aside": pd.DataFrame(
            [{"delivery": "provider_aster/2023-06-15", "file": "CLAIM.csv", "row_number": number, "table": "provider__claim", "reason": reason, "money": money}
             for number, (reason, money) in enumerate([("key_twice:claim_id", 100.0), ("key_twice:claim_id", 12.5), ("unreadable_money:amount", None)])]),
        "fct_finding": pd.DataFrame(
            [{"finding": "unknown_code", "subject_kind": "row", "subject_id": None, "delivery": "d", "file": "f", "row_number": 3, "n": 2},
             {"finding": "referral_person_not_linked", "subject_kind": "row", "subject_id": None, "delivery": "d", "file": "f", "row_number": 4, "n": 1}]),
    }  # fmt: skip
    return {"protected": protected, "restricted": restricted}


# Pounds that payment cases are made of are decimal.
MONEY = {"fct_claim": "amount", "fct_claim_test": "amount_at_risk", "fct_contract_test": "amount_at_risk", "fct_credit": "amount"}
# What of a table is told by a name, or by the id of a person.
NAMED = ("name", "label", "title", "person_id", "person_id_before", "left_person_id", "right_person_id")


def _marked(rows: pd.DataFrame, mark: str) -> pd.DataFrame:
    return rows.assign(**{one: rows[one].map(lambda said: f"{said}{mark}", na_action="ignore") for one in NAMED if one in rows})


@cache
def _files(as_of: str, more_providers: int, scale: float, mark: str) -> dict[str, dict[str, bytes]]:
    """Side -> table -> what its Parquet file holds."""
    providers = PROVIDERS | {f"extra{number}": f"Extra Invented Provider {number}" for number in range(more_providers)}
    made: dict[str, dict[str, bytes]] = {}
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        for side, tables in _tables(as_of, providers, scale).items():
            for table, rows in tables.items():
                rows = _marked(rows, mark)
                money = f"replace (cast({MONEY[table]} as decimal(18, 2)) as {MONEY[table]})" if MONEY.get(table) in rows else ""
                connection.register("rows", rows.convert_dtypes() if table == "fct_measure_result" else rows)
                connection.execute(f"copy (select * {money} from rows) to '{folder}/{table}.parquet' (format parquet)")
                made.setdefault(side, {})[table] = Path(folder, f"{table}.parquet").read_bytes()
    return made


def publish(
    home: Path, edition_id: str = "invented-1", as_of: str = "2023-06-30", drop=(), more_providers: int = 0, scale: float = 1.0, mark: str = ""
) -> Path:
    """Write an edition into `home` and move the pointer to it. `drop` names (side, table) pairs to leave out; `mark` stands at the end of each
    name and each id of a person."""
    folder = published(home) / edition_id
    # It takes a second, and most tests ask for the same; not where a test has put something else in the place of a part.
    made = _files if all(globals()[name] is part for name, part in AS_WRITTEN.items()) else _files.__wrapped__
    for side, tables in made(as_of, more_providers, scale, mark).items():
        (folder / side).mkdir(parents=True, exist_ok=True)
        for table, content in tables.items():
            if (side, table) not in drop:
                (folder / side / f"{table}.parquet").write_bytes(content)
    manifest = {
        "edition_id": edition_id, "as_of": as_of, "code_version": "0", "files": [{"delivery": "nomis/2023-06-15", "file": "ADDRESSES.csv", "accepted": False}, {"delivery": "nomis/2023-06-15", "file": "OFFENDERS.csv", "accepted": True}], "tables": {},
        "watermarks": {"nomis__offenders": "2023-06-15", "ndelius__recall": "2023-05-31", "provider__claim": None},
        "refused": [{"delivery": "nomis/2023-06-15", "table": "ADDRESSES", "reason": "column POSTCODE is missing"}],
        "checks": {"declared": 40, "executed": 40, "failed": 1, "by": {"landing": {"declared": 40, "executed": 40, "failed": 1}}},
    }  # fmt: skip
    write_whole(folder / MANIFEST, json.dumps(manifest))
    for door, suite, success in (("landing", "nomis__offenders", True), ("landing", "nomis__addresses", False), ("edition", "published_tables", True)):
        (home / "doors" / door).mkdir(parents=True, exist_ok=True)
        write_whole(home / "doors" / door / f"{suite}.html", f"<h1>Invented results of {suite}</h1>")
        write_whole(home / "doors" / door / f"{suite}.json", json.dumps({"suite_name": suite, "success": success}))
    # Last, for somebody may be looking.
    write_whole(pointer(home), edition_id)
    return folder


AS_WRITTEN = dict(globals())


def open_cases(home: Path, run_id: str = "invented-run") -> None:
    """Hold the rules of the edition in force against the payment cases of its home, as a refresh does."""
    edition, at = current(home), datetime(2023, 7, 3, 9, 0)
    use = Use(edition, at.astimezone(), the_product("Invented refresh"), "Invented: opening payment cases")
    case_run.apply_run(home, case_records.Run(run_id, edition.edition_id, date.fromisoformat(edition.as_of), at), case_edition.results(edition, use))


if __name__ == "__main__":
    import sys

    # HOME, or HOME EDITION SCALE for an edition whose numbers and names tell it from others.
    home, *other = sys.argv[1:]
    if other:
        publish(Path(home), other[0], scale=float(other[1]), mark=f"-{other[0]}")
    else:
        publish(Path(home))
