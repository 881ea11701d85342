"""What is expected of people like these: a logistic regression for each headline measure, refitted in every run (definition: rate_case_mix).

The arithmetic is that of `ground/statistics.py`; here are the releases it is made on and the rows it leaves. dbt calls this from one model of
schema measures; chances are then worked out in SQL, from the coefficients that are published.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from ground.statistics import case_mix

TERMS = ("age_band", "sex", "sentence_band", "release_type", "earlier_releases", "home_need_at_reception", "prison_type", "quarter")
# Coefficients are printed, and chances made, to as many digits: the last ones may differ from one machine to another.
DIGITS = 6
SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("measure_id", "part", "term", "level")]
    + [("value", pa.float64()), ("error", pa.float64()), ("releases", pa.int64()), ("observed", pa.int64()), ("expected", pa.float64())]
)
MEASURES = "select measure_id from seeds.measures where headline_order is not null order by headline_order"
RELEASES = f"""
select answer.in_numerator, {", ".join(f"term.{term}" for term in TERMS)}
from measures.fct_measure_person as answer
inner join measures.int_case_mix_release as term
    on term.release_id = answer.release_id and term.measure_id = answer.measure_id
where answer.measure_id = ? and answer.in_denominator
order by answer.release_id
"""


def models(con: duckdb.DuckDBPyConnection, least_events: float) -> pa.Table:
    """One row a coefficient, a tenth of the chances and a c-statistic of each headline measure that has a model: SCHEMA. `least_events`: of the rarer
    answer, for each parameter."""
    rows: list[tuple] = []
    for (measure,) in con.execute(MEASURES).fetchall():
        held = con.execute(RELEASES, [measure]).to_arrow_table()
        if not len(held):
            continue
        is_yes = held["in_numerator"].to_pylist()
        made = case_mix({term: held[term].to_pylist() for term in TERMS}, is_yes, least_events)
        if made is None:
            continue
        for term, level, value, error in made.coefficients:
            rows.append((measure, "coefficient", term, level, round(value, DIGITS), round(error, DIGITS), None, None, None))
        for number, (n, observed, expected) in enumerate(made.tenths, 1):
            rows.append((measure, "tenth", "tenth", f"{number:02d}", None, None, n, observed, round(expected, 3)))
        rows.append((measure, "fit", "c_statistic", "", round(made.c_statistic, DIGITS), None, len(is_yes), sum(is_yes), None))
    return pa.table({field.name: pa.array([row[place] for row in rows], field.type) for place, field in enumerate(SCHEMA)}, schema=SCHEMA)
