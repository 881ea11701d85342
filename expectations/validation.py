"""How both doors run Great Expectations, keep what it found and show it.

    <folder>/<suite>.json   its validation result, in its own form
    <folder>/<suite>.html   the same as a page of its Data Docs, which needs nothing from elsewhere

Only the newest of each suite is kept. Of data there are names of files, tables and columns in it, and counts and shares, and of a
column of days the earliest; no other value of a row.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ground.files import write_whole

if TYPE_CHECKING:
    import pandas as pd

# What the frames of profiles are called in the results.
PLACE = "place"


def load() -> None:
    """Great Expectations takes seconds to be imported, and its templates to be compiled."""
    _batches()
    _data_docs()


@cache
def _batches() -> Any:
    """Where frames are put before it."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context.data_sources.add_pandas("door").add_dataframe_asset("profile").add_batch_definition_whole_dataframe("all")


def run(suite: str, expectations: Sequence[Mapping[str, Any]], frame: pd.DataFrame, limits: Mapping[str, Any] | None = None) -> Any:
    """The ExpectationSuiteValidationResult of `frame`, whose column `place` says what each row is about; its results are in the order of
    `expectations`. `limits`: what their $PARAMETERs stand for."""
    import great_expectations as gx

    numbered = [{**e, "meta": {**e["meta"], "number": n}} for n, e in enumerate(expectations)]
    shown = {"result_format": "COMPLETE", "unexpected_index_column_names": [PLACE], "return_unexpected_index_query": False}
    batch = _batches().get_batch({"dataframe": frame})
    result = batch.validate(
        gx.ExpectationSuite(name=suite, expectations=numbered), result_format=shown, expectation_parameters=dict(limits or {})
    )
    # They come back in any order.
    result.results.sort(key=lambda one: one.expectation_config.meta.pop("number"))
    for one in result.results:
        one.expectation_config.kwargs.pop("batch_id", None)
    return result


def has_run(outcome: Any) -> bool:
    """Whether an expectation ran at all; its `exception_info` is of two shapes."""
    info = outcome.exception_info or {}
    return not (info.get("raised_exception") or any(isinstance(v, dict) and v.get("raised_exception") for v in info.values()))


def unexpected_places(outcome: Any) -> list[Any]:
    """The `place` of each row that is not as expected."""
    return [row[PLACE] for row in outcome.result.get("unexpected_index_list") or ()]


def keep(folder: Path, result: Any, of: str, about: str) -> None:
    """Write a validation result and its page. `of`: what was judged, such as '3 files'; `about`: a sentence for the reader."""
    import great_expectations as gx

    # Without the time and the frame's own hash: the same deliveries leave the same results.
    result.meta = {"great_expectations_version": gx.__version__, "batch_spec": {"data_asset_name": of}}
    for part in (folder.parent, folder):
        part.mkdir(exist_ok=True, mode=0o700)
    content = json.dumps(result.to_json_dict(), indent=1, sort_keys=True)
    write_whole(folder / f"{result.suite_name}.html", _page(result, about))
    write_whole(folder / f"{result.suite_name}.json", content)


def _page(result: Any, about: str) -> str:
    """Its Data Docs page. The frame of their pages fetches styles and scripts from elsewhere, so that the sections stand in one of ours."""
    renderer, view = _data_docs()
    failed = [one.expectation_config for one in result.results if not one.success]
    told = [(str(getattr(c.severity, "value", c.severity)).capitalize(), c.meta["reason"]) for c in failed]
    shown = copy.deepcopy(result)
    for one in shown.results:
        # Their templates print the names of files as they are, and a supplier chooses those.
        one.result = _escaped(one.result)
    return view.render(renderer.render(shown), template="data_docs.j2", about=about, told=told)


def _escaped(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _escaped(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    return escape(value) if isinstance(value, str) else value


@cache
def _data_docs() -> tuple[Any, Any]:
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
    from great_expectations.render.view.view import DefaultJinjaPageView

    view = DefaultJinjaPageView(custom_views_directory=str(Path(__file__).parent))
    view.env.auto_reload = False  # else every part of every page is looked up on the disk again
    for template in ("data_docs", "section", "component", "content_block_header", "table", "string_template"):
        view.env.get_template(f"{template}.j2")
    return ValidationResultsPageRenderer(run_info_at_end=True), view
