"""The rules of the house, held against the files: no build, no warehouse."""

from __future__ import annotations

import ast
import csv
import re
from functools import cache
from pathlib import Path

import jinja2
import pytest
import sqlglot
import yaml
from sqlglot import exp

from expectations.contract import declared_tables
from expectations.published import may_leave

ROOT = Path(__file__).resolve().parents[1]
DBT = ROOT / "dbt_project"
MODELS = sorted((DBT / "models").rglob("*.sql"))
PACKAGES = ("dashboard", "decisions", "edition", "expectations", "ground", "orchestration", "worlds")
PYTHON = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
# What the door says about itself, beside the declared tables.
DOOR_TABLES = {"delivery", "rejected_row", "quarantined_row", "finding", "deleted_key", "record", "run"}
TRACKING = {"_source", "_delivery_id", "_file", "_file_number", "_row_number", "_complete_to", "_kind", "_key", "_recorded_at", "_row_version",
            "_row_hash", "_quarantine_reason"}  # fmt: skip


# Descriptions


@cache
def properties() -> dict[str, dict]:
    """Model name -> what its YAML says of it."""
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((DBT / "models").rglob("*.yml"))]
    return {model["name"]: model for body in files for model in body.get("models", [])}


def test_every_model_says_first_what_one_row_of_it_is():
    silent = [path.stem for path in MODELS if not properties().get(path.stem, {}).get("description", "").startswith("One row per ")]
    assert not silent, f"the description of a model begins 'One row per ...': {silent}"


def test_every_description_belongs_to_a_model():
    assert set(properties()) <= {path.stem for path in (*MODELS, *(DBT / "models").rglob("*.py"))}


@pytest.mark.parametrize("table", may_leave(), ids=lambda table: table.where)
def test_every_column_that_leaves_is_described(table):
    schema, name = table.model.split(".")
    model = DBT / "models" / schema / f"{name}.sql"
    assert model.exists(), f"{table.where} is published from {table.model}, and there is no {model.relative_to(ROOT)}"
    described = {column["name"] for column in properties().get(name, {}).get("columns", []) if column.get("description")}
    assert {*table.key, *table.columns} <= set(columns(name)), f"{name} lacks columns of the published interface"
    assert set(columns(name)) <= described, f"{name}: without a description: {sorted(set(columns(name)) - described)}"


def test_nothing_leaves_from_before_the_names_are_gone():
    assert {table.model.split(".")[0] for table in may_leave()} <= {"marts", "measures"}


# Checks: each fact once


def test_dbt_does_not_test_what_the_door_has_judged():
    tested = [
        f"{source['name']}.{table['name']}"
        for path in (DBT / "models").rglob("*.yml")
        for source in yaml.safe_load(path.read_text(encoding="utf-8")).get("sources", [])
        for table in source["tables"]
        for part in (table, *table.get("columns", []))
        if "data_tests" in part or "tests" in part
    ]
    assert not tested


def test_great_expectations_stands_at_the_two_doors_only():
    users = {path.relative_to(ROOT).as_posix() for path in PYTHON if {"great_expectations"} & imported(path)}
    assert users == {"expectations/landing.py", "expectations/validation.py"}
    doors = {path.name for path in PYTHON if "from expectations import validation\n" in path.read_text(encoding="utf-8")}
    assert doors == {"landing.py", "published.py"}


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {name.split(".")[0] for name in plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}}


# SQL


def portable_call(*args, **kwargs) -> str:
    """Stands for a portable macro: what it was given can still be judged, what it makes is its own business."""
    given = [one for arg in (*args, *kwargs.values()) for one in (arg if isinstance(arg, list) else [arg])]
    return f"portable({', '.join(str(one) for one in given)})"


class Dbt:
    """dbt's own macros for what differs between engines."""

    def __getattr__(self, name: str):
        return (lambda: "varchar") if name == "type_string" else portable_call


@cache
def jinja() -> tuple[jinja2.Environment, str]:
    """The Jinja of the project, and its own macros as text; the portable ones are stood for."""
    env = jinja2.Environment(extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined)
    env.globals |= {"ref": str, "source": lambda _, table: table, "config": lambda **_: "", "var": str, "dbt": Dbt()}
    for path in (DBT / "macros" / "portable").glob("*.sql"):
        env.globals |= dict.fromkeys(re.findall(r"{%-? *macro (\w+)", path.read_text(encoding="utf-8")), portable_call)
    return env, "".join(path.read_text(encoding="utf-8") for path in sorted((DBT / "macros").glob("*.sql")))


@cache
def rendered(path: Path) -> str:
    env, macros = jinja()
    return env.from_string(macros + path.read_text(encoding="utf-8")).render()


@cache
def parsed(path: Path) -> exp.Expression:
    return sqlglot.parse_one(rendered(path), read="duckdb")


def columns(model: str) -> list[str]:
    """Names of the columns a model ends with."""
    return next(parsed(path) for path in MODELS if path.stem == model).named_selects


# Other engines lack these, write them otherwise, or give another answer when rows come in another order.
UNPORTABLE = (
    exp.Qualify, exp.Lambda, exp.List, exp.Array, exp.ArrayAgg, exp.Unnest, exp.Struct, exp.Pivot, exp.TryCast,
    exp.ArgMax, exp.ArgMin, exp.First, exp.Last, exp.AnyValue, exp.GroupConcat,
    exp.DateDiff, exp.DateAdd, exp.DateSub, exp.StrToTime, exp.StrToDate, exp.TimeToStr,
    exp.RegexpLike, exp.RegexpReplace, exp.RegexpExtract, exp.RegexpILike, exp.RegexpFullMatch,
    exp.Quantile, exp.ApproxQuantile,
)  # fmt: skip
# The same in the form in which people write it, for what the parser does not tell apart.
UNPORTABLE_TEXT = re.compile(
    r"::|//|\bqualify\b|\bgroup by all\b|\border by all\b|\bexclude\s*\(|\bpositional join\b|\basof join\b"
    r"|\b(?:list|array|map|struct|json|regexp)_\w+\s*\(|\b(?:arg_max|arg_min|max_by|min_by|date_diff|datediff|quantile_cont|strptime|strftime"
    r"|epoch|read_parquet|read_csv)\s*\(",
    re.IGNORECASE,
)
WAREHOUSE_TESTS = sorted((ROOT / "tests" / "warehouse").glob("*.sql"))


def without_text(sql: str) -> str:
    """SQL without comments and quoted text."""
    return re.sub(r"--[^\n]*|'[^'\n]*'", "''", re.sub(r"/\*.*?\*/|{#.*?#}", "", sql, flags=re.DOTALL))


@pytest.mark.parametrize("path", [*MODELS, *WAREHOUSE_TESTS], ids=lambda path: path.stem)
def test_sql_keeps_to_what_other_engines_know(path):
    found = {type(node).__name__ for node in parsed(path).find_all(*UNPORTABLE)}
    found |= {node.name for node in parsed(path).find_all(exp.Anonymous) if node.name != "portable"}
    found |= set(UNPORTABLE_TEXT.findall(without_text(rendered(path))))
    assert not found, f"{path.name}: write it in a macro in dbt_project/macros/portable: {sorted(found)}"


@pytest.mark.parametrize(
    "sql",
    [
        "select a::date from t", "select a from t qualify row_number() over (order by a) = 1", "select a, count(*) from t group by all",
        "select * exclude (a) from t", "select list_sort(a) from t", "select arg_max(a, b) from t", "select date_diff('day', a, b) from t",
        "select quantile_cont(a, 0.5) from t", "select strptime(a, '%Y') from t", "select regexp_matches(a, 'x') from t",
        "select first(a) from t", "select any_value(a) from t", "select string_agg(a, ';') from t", "select a from unnest([1]) as t(a)",
        "select made_up(a) from t",
    ],
)  # fmt: skip
def test_the_search_finds_what_is_not_portable(sql, tmp_path):
    (tmp_path / "model.sql").write_text(sql)
    with pytest.raises(AssertionError, match="portable"):
        test_sql_keeps_to_what_other_engines_know(tmp_path / "model.sql")


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_ends_with_columns_it_names(path):
    last = parsed(path)
    assert "*" not in last.named_selects and "" not in last.named_selects, f"{path.name} ends in a star or a column without a name"
    assert not [one for one in last.selects if isinstance(one, exp.Column) and isinstance(one.this, exp.Star)]


# The clock

SQL_CLOCK = re.compile(
    r"\b(current_date|current_timestamp|current_time|localtimestamp|now|today|get_current_timestamp|run_started_at)\b", re.I
)
PYTHON_CLOCK = {"now", "today", "utcnow", "time", "time_ns", "localtime", "gmtime"}


def test_only_the_command_line_and_who_decides_on_a_page_read_the_clock():
    sql = [
        path for path in (*MODELS, *(DBT / "macros").rglob("*.sql"), *WAREHOUSE_TESTS) if SQL_CLOCK.search(without_text(path.read_text()))
    ]
    readers = {path.relative_to(ROOT).as_posix() for path in [*sql, *(path for path in PYTHON if reads_clock(path.read_text()))]}
    assert readers == {"orchestration/cli.py", "dashboard/views/links.py"}


def reads_clock(code: str) -> bool:
    """Whether Python code asks date, datetime or time for the moment, or a query in its texts does."""
    tree = ast.parse(code)
    asked = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return any(
        isinstance(call.value, ast.Name | ast.Attribute)
        and ast.unparse(call.value).split(".")[-1] in ("date", "datetime", "time", "Timestamp")
        and call.attr in PYTHON_CLOCK
        for call in asked
    ) or any(re.search(r"\bcurrent_(date|timestamp)\b|\bnow\(\)|\btoday\(\)", text, re.I) for text in texts)


# Names, declarations, seeds


def test_no_module_is_called_after_nothing():
    named = [path for folder in (*PACKAGES, "tests") for path in (ROOT / folder).rglob("*.py")]
    nothing = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc", "base"}
    assert not [path.relative_to(ROOT).as_posix() for path in named if nothing & {path.stem, path.parent.name}]


@cache
def landed() -> dict[str, set[str]]:
    """Table of schema landing -> its declared columns and those that track a row."""
    return {table.landing_name: {name for name, _ in table.landing_columns} | TRACKING for table in declared_tables()}


def test_dbt_reads_only_what_is_declared():
    bodies = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (DBT / "models").rglob("*.yml")]
    sources = [source for body in bodies for source in body.get("sources", []) if source["name"] == "landing"]
    listed = {table["name"] for source in sources for table in source["tables"]}
    assert listed and listed <= set(landed()) | DOOR_TABLES


STAGING = [path for path in MODELS if path.is_relative_to(DBT / "models" / "staging")]


@pytest.mark.parametrize("path", STAGING, ids=lambda path: path.stem)
def test_staging_asks_only_for_declared_columns(path):
    sql = path.read_text(encoding="utf-8")
    read = dict(re.findall(r"(\w+) as \(\s*{{ *current_rows\('(\w+)'", sql))
    assert read, f"{path.name} reads no landed table"
    for name, table in read.items():
        asked = {column for column in re.findall(rf"\b{name}\.(\w+)", without_text(sql))}
        assert asked <= landed()[table], f"{path.name} asks {table} for {sorted(asked - landed()[table])}"


def seed_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("path", sorted((ROOT / "seeds").glob("*.csv")), ids=lambda path: path.stem)
def test_every_seed_row_says_where_it_comes_from(path):
    rows = seed_rows(path)
    # In domain_source the column `source` is the source system; where the row comes from is its `basis`.
    column = "basis" if "basis" in rows[0] else "source"
    assert [n for n, row in enumerate(rows, start=2) if not row[column].strip()] == [], f"{path.name}: lines without {column}"
    assert {row.get("verified", "true") for row in rows} <= {"true", "false"}


def test_every_threshold_that_is_read_exists():
    read = {
        name for path in (*MODELS, *(DBT / "macros").rglob("*.sql")) for name in re.findall(r"threshold\('(\w+)'", path.read_text("utf-8"))
    }
    assert read and read <= {row["threshold"] for row in seed_rows(ROOT / "seeds" / "threshold.csv")}


# What the documents promise


def test_documents_name_files_that_exist():
    absent = []
    for document in DOCUMENTS:
        for named in re.findall(r"`([\w./*-]+)`", document.read_text(encoding="utf-8")):
            if "/" not in named or named.split("/")[0] not in {path.name for path in ROOT.iterdir()} - {"home"}:
                continue
            if not list(ROOT.glob(named.rstrip("/"))):
                absent.append(f"{document.name}: {named}")
    assert not absent


def test_documents_name_commands_that_exist():
    text = "\n".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    from orchestration.cli import main

    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets
    assert set(re.findall(r"(?:^|`)(?:\.venv/bin/)?gatehouse ([a-z]+)", text, re.M)) <= set(main.commands)
