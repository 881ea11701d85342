"""An invented edition with releases behind its figures: two regions over three years, every result counted from the same rows."""

from pathlib import Path

import numpy as np
import pandas as pd

from ground.statistics import wilson
from tests.conftest import file_of
from tests.dashboard import invented

AS_OF = "2023-06-30"
MONTHS = pd.date_range("2020-01-01", "2023-05-01", freq="MS")
A_MONTH = {"N07": 60, "N03": 14}
PLACED = ("settled", "temporary", "homeless_rough", "homeless_other")
# (measure, chance, from when the chance is another, that chance)
MEASURED = {"M50": (0.85, None, 0.0), "M51": (0.45, None, 0.0), "M62": (0.2, None, 0.0), "M71": (0.12, "2022-10-01", 0.45)}


def releases() -> pd.DataFrame:
    """One row a release: with its first night, its recall, its work, and where it was at three months."""
    chance = np.random.default_rng(11)
    rows = []
    for month in MONTHS:
        for region, many in A_MONTH.items():
            for _ in range(many):
                number = len(rows)
                day = month + pd.Timedelta(days=int(chance.integers(0, 27)))
                rows.append(
                    {
                        "release_id": f"rel{number:05d}", "person_id": f"invented-person-{number}", "release_date": day.date(), "release_type": "CR",
                        "releasing_prison": str(chance.choice(["BXI", "MDI"])), "supervising_region": region, "pdu": f"{region}{chance.choice(list('AB'))}",
                        "sex": "Female" if chance.random() < 0.2 else "Male", "is_on_licence": bool(chance.random() < 0.95),
                        "licence_end_date": (day + pd.Timedelta(days=int(chance.integers(20, 400)))).date(),
                        "night": str(chance.choice(PLACED, p=[0.45, 0.4, 0.05, 0.1])) if chance.random() < 0.95 else "unknown",
                        "later": str(chance.choice(["settled", "temporary", "homeless_other", "unknown", "in_custody_recall"], p=[0.5, 0.2, 0.1, 0.1, 0.1])),
                        "works": bool(chance.random() < 0.2), "recalled_on": int(chance.integers(0, 60)) if chance.random() < (0.45 if day >= pd.Timestamp("2022-10-01") else 0.2) else None,
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def persons(rows: pd.DataFrame) -> pd.DataFrame:
    """fct_measure_person of M50, M51, M62 and M71."""
    made = []
    for one in rows.itertuples(index=False):
        is_known = one.night != "unknown"
        for measure, counts in (("M50", one.night in ("settled", "temporary")), ("M51", one.night == "settled")):
            made.append((measure, one.release_id, is_known, is_known and counts, "observed" if is_known else "unknown", None if is_known else "no_record"))
        made.append(("M62", one.release_id, True, one.works, "observed", None))
        is_recalled = bool(one.is_on_licence and one.recalled_on == one.recalled_on and one.recalled_on is not None and one.recalled_on <= 28)
        made.append(("M71", one.release_id, one.is_on_licence, is_recalled, "observed" if one.is_on_licence else "out_of_scope", None))
    frame = pd.DataFrame(made, columns=["measure_id", "release_id", "in_denominator", "in_numerator", "state", "reason"])
    return frame.assign(evidence_date=pd.NaT, is_stale=False, days=np.nan)


def results(rows: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    """fct_measure_result, exact, counted from the rows: months, quarters and years of the nation and of regions, by sex too in years."""
    whole = counted.merge(rows[["release_id", "release_date", "supervising_region", "sex"]], on="release_id")
    dated = pd.to_datetime(whole["release_date"])
    starts = {"month": dated.dt.to_period("M").dt.start_time, "quarter": dated.dt.to_period("Q").dt.start_time, "year": dated.dt.to_period("Y-MAR").dt.start_time}
    made = []
    for grain, start in starts.items():
        cells = whole.assign(start=start)
        for kind, place in (("nation", "EW"), *(("region", one) for one in A_MONTH)):
            own = cells if kind == "nation" else cells[cells["supervising_region"] == place]
            for way in ("all", *(["sex"] if grain == "year" else [])):
                values = own.assign(value="all") if way == "all" else own.assign(value=own["sex"])
                for (measure, begins, value), held in values.groupby(["measure_id", "start", "value"]):
                    made.append(_row(measure, grain, begins, kind, place, way, value, held))
    return pd.DataFrame(made)


def _row(measure, grain, begins, kind, place, way, value, held) -> dict:
    n, of, unknown = int(held["in_numerator"].sum()), int(held["in_denominator"].sum()), int((held["state"] == "unknown").sum())
    low, high = wilson(n, of) if of else (None, None)
    everyone = of + unknown
    return {
        "measure_id": measure, "period_grain": grain, "period_start": begins.date(), "geography_kind": kind, "geography_id": place, "characteristic": way,
        "characteristic_value": value, "numerator": n, "denominator": of, "value": n / of if of else None, "lower": low, "upper": high, "interval_method": "wilson" if of else None,
        "value_all_in": n / everyone, "unknown": unknown, "not_yet_due": 0, "out_of_scope": int((held["state"] == "out_of_scope").sum()), "stale": 0,
        "value_if_unknown_all_good": (n + unknown) / everyone, "value_if_unknown_all_bad": n / everyone, "status": "final", "vintage": pd.Timestamp(AS_OF).date(),
    }  # fmt: skip


def case_mix(rows: pd.DataFrame, counted: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """fct_case_mix and fct_case_mix_model of M50: everybody has the chance of everybody of their sex."""
    known = counted[(counted["measure_id"] == "M50") & counted["in_denominator"]].merge(rows, on="release_id")
    chance = known.groupby("sex")["in_numerator"].transform("mean").astype(float)
    known = known.assign(chance=chance, spread=chance * (1 - chance))
    places = [("nation", "EW", known), *(("region", one, known[known["supervising_region"] == one]) for one in A_MONTH), *(("pdu", str(one), held) for one, held in known.groupby("pdu"))]
    cases = pd.DataFrame(
        [{"measure_id": "M50", "geography_kind": kind, "geography_id": place, "releases": len(held), "observed": int(held["in_numerator"].sum()), "expected": float(held["chance"].sum()),
          "variance": float(held["spread"].sum()), "unknown": 3, "not_yet_due": 0, "out_of_scope": 1} for kind, place, held in places]
    )  # fmt: skip
    told = {"measure_id": "M50", "first_day": MONTHS[0].date(), "last_day": pd.Timestamp("2023-05-31").date()}
    ordered = known.sort_values("chance", kind="stable").reset_index(drop=True)
    parts = [ordered.iloc[part] for part in np.array_split(np.arange(len(ordered)), 10)]
    model = pd.DataFrame(
        [told | {"part": "coefficient", "term": term, "level": level, "value": value, "error": 0.1} for term, level, value in (("intercept", "", 1.7), ("sex", "Female", 0.05))]
        + [told | {"part": "tenth", "term": "tenth", "level": f"{number:02d}", "releases": len(one), "observed": int(one["in_numerator"].sum()), "expected": float(one["chance"].sum())}
           for number, one in enumerate(parts, 1)]
        + [told | {"part": "fit", "term": "c_statistic", "level": "", "value": 0.53, "releases": len(known), "observed": int(known["in_numerator"].sum())}]
    )  # fmt: skip
    return cases, model


def publish(home: Path) -> pd.DataFrame:
    """Publish it in a home; returns the releases."""
    invented.publish(home)
    rows = releases()
    counted = persons(rows)
    exact = results(rows, counted)
    statuses = pd.concat(
        [
            pd.DataFrame(
                {
                    "release_id": rows["release_id"], "domain": "accommodation", "day": day, "official_class": rows[at].where(rows[at].isin(PLACED)),
                    "state": ["observed" if one in PLACED else "unknown" if one == "unknown" else "out_of_scope" for one in rows[at]],
                    "state_reason": ["no_record" if one == "unknown" else one if one not in PLACED else None for one in rows[at]],
                }
            )
            for day, at in ((0, "night"), (91, "later"))
        ]
    )  # fmt: skip
    recalled = rows.dropna(subset=["recalled_on"])
    recalls = pd.DataFrame({"release_id": recalled["release_id"], "days_to_recall": recalled["recalled_on"].astype(int)})
    evidence = pd.DataFrame(
        [
            {"subject_kind": kind, "subject_id": subject, "subject_source": "", "source": "ndelius", "delivery": "ndelius/2023-06-15", "file": file, "row_number": number, "row_hash": f"{number:032x}"}
            for number, one in enumerate(rows["release_id"], 1)
            for kind, subject, file in (("release", one, "RELEASE.csv"), ("status", f"{one}:accommodation:0", "OFFENDER_ADDRESS.csv"))
        ]
    )  # fmt: skip
    exact = exact.convert_dtypes()
    cases, model = case_mix(rows, counted)
    for table, side, held in (
        ("fct_release", "restricted", rows.drop(columns=["night", "later", "works", "recalled_on"])), ("fct_measure_person", "restricted", counted),
        ("fct_release_status", "restricted", statuses), ("fct_recall", "restricted", recalls), ("fct_measure_result", "restricted", exact),
        ("fct_measure_result", "protected", invented.controlled(exact)), ("fct_evidence", "restricted", evidence),
        ("fct_case_mix", "restricted", cases), ("fct_case_mix_model", "restricted", model),
    ):  # fmt: skip
        path = Path(file_of(home, "dim_region", "protected")).parents[1] / side / f"{table}.parquet"
        held.to_parquet(path)
    return rows
