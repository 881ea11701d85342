"""The rules of the house, held against the files: no build, no warehouse."""

from __future__ import annotations

import ast
import copy
import csv
import io
import json
import re
import tokenize
import tomllib
from functools import cache
from pathlib import Path

import jinja2
import pytest
import sqlglot
import yaml
from sqlglot import exp

from expectations.contract import declared_tables
from expectations.published import may_leave
from orchestration.landing import typed
from orchestration.landing.assets import DOOR
from orchestration.publishing import assets as publish
from orchestration.warehouse import held

ROOT = Path(__file__).resolve().parents[1]
DBT = ROOT / "dbt_project"
MODELS = sorted((DBT / "models").rglob("*.sql"))
PACKAGES = ("dashboard", "decisions", "edition", "expectations", "ground", "orchestration", "sign_in", "worlds")
PYTHON = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
# What landing holds beside the declared tables: what the door says about itself, and what else a run is made of.
DOOR_TABLES = set(DOOR)
TRACKING = {"_source", "_delivery_id", "_file", "_file_number", "_row_number", "_complete_to", "_kind", "_key", "_recorded_at", "_row_version",
            "_row_hash", "_quarantine_reason"}  # fmt: skip


# Descriptions


@cache
def read_yaml(path: Path) -> dict:
    """By the parser in C: there is much YAML, and it is read by several tests."""
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


@cache
def properties() -> dict[str, dict]:
    """Model name -> what its YAML says of it."""
    files = [read_yaml(path) for path in sorted((DBT / "models").rglob("*.yml"))]
    return {model["name"]: model for body in files for model in body.get("models", [])}


def test_every_model_says_first_what_one_row_of_it_is():
    silent = [path.stem for path in MODELS if not properties().get(path.stem, {}).get("description", "").startswith("One row per ")]
    assert not silent, f"the description of a model begins 'One row per ...': {silent}"


def test_every_description_belongs_to_a_model():
    assert set(properties()) <= {path.stem for path in (*MODELS, *(DBT / "models").rglob("*.py"))}


# Contracts: what leaves is said once, in the YAML of its model


@cache
def enforced_folders() -> set[str]:
    """The folders of models whose contracts dbt enforces without being told by each model."""
    folders = read_yaml(DBT / "dbt_project.yml")["models"]["gatehouse"]
    return {name for name, said in folders.items() if isinstance(said, dict) and said.get("+contract", {}).get("enforced")}


def contract_faults(model: dict, folder: str, in_sql: list[str], is_view: bool) -> list[str]:
    """What the contract of a model lacks: `model` is what its YAML says, `in_sql` the columns it ends with."""
    config, named = model.get("config", {}), model.get("columns", [])
    faults = []
    if not (folder in enforced_folders() or config.get("contract", {}).get("enforced")):
        faults.append("no contract is enforced")
    if [column["name"] for column in named] != in_sql:
        faults.append("its columns are not those of the SQL, in that order")
    faults += [f"{column['name']} has no {word}" for column in named for word in ("data_type", "description") if not column.get(word)]
    constrained = {column["name"] for column in named if {"type": "not_null"} in column.get("constraints", [])}
    if is_view and constrained:
        faults.append("a view holds no constraint: the test `filled` sees to what is never empty")
    tests = [test["filled"]["arguments"]["columns"] for test in model.get("data_tests", []) if "filled" in test]
    never_empty = constrained | {column for columns in tests for column in columns}
    if constrained and tests:
        faults.append("what is never empty is said twice")
    key = config.get("meta", {}).get("key", [])
    if not key or not {*key} <= {*in_sql}:
        faults.append("its key is not among its columns")
    said_empty = {column["name"] for column in named if "empty" in column.get("description", "")}
    faults += [f"{column} is of the key, may be empty and does not say when" for column in key if column not in never_empty | said_empty]
    return faults


LEAVING = [path for path in MODELS if path.parent.name == "marts" or path.stem in {table.model.split(".")[1] for table in may_leave()}]


@pytest.mark.parametrize("path", LEAVING, ids=lambda path: path.stem)
def test_every_mart_and_all_that_leaves_is_under_a_contract(path):
    is_view = "materialized='view'" in path.read_text(encoding="utf-8")
    assert contract_faults(properties()[path.stem], path.parent.name, columns(path.stem), is_view) == []


WHOLE = {
    "config": {"contract": {"enforced": True}, "meta": {"key": ["a", "b"]}},
    "columns": [
        {"name": "a", "data_type": "varchar", "constraints": [{"type": "not_null"}], "description": "The one."},
        {"name": "b", "data_type": "date", "description": "The other; empty where not known."},
    ],
}


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda model: model["config"].pop("contract"), "no contract is enforced"),
        (lambda model: model["columns"][0].pop("data_type"), "a has no data_type"),
        (lambda model: model["columns"][1].pop("description"), "b has no description"),
        (lambda model: model["columns"].pop(), "its columns are not those of the SQL, in that order"),
        (lambda model: model["columns"].reverse(), "its columns are not those of the SQL, in that order"),
        (lambda model: model["columns"][0].pop("constraints"), "a is of the key, may be empty and does not say when"),
        (lambda model: model["config"].pop("meta"), "its key is not among its columns"),
        (lambda model: model.update(data_tests=[{"filled": {"arguments": {"columns": ["a"]}}}]), "what is never empty is said twice"),
    ],
)
def test_a_contract_that_lacks_something_is_found(spoil, told):
    assert contract_faults(WHOLE, "measures", ["a", "b"], False) == []
    model = copy.deepcopy(WHOLE)
    spoil(model)
    assert told in contract_faults(model, "measures", ["a", "b"], False)


def test_every_table_that_leaves_has_its_model_and_comes_after_the_names_are_gone():
    assert {table.model for table in may_leave()} <= {f"{path.parent.name}.{path.stem}" for path in MODELS}
    assert {table.model.split(".")[0] for table in may_leave()} <= {"marts", "measures"}


def test_a_table_whose_model_gives_no_key_cannot_leave(monkeypatch):
    monkeypatch.setattr("expectations.published.LAYERS", ("measures",))
    with pytest.raises(ValueError, match="protected/dim_prison: no YAML in dbt_project/models/measures gives the model dim_prison a key"):
        may_leave.__wrapped__()


# Checks: each fact once


def test_dbt_does_not_test_what_the_door_has_judged():
    tested = [
        f"{source['name']}.{table['name']}"
        for path in (DBT / "models").rglob("*.yml")
        for source in read_yaml(path).get("sources", [])
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
def jinja() -> jinja2.Environment:
    """The Jinja of the project with its own macros; the portable ones are stood for."""
    env = jinja2.Environment(extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined)
    env.globals |= {"ref": str, "source": lambda _, table: table, "config": lambda **_: "", "var": str, "fromjson": json.loads, "dbt": Dbt()}
    for path in (DBT / "macros" / "portable").glob("*.sql"):
        env.globals |= dict.fromkeys(re.findall(r"{%-? *macro (\w+)", path.read_text(encoding="utf-8")), portable_call)
    macros = env.from_string("".join(path.read_text(encoding="utf-8") for path in sorted((DBT / "macros").glob("*.sql")))).module
    env.globals |= {name: macro for name, macro in vars(macros).items() if callable(macro)}
    return env


@cache
def rendered(path: Path) -> str:
    return jinja().from_string(path.read_text(encoding="utf-8")).render()


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


def test_only_the_command_line_and_the_frame_of_the_dashboard_read_the_clock():
    sql = [
        path for path in (*MODELS, *(DBT / "macros").rglob("*.sql"), *WAREHOUSE_TESTS) if SQL_CLOCK.search(without_text(path.read_text()))
    ]
    readers = {path.relative_to(ROOT).as_posix() for path in [*sql, *(path for path in PYTHON if reads_clock(path.read_text()))]}
    assert readers == {"orchestration/cli/asking.py", "dashboard/app.py"}


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


# What is published

# What lies where in a published folder, and the record beside it.
LAYOUT = {"published", "current", "manifest.json", "revisions", "thresholds", "extracts", "register.jsonl", "access.log", "access.head"}
# dbt has a manifest.json too.
KNOWS_DBT = {"orchestration/warehouse/dbt_run.py", "orchestration/publishing/publish.py", "bench/watch.py", "tests/versions/warehouse.py",
             "tests/linkage/test_cleaning.py"}  # fmt: skip
# Those of edition/, and Parquet that is not published: what was delivered, who was who, the truth of invented worlds.
READS_PARQUET = ("edition/reading.py", "edition/rights.py", "edition/embargo.py", "edition/extract/formats.py", "orchestration/landing/", "orchestration/linkage/", "worlds/", "bench/", "tests/")


def opens_by_hand(code: str) -> set[str]:
    """Names of the layout that Python code joins to a path."""
    joined = (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div))
    return {side.value for node in joined for side in (node.left, node.right) if isinstance(side, ast.Constant)} & LAYOUT


def test_only_edition_knows_what_lies_where_in_a_published_folder():
    found = {}
    for path in [*PYTHON, *(ROOT / "bench").rglob("*.py")]:
        where = path.relative_to(ROOT).as_posix()
        named = opens_by_hand(path.read_text(encoding="utf-8")) - ({"manifest.json"} if where in KNOWS_DBT else set())
        if named and not where.startswith("edition/"):
            found[where] = named
    assert not found, f"ask edition/folder.py instead: {found}"


def test_tests_and_readers_find_the_edition_in_force_in_one_way():
    by_hand = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "tests").rglob("*.py")
        if "current" in opens_by_hand(path.read_text(encoding="utf-8"))
    }
    assert not by_hand, f"use edition_of or file_of of tests/conftest.py: {by_hand}"


def test_only_the_run_itself_asks_for_rows_on_a_connection_of_its_own():
    """Everybody else gets one from `opened`, which sees the edition and nothing else of the machine."""
    unlocked = {
        path.relative_to(ROOT).as_posix()
        for path in PYTHON
        if re.search(r"^from edition\.reading import .*\b(show|view)\b", path.read_text(encoding="utf-8"), re.M)
    }
    assert unlocked == {
        "orchestration/audit/rerun.py",
        "orchestration/linkage/thresholds.py",
        "orchestration/publishing/publish.py",
        "orchestration/publishing/revision.py",
    }


def test_pages_tell_what_they_tell_word_for_word():
    """Streamlit's own boxes take a text for Markdown: a picture in an address or a delivery would be fetched by whoever looks."""
    boxes = re.compile(r"\bst\.(info|success|warning|error|exception|markdown|write|caption|title|header|subheader|toast)\(")
    assert not {path.name for path in (ROOT / "dashboard").rglob("*.py") if boxes.search(path.read_text(encoding="utf-8"))}


def test_no_other_module_reads_published_parquet():
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in PYTHON
        if re.search(r"\bread_parquet\b|\bpyarrow\.parquet\b|\bread_table\(", path.read_text(encoding="utf-8"))
    }
    assert not {path for path in readers if not path.startswith(READS_PARQUET)}


@pytest.mark.parametrize(
    "code", ['home / "published" / name', 'folder / "manifest.json"', 'settings.published / "current"', 'home / "access.log"']
)
def test_the_search_finds_a_published_folder_opened_by_hand(code):
    assert opens_by_hand(code)
    assert not opens_by_hand('home / "landed"')


# A release is a person leaving prison, and nothing that is published: these words can only be about the latter.
ABOUT_AN_EDITION = re.compile(
    r"[Cc]urrent[ _]release\b|[Pp]ublished release\b|\breleases? (?:folder|id)\b|\brelease_before\b|\bin this release\b|\ba new release\b"
    r"|\b[Rr]eleases? before (?:it|this|that|them)\b|\b[Oo]lde?r? release\b|\brelease (?:was|is) (?:made|published|held)\b|\bNoRelease\b|\bReleaseError\b"
    r"|\b(?:gives|makes) (?:the same|another) release\b|\brelease is in its place\b|\bof this release\b.{0,20}\b(?:manifest|registry)|manifest of a release|published/release"
)
# What was said, and delivered, before: the migration and the log of changes tell of the other word.
TELLS_OF_THE_WORD = {"CHANGELOG.md", "tests/test_architecture.py"}


def test_what_is_published_is_an_edition_and_never_a_release():
    texts = [path for path in ROOT.rglob("*") if path.suffix in (".py", ".sql", ".yml", ".md", ".csv", ".txt", ".toml")]
    ours = {"bench", "dbt_project", "docs", "seeds", "tests", *PACKAGES, "README.md"}
    said = [
        f"{where}: {words}"
        for path in texts
        if (where := path.relative_to(ROOT).as_posix()).split("/")[0] in ours and where not in TELLS_OF_THE_WORD and "/target/" not in where
        for words in ABOUT_AN_EDITION.findall(path.read_text(encoding="utf-8"))
    ]
    assert not said


@pytest.mark.parametrize(
    "said", ["over the current release", "data.current_release()", "the release id", "not in this release", "class NoRelease"]
)
def test_the_search_finds_a_release_that_is_an_edition(said):
    assert ABOUT_AN_EDITION.search(said)
    assert not ABOUT_AN_EDITION.search("Releases by region; the day of release; fct_release.release_id; of either release")


# Lineage: every table that Python reads is named where dbt or Dagster looks for it

SCHEMAS = {path.name for path in (DBT / "models").iterdir() if path.is_dir()} | {"landing", "seeds"}
TABLE = re.compile(rf"\b(?:{'|'.join(sorted(SCHEMAS))})\.\w+")
PYTHON_MODELS = sorted((DBT / "models").rglob("*.py"))


@cache
def module(name: str) -> dict[str, ast.AST]:
    """What a module of ours has at its top: name -> function, class or assignment, and what it imports from others of ours."""
    path = ROOT / f"{name.replace('.', '/')}.py"
    return named(ast.parse(path.read_text(encoding="utf-8")).body) if path.exists() else {}


def named(body: list[ast.stmt]) -> dict[str, ast.AST]:
    found: dict[str, ast.AST] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PACKAGES:
            found |= {alias.asname or alias.name: node for alias in node.names}
    return found


def texts_of(tree: ast.AST, around: dict[str, ast.AST], seen: set[int]) -> str:
    """The texts of a piece of code and of all of ours that it uses, `around` being the names it can see; no docstrings."""
    if id(tree) in seen:
        return ""
    seen.add(id(tree))
    own = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    inside = {name: node for name, node in around.items() if name not in own} | named([n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)])
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings]
    for node in ast.walk(tree):
        owner = node.value if isinstance(node, ast.Attribute) else node
        used = inside.get(owner.id) if isinstance(owner, ast.Name) else None
        if isinstance(used, ast.ImportFrom):
            name = next(alias.name for alias in used.names if (alias.asname or alias.name) == owner.id)
            whole = module(f"{used.module}.{name}")
            wanted, there = (node.attr, whole) if isinstance(node, ast.Attribute) and whole else (name, module(used.module))
            texts += [texts_of(there[wanted], there, seen)] if wanted in there else []
        elif used is not None:
            texts.append(texts_of(used, around, seen))
    return "\n".join(texts)


def unnamed(code: str) -> set[str]:
    """Of a Python model: the tables that it or what it calls reads and does not name, or names and does not read."""
    tree = ast.parse(code)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) in ("dbt.ref", "dbt.source")]
    named_there = {call.args[-1].value for call in calls}
    read = texts_of(next(node for node in tree.body if isinstance(node, ast.FunctionDef)), {}, set())
    return named_there ^ {table.split(".")[1] for table in TABLE.findall(read)}


@pytest.mark.parametrize("path", PYTHON_MODELS, ids=lambda path: path.stem)
def test_a_python_model_names_every_table_it_reads(path):
    code = path.read_text(encoding="utf-8")
    assert not unnamed(code)
    for line in re.findall(r"^ *dbt\.(?:ref|source)\(.*\)\n", code, re.M):
        assert unnamed(code.replace(line, "")), f"{path.name} without {line.strip()}"


def test_a_step_names_every_table_it_reads():
    """Beside what it is told of by declarations: the tables that leave, and the columns with names and numbers of people."""
    publishing = [*(ROOT / "orchestration" / "publishing").glob("*.py"), ROOT / "orchestration" / "linkage" / "history.py"]
    publishing += [ROOT / "expectations" / "published.py"]
    holding = [ROOT / "orchestration" / "linkage" / "held.py", ROOT / "orchestration" / "warehouse" / "held.py"]
    for files, named_there, before in ((publishing, publish.READ, "warehouse."), (holding, held.READ, "from ")):
        code = "\n".join(path.read_text(encoding="utf-8") for path in files)
        assert set(named_there) == {table.removeprefix(before) for table in re.findall(rf"\b{re.escape(before)}{TABLE.pattern[2:]}", code)}


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
    bodies = [read_yaml(path) for path in (DBT / "models").rglob("*.yml")]
    sources = [source for body in bodies for source in body.get("sources", []) if source["name"] == "landing"]
    listed = {table["name"] for source in sources for table in source["tables"]}
    assert listed and listed <= set(landed()) | DOOR_TABLES


# Each source has a folder; what stands beside the folders is of all of them.
STAGING = [path for path in MODELS if path.is_relative_to(DBT / "models" / "staging") and path.parent.name != "staging"]


# What known_rows says of a version beside what was delivered.
WHEN_KNOWN = {"_known_from", "_maybe_from", "_known_to"}


@pytest.mark.parametrize("path", STAGING, ids=lambda path: path.stem)
def test_staging_asks_only_for_declared_columns(path):
    sql = path.read_text(encoding="utf-8")
    read = dict(re.findall(r"(\w+) as \(\s*{{ *(?:current_rows|known_rows|every_version|lost_rows)\('(\w+)'", sql))
    assert read, f"{path.name} reads no landed table"
    for name, table in read.items():
        asked = {column for column in re.findall(rf"\b{name}\.(\w+)", without_text(sql))}
        told = landed()[table] | (WHEN_KNOWN if f"known_rows('{table}'" in sql else set())
        assert asked <= told, f"{path.name} asks {table} for {sorted(asked - told)}"


def seed_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_words_of_findings_are_of_those_that_can_be_found_and_no_others():
    sql = "\n".join(path.read_text(encoding="utf-8") for path in (DBT / "models" / "audit").glob("*.sql"))
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "orchestration" / "landing").glob("*.py"))
    told = {row["finding"] for row in seed_rows(ROOT / "seeds" / "finding.csv")}
    assert {name for name in told if not re.search(rf"\b{name}\b", sql + code)} == set()
    assert set(re.findall(r"""finding\(\s*["']+(\w+)'""", sql)) <= told
    assert {word for word in typed.WRONG if word not in ("missing_key", "key_twice")} | {*typed._UNREADABLE.values()} <= told


def test_every_table_that_staging_reads_says_which_figures_it_touches():
    read = {table for path in STAGING for table in re.findall(r"(?:current_rows|known_rows|every_version)\('(\w+)'", path.read_text(encoding="utf-8"))}
    files = [read_yaml(path) for path in (DBT / "models" / "staging").rglob("_*.yml")]
    sources = [table for body in files for source in body.get("sources", []) for table in source["tables"]]
    assert read == {table["name"] for table in sources if table.get("config", {}).get("meta", {}).get("figures")}


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


# The definition of right, cited by id

# Not this file, whose planted ones are none.
CITING = sorted(
    path
    for folder in (*PACKAGES, "bench", "dbt_project", "docs", "seeds", "tests")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".sql", ".yml", ".md", ".csv"} and "target" not in path.parts and path not in {Path(__file__), ROOT / "seeds" / "definition.csv"}
) + [ROOT / "README.md", ROOT / "CHANGELOG.md"]  # fmt: skip
CITATION = re.compile(r"\bdefinition: (?!varchar\b)(\w+(?:, \w+)*)")
# A heading of a paper that is not in the repository: nobody who has only the product can look it up.
OUTSIDE = re.compile(
    r"\b(?:decisions|design|contracts|sources|measures|statistics|rules|lessons|golden): (?:[A-Z0-9]|design )"
    r"|\((?:decisions|design|contracts|sources|measures|statistics|rules|lessons)[:,] "
    r"|\b(?:decisions|design|contracts|sources|measures|statistics|rules|lessons|journey|extracts|stack)\.md\b"
    r"|\bG\d{1,2}\b"
)


@cache
def said(path: Path) -> str:
    """What a file says to its readers: of Python the comments and texts, of all else everything."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return text
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return "\n".join(token.string for token in tokens if token.type in (tokenize.COMMENT, tokenize.STRING))


def definitions() -> dict[str, dict[str, str]]:
    return {row["decision_id"]: row for row in seed_rows(ROOT / "seeds" / "definition.csv")}


def cited(paths: list[Path]) -> dict[str, list[str]]:
    """Id -> the files that cite it."""
    found: dict[str, list[str]] = {}
    for path in paths:
        for ids in CITATION.findall(said(path)):
            for one in ids.split(", "):
                found.setdefault(one, []).append(path.name)
    return found


def test_a_citation_names_an_id_of_the_definition():
    unknown = {one: files for one, files in cited(CITING).items() if one not in definitions()}
    assert not unknown, f"cited and not in seeds/definition.csv: {unknown}"


def test_nothing_cites_a_paper_that_is_not_in_the_repository():
    found = [f"{path.relative_to(ROOT)}: {match[0]}" for path in CITING for match in OUTSIDE.finditer(said(path))]
    assert not found, f"write (definition: id) with an id of seeds/definition.csv, or the public source: {found}"


def test_every_definition_is_whole_and_has_an_id_of_its_own():
    rows = seed_rows(ROOT / "seeds" / "definition.csv")
    ids = [row["decision_id"] for row in rows]
    assert len(ids) == len(set(ids)) and all(re.fullmatch(r"[a-z]+(_[a-z]+)*", one) for one in ids)
    assert not [row["decision_id"] for row in rows if not all(row[name].strip() for name in ("topic", "title", "text", "source"))]
    assert {row["is_built"] for row in rows} <= {"true", "false"}


def test_what_is_built_is_cited_where_it_is_done_and_the_rest_says_what_holds_until_then():
    code = [path for path in CITING if path.suffix in {".py", ".sql", ".yml"}]
    of_tests = [path for path in code if path.relative_to(ROOT).parts[0] in ("tests", "worlds")]
    product, invented = set(cited([path for path in code if path not in of_tests])), set(cited(of_tests))
    built = {one: row["topic"] for one, row in definitions().items() if row["is_built"] == "true"}
    undone = [one for one, topic in built.items() if one not in (invented if topic == "Invented people" else product)]
    assert not undone, f"marked as built, and no code says where: {undone}"
    silent = [one for one, row in definitions().items() if one not in built and not re.search(r"Until .* built|is built yet", row["text"])]
    assert not silent, f"not built, and silent about what holds until then: {silent}"
    assert not [one for one in built if "built" in definitions()[one]["text"]]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("model.sql", "-- Newest first (definition: delivery_newest_wins, made_up).\nselect 1"),
        ("model.yml", 'description: "One row per release (definition: made_up)."'),
        ("code.py", 'def f():\n    """Halves up (definition: made_up)."""'),
        ("seed.csv", "limit,source\na,definition: made_up (from the fifth on)\n"),
    ],
)
def test_the_search_finds_a_citation_of_no_definition(name, text, tmp_path):
    (tmp_path / name).write_text(text)
    assert set(cited([tmp_path / name])) - set(definitions()) == {"made_up"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("model.sql", "-- Of two the later (decisions: Fine print, Pairing releases)."), ("model.sql", "-- One row a case (decisions, Recall)."),
        ("model.sql", "{#- The pointer (design: Shape, 2). -#}"), ("model.sql", "-- Where an id resolves to nothing (contracts: ndelius)."),
        ("model.sql", "-- Of what is left, the last of the day (G1)."), ("code.py", '"""Written down (contracts: Layout, Newest wins)."""'),
        ("code.py", "x = 1  # read so in sources: D"), ("code.py", '"""Intervals (statistics: Always)."""'), ("how.md", "See `rules.md`."),
        ("model.yml", "description: Hidden (measures: Statistical practice)."), ("seed.csv", "0.1,lessons: design lesson 9"), ("seed.csv", "a,rules: R18"),
    ],
)  # fmt: skip
def test_the_search_finds_a_paper_that_is_not_in_the_repository(name, text, tmp_path):
    (tmp_path / name).write_text(text)
    assert OUTSIDE.search(said(tmp_path / name))


def test_names_and_keys_that_look_like_a_citation_are_none(tmp_path):
    (tmp_path / "code.py").write_text("def in_force(decisions: Iterable[str], measures: DataFrame, design: Design): ...\n")
    (tmp_path / "seed.yml").write_text("column_types: {definition: varchar, measures: varchar}\nsources:\n  - name: landing\n")
    files = [tmp_path / "code.py", tmp_path / "seed.yml"]
    assert not cited(files) and not [path for path in files if OUTSIDE.search(said(path))]


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


def test_the_map_of_folders_is_the_same_wherever_it_is_shown():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = re.search(r"<!-- rooms:.*?-->\n(.*?)<!-- /rooms -->", page, re.DOTALL).group(1)
    assert rooms in (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(PACKAGES) <= set(re.findall(r"^    (\w+)/", rooms, re.M))
    inner = {path.parent.name for path in (ROOT / "orchestration").glob("*/__init__.py")}
    assert inner == set(re.findall(r"^      (\w+)/", rooms, re.M))


def test_what_may_import_what_is_drawn_as_it_is_held():
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"][0]["layers"]
    assert "".join(f"    {layer}\n" for layer in layers) in (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_documents_name_commands_that_exist():
    text = "\n".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    from orchestration.cli import main

    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets
    assert set(re.findall(r"(?:^|`)(?:\.venv/bin/)?gatehouse ([a-z]+)", text, re.M)) <= set(main.commands)
