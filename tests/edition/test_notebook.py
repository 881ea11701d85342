"""The notebook for those who read extracts does what it says, on the home of the inspection sample."""

import json
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(notebook: Path) -> dict:
    """What the code cells of a notebook leave behind, run in their order."""
    left: dict = {}
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), left)
    return left


def test_the_notebook_draws_both_charts_beside_the_inspection(inspection_home, tmp_path, monkeypatch):
    monkeypatch.setenv("GATEHOUSE_HOME", str(shutil.copytree(inspection_home, tmp_path / "home")))
    monkeypatch.chdir(ROOT)
    left = run(ROOT / "docs" / "extracts.ipynb")
    assert str(left["outcomes"]["period_start"].dtype).startswith("datetime64") and str(left["outcomes"]["denominator"].dtype) == "Int64"
    assert left["inspection"].loc["M51", ["numerator", "denominator"]].tolist() == [37, 93]
    housing, recalled = left["housing"].to_dict(), left["within_28_days"].to_dict()
    assert "37" in json.dumps(housing, default=str) and len(housing["layer"]) == 3
    assert [len(one["layer"]) for one in recalled["vconcat"]] == [2, 3]
    text = (ROOT / "docs" / "extracts.ipynb").read_text(encoding="utf-8")
    assert "no period of the grid" in text


def test_the_notebook_is_kept_without_what_it_printed():
    cells = json.loads((ROOT / "docs" / "extracts.ipynb").read_text(encoding="utf-8"))["cells"]
    assert not [one["id"] for one in cells if one.get("outputs") or one.get("execution_count")]
