"""At which weight records are joined, and what the runs at other weights see of the home."""

import dagster as dg
import pytest

from orchestration.landing.assets import Asked
from orchestration.linkage import thresholds as link_thresholds
from orchestration.settings import Settings
from tests.conftest import gatehouse


def test_only_the_loose_run_keeps_together_what_the_edition_does(tmp_path):
    home = tmp_path / "home"
    for path in ("identity.key", "links/2024-01-31.parquet", "links/held.json", "landed/nothing", "typed/nothing"):
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_text("{}")
    (home / "links").chmod(0o700)
    seen = {}
    for name in link_thresholds.OTHERS:
        link_thresholds._lay_out(home, tmp_path / name, name)
        seen[name] = sorted(str(path.relative_to(tmp_path / name)) for path in (tmp_path / name / "links").iterdir())
        assert (tmp_path / name / "links").stat().st_mode & 0o777 == 0o700
    assert seen == {"strict": ["links/held.json"], "loose": ["links/2024-01-31.parquet", "links/held.json"]}


def test_homes_that_a_killed_run_has_left_are_removed(tmp_path):
    home = Settings(tmp_path, tmp_path / "landing")
    left = home.threshold_homes / "strict"
    left.mkdir(parents=True)
    (left / "identity.key").touch()
    link_thresholds.clear(home)
    link_thresholds.clear(home)
    assert list((tmp_path / "work").iterdir()) == []


def test_no_edition_is_made_at_a_threshold_that_is_not_for_it(tmp_path):
    home = Settings(tmp_path, tmp_path / "landing")
    of_thresholds = Settings(home.threshold_homes / "strict", tmp_path / "landing")
    for name, settings in (("strict", home), ("loose", home), ("rubbish", home), ("rubbish", of_thresholds)):
        with pytest.raises(dg.Failure, match="leave it out"):
            Asked(link_threshold=name).threshold(settings)
    assert Asked().threshold(home) == "join" and Asked(link_threshold="strict").threshold(of_thresholds) == "strict"
    done = gatehouse("refresh", "--landing", tmp_path, "--home", tmp_path / "home", "--link-threshold", "rubbish")
    assert done.returncode == 2 and not (tmp_path / "home").exists()
