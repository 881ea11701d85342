"""Training: what it makes of a small invented nation, and what it leaves alone."""

import hashlib
import json
import shutil

import duckdb
import pytest

from orchestration.linkage import model as linkage_model
from orchestration.linkage.training import TrainingError, train
from tests.linkage.test_pairs import DIFFERENT, SAME, may_be_joined, pairs  # noqa: F401 (a fixture)

pytestmark = pytest.mark.slow
DAY = "2030-01-01"


@pytest.fixture(scope="module")
def trained(nation):
    """The model, and the folder it was written to."""
    return train(nation / "home", DAY, nation / "out", nation / "landing-truth" / "person_record.parquet"), nation / "out"


@pytest.fixture
def in_force(trained, tmp_path, monkeypatch):
    """The trained model put where models are looked for, as a person would."""
    shutil.copy(trained[1] / f"{DAY}.json", tmp_path)
    monkeypatch.setattr(linkage_model, "MODELS", tmp_path)
    linkage_model.model.cache_clear()
    yield
    linkage_model.model.cache_clear()


def committed():
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in linkage_model.MODELS.glob("*.json")}


def test_training_twice_gives_one_model_and_touches_none_in_force(nation, trained):
    before = committed()
    again = train(nation / "home", DAY, nation / "again", nation / "landing-truth" / "person_record.parquet")
    assert again == trained[0] and committed() == before and f"{DAY}.json" not in before


def test_a_trained_model_keeps_thresholds_levels_and_the_odds_and_says_where_it_is_from(trained):
    model, folder = trained
    old = linkage_model.model()
    assert json.loads((folder / f"{DAY}.json").read_text()) == model
    assert (
        model["thresholds"] == old["thresholds"] and model["dated"] == DAY and model["verified"] is False and "Estimated" in model["source"]
    )

    def without_shares(one):
        return json.loads(
            json.dumps(one["settings"]), object_hook=lambda d: {k: v for k, v in d.items() if k not in ("m_probability", "u_probability")}
        )

    assert without_shares(model) == without_shares(old) and model["settings"] != old["settings"]


def test_a_level_that_is_seen_too_rarely_keeps_its_share_and_the_report_says_so(trained):
    model, folder = trained
    level = {
        (c["output_column_name"], one["label_for_charts"]): one for c in model["settings"]["comparisons"] for one in c["comparison_levels"]
    }
    old = {
        (c["output_column_name"], one["label_for_charts"]): one
        for c in linkage_model.model()["settings"]["comparisons"]
        for one in c["comparison_levels"]
    }
    swapped, differs = ("name", "swapped"), ("name", "differs")
    assert level[swapped] == old[swapped]
    assert level[differs]["u_probability"] != old[differs]["u_probability"]
    rows = [row for row in (folder / "report.md").read_text().splitlines() if row.startswith("| name | ")]
    assert [row.count("kept") for row in rows if row.startswith("| name | swapped |")] == [2]


@pytest.mark.parametrize("case", SAME)
def test_joined_by_a_trained_model_too(in_force, may_be_joined, case):  # noqa: F811
    """One that lies on the edge may fall short by less than a bit, which is less than what sends a pair to a person."""
    model, (one, other) = linkage_model.model(), SAME[case]
    assert model["dated"] == DAY and model["thresholds"]["review"] > 1
    (weight,) = pairs(one | {"record_id": 1}, other | {"record_id": 2, "source": "ndelius"})["weight"].to_pylist()
    assert may_be_joined(one, other) if weight >= model["thresholds"]["join"] else weight > model["thresholds"]["join"] - 1


@pytest.mark.parametrize("case", DIFFERENT)
def test_kept_apart_by_a_trained_model_too(in_force, may_be_joined, case):  # noqa: F811
    assert not may_be_joined(*DIFFERENT[case])


def test_report_and_charts_name_nobody_and_load_nothing(nation, trained):
    written = {path.name: path.read_text(encoding="utf-8") for path in trained[1].iterdir()}
    assert written.keys() == {f"{DAY}.json", "report.md", "match_weights.html", "precision_recall.html"}
    with duckdb.connect(str(nation / "home" / "work" / "warehouse.duckdb"), read_only=True) as con:
        personal = con.execute(
            """select surname || ' ' || first_name from linkage.link_name union select identifier from linkage.link_identifier
            union select postcode from linkage.link_postcode union select cast(birth_date as varchar) from linkage.link_birth_date
            union select person_id from linkage.person_link"""
        ).fetchall()
    assert len(personal) > 1000
    for name, text in written.items():
        assert not [1 for (value,) in personal if value in text], name
        assert '<script src="http' not in text and 'href="http' not in text


def test_a_folder_that_holds_something_and_a_home_that_was_never_refreshed_are_refused(nation, trained, tmp_path):
    with pytest.raises(TrainingError, match="not empty"):
        train(nation / "home", DAY, trained[1])
    with pytest.raises(TrainingError, match="refresh the home first"):
        train(tmp_path / "nowhere", DAY, tmp_path / "out")
