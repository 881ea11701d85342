"""`make train-linkage`: the linkage model estimated anew, from the records of a home. Never part of a refresh.

Writes a model and a report into a folder; a person reads the report and puts the model into seeds/linkage, or does not. How often a
level agrees by chance comes from pairs of persons, one record of each; how often it agrees in records of one person from pairs that
have a number, or name and birth date, in common. A level seen too rarely keeps what the model in force says. Thresholds, the odds that two
records are one person and what is compared stay as they are.
"""

from __future__ import annotations

import argparse
import copy
import json
import logging
import sys
from datetime import date
from math import log2
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ground.sql import literal
from orchestration.linkage.model import NUMBERS, compared, linker, model, scored_pairs

SEED, SAMPLED_PAIRS, JUDGED_RECORDS = 1, 20_000_000, 100_000
# Under each, most pairs are of one person; what is in the rule is not estimated from it.
TRAINED_ON = ("noms_numbers[1]", "crns[1]", "pncs[1]", ("name", "birth_date"))
BAND = 4  # weights, of the table of bands

RECORDS = """
select feature.*, link.person_id
from linkage.link_feature as feature
left join linkage.person_link as link on link.source = feature.source and link.source_key = feature.source_key
order by feature.record_id
"""
LEAST_SEEN = """
select max(threshold.value) from seeds.threshold as threshold, landing.run as run
where threshold.threshold = 'link_training_pairs' and run.as_of between threshold.valid_from and coalesce(threshold.valid_to, date '9999-12-31')
"""


class TrainingError(Exception):
    """Nothing can be estimated. The text says why and what to do."""


def train(home: Path, day: str, out: Path, truth: Path | None = None) -> dict[str, Any]:
    """The model dated `day`, also written to `out` with its report. `truth`: person_record.parquet of an invented world, for the chart of
    precision and recall. Raises TrainingError."""
    warehouse = home / "work" / "warehouse.duckdb"
    if not warehouse.exists():
        raise TrainingError(f"{warehouse} is not there: refresh the home first")
    if any(out.glob("*")):
        raise TrainingError(f"{out} is not empty: name another folder with --out")
    with duckdb.connect(str(warehouse), read_only=True) as con:
        records = con.execute(RECORDS).to_arrow_table()
        [(least,)] = con.execute(LEAST_SEEN).fetchall()
        [(as_of,)] = con.execute("select as_of from landing.run").fetchall()
        who = _who(con, truth)
    if least is None:
        raise TrainingError(f"{warehouse} is of another version: refresh the home with this one first")
    if not records.num_rows:
        raise TrainingError(f"{warehouse} holds no record of a person: refresh the home with deliveries of prison and probation first")
    before = model()
    after, levels = estimated(records, before, least)
    after |= {
        "dated": day,
        "source": f"Estimated from {records.num_rows:,} linked records as of {as_of}; levels that {least:.0f} pairs or fewer show keep the weight of {before['dated']}",
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{day}.json").write_text(json.dumps(after, indent=1) + "\n", encoding="utf-8")
    (out / "report.md").write_text(_report(records.drop(["person_id"]), before, after, levels), encoding="utf-8")
    _charts(records, who, truth is None, after, out)
    return after


def estimated(records: pa.Table, before: dict[str, Any], least: float) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A model like `before`, with the shares that `records` (link_feature with person_id) give; and for each level what it was,
    what it is and how many pairs showed it: comparison, level, was, now (m and u each), seen_m, seen_u."""
    settings = copy.deepcopy(before["settings"]) | {"retain_matching_columns": True}
    by_chance, together = copy.deepcopy(settings), copy.deepcopy(settings)
    with compared(records, before) as con:
        # One record of each person, so that no pair is of one person.
        con.execute(
            "create table one_each as select * from compared where record_id in (select min(record_id) from compared where person_id is not null group by person_id)"
        )
        sampler = linker(con, by_chance, "one_each")
        sampler.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=SEED, min_count_per_level=None)
        u = _shares(sampler, "u_probability")
        known = {c: _known_pairs(con, settings, c) for c in u}
        for comparison in together["comparisons"]:
            for n, level in _levels(comparison):
                level["u_probability"] = u[comparison["output_column_name"]].get(n) or level["u_probability"]
        learner = linker(con, together)
        for rule in TRAINED_ON:
            learner.training.estimate_parameters_using_expectation_maximisation(_rule(rule), estimate_without_term_frequencies=True)
        m = _shares(learner, "m_probability")
        found = learner.inference.predict(threshold_match_weight=before["thresholds"]["review"], warning_mode="never").physical_name
        joined = {c: dict(con.execute(f"select gamma_{c}, sum(match_probability) from {found} group by 1").fetchall()) for c in u}
    after, levels = copy.deepcopy(before), []
    for comparison in after["settings"]["comparisons"]:
        name = comparison["output_column_name"]
        for n, level in _levels(comparison):
            seen_m, seen_u = joined[name].get(n, 0), (u[name].get(n) or 0) * known[name]
            was = level["m_probability"], level["u_probability"]
            if seen_m > least and m[name].get(n):
                level["m_probability"] = _shown(m[name][n])
            if seen_u > least:
                level["u_probability"] = _shown(u[name][n])
            now = level["m_probability"], level["u_probability"]
            levels.append(
                {"comparison": name, "level": level["label_for_charts"], "was": was, "now": now, "seen_m": seen_m, "seen_u": seen_u}
            )
            if level.get("tf_adjustment_column") in after["frequencies"]:
                after["frequencies"][level["tf_adjustment_column"]] = level["u_probability"]
    return after | {"verified": False}, levels


def _rule(columns: str | tuple[str, ...]) -> Any:
    from splink import block_on

    return block_on(*([columns] if isinstance(columns, str) else columns))


def _levels(comparison: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    """The levels that have shares, each with Splink's number for it: the last is 0."""
    given = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
    return [(len(given) - 1 - n, level) for n, level in enumerate(given)]


def _shares(trained: Any, kind: str) -> dict[str, dict[int, float]]:
    """By comparison and number of the level; 0 or absent where training has not seen it."""
    made = trained.misc.save_model_to_json()
    return {
        c["output_column_name"]: {n: share for n, level in _levels(c) if isinstance(share := level.get(kind), float)}
        for c in made["comparisons"]
    }


def _known_pairs(con: duckdb.DuckDBPyConnection, settings: dict[str, Any], name: str) -> float:
    """How many of the sampled pairs know what is compared on both sides, about."""
    column = next(c for c in settings["comparisons"] if c["output_column_name"] == name)["comparison_levels"][0]["sql_condition"].split(
        "_l "
    )[0]
    [(records, known)] = con.execute(f"select count(*), count({column}) from one_each").fetchall()
    return min(SAMPLED_PAIRS, records * (records - 1) / 2) * (known / max(records, 1)) ** 2


def _who(con: duckdb.DuckDBPyConnection, truth: Path | None) -> pa.Table:
    """record_id and whose it is: from the truth, else by NOMS number, for records that have one."""
    if truth is None:
        return con.execute(
            "select record_id, noms_numbers[1] as person from linkage.link_feature where noms_numbers is not null"
        ).to_arrow_table()
    return con.execute(
        f"""select record.record_id, coalesce(cast(known.person_no as varchar), record.source || record.source_key) as person
        from linkage.link_record as record inner join read_parquet({literal(truth)}) as known using (source, source_key)"""
    ).to_arrow_table()


def _shown(share: float) -> float:
    """To four figures: the ones after them depend on the order in which threads add up."""
    return float(f"{share:.4g}")


def _weight(shares: tuple[float, float]) -> float:
    return log2(shares[0] / shares[1])


def _report(records: pa.Table, before: dict[str, Any], after: dict[str, Any], levels: list[dict[str, Any]]) -> str:
    kept = "kept"
    lines = [
        f"# Linkage model {after['dated']}, beside {before['dated']}", "", f"{after['source']}.", "",
        "| Compared | Level | Weight before | Weight now | m | u | Pairs of one person | Pairs by chance |", "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for level in levels:
        m, u = (f"{now:.2g}" if now != was else kept for now, was in zip(level["now"], level["was"], strict=True))
        lines.append(
            f"| {level['comparison'].replace('_', ' ')} | {level['level']} | {_weight(level['was']):.1f} | {_weight(level['now']):.1f} | {m} | {u} "
            f"| {level['seen_m']:,.0f} | {level['seen_u']:,.0f} |"
        )
    old, new = (_bands(scored_pairs(records, by)) for by in (before, after))
    lines += ["", f"`{kept}`: seen too rarely.", "", "| Weight from | Pairs before | Pairs now |", "|---|---|---|"]
    lines += [f"| {band} | {old.get(band, 0):,} | {new.get(band, 0):,} |" for band in sorted(old.keys() | new.keys())]
    return "\n".join(
        [*lines, "", "Joined from " + str(after["thresholds"]["join"]) + ", looked at from " + str(after["thresholds"]["review"]) + ".", ""]
    )


def _bands(pair: pa.Table) -> dict[int, int]:
    with duckdb.connect() as con:
        con.register("pair", pair)
        return dict(
            con.execute(f"select cast(least(floor(weight / {BAND}) * {BAND}, 40) as integer), count(*) from pair group by 1").fetchall()
        )


def _charts(records: pa.Table, who: pa.Table, by_number: bool, after: dict[str, Any], out: Path) -> None:
    """Match weights, and precision with recall: Splink's own charts, each a page that loads nothing."""
    settings = copy.deepcopy(after["settings"]) | {"retain_matching_columns": True}
    with compared(records, after) as con:
        linker(con, settings).visualisations.match_weights_chart().save(str(out / "match_weights.html"), inline=True)
        con.register("who", who)
        one_in = max(1, who.num_rows // JUDGED_RECORDS)  # of the persons
        con.execute(
            f"create table labelled as select compared.*, who.person from compared inner join who using (record_id) where hash(person) % {one_in} = 0"
        )
        if by_number:  # what is judged by numbers is compared without
            settings["comparisons"] = [c for c in settings["comparisons"] if c["output_column_name"] not in NUMBERS]
        # Splink gives a chart or a table, by output_type.
        chart: Any = linker(con, settings, "labelled").evaluation.accuracy_analysis_from_labels_column("person", output_type="precision_recall")
        chart.save(str(out / "precision_recall.html"), inline=True)


def main() -> int:
    asked = argparse.ArgumentParser(prog="linkage_training", description=__doc__.splitlines()[0])
    asked.add_argument("--home", type=Path, required=True)
    asked.add_argument("--out", type=Path, required=True, help="A new folder for model and report.")
    asked.add_argument("--day", type=date.fromisoformat, required=True, help="The day the model is named by.")
    asked.add_argument("--truth", type=Path, help="person_record.parquet of an invented world.")
    given = asked.parse_args()
    logging.getLogger("splink").setLevel(logging.ERROR)  # the report says which levels were not seen
    try:
        train(given.home, given.day.isoformat(), given.out, given.truth)
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{given.out / 'report.md'}: read it; to use the model, put {given.out / given.day.isoformat()}.json into seeds/linkage")
    return 0


if __name__ == "__main__":
    sys.exit(main())
