"""What every room stands on: a value keeps its letters on the way into SQL, a file is whole or as it was, and a figure is printed half up."""

from decimal import Decimal

import duckdb
import pytest

from ground.files import whole, write_whole
from ground.printing import percent, points, pounds
from ground.sql import literal


@pytest.mark.parametrize("value", ["plain", "O'Brien", "''", "back\\slash", "two\nlines", ""])
def test_a_value_comes_out_of_sql_as_it_went_in(value):
    assert duckdb.sql(f"select {literal(value)}").fetchall() == [(value,)]


def test_a_file_whose_writing_stops_is_as_it_was_and_leaves_nothing_beside_it(tmp_path):
    file = tmp_path / "SHA256SUMS"
    write_whole(file, "before")
    with pytest.raises(KeyboardInterrupt), whole(file) as part:
        part.write_text("half")
        assert file.read_text() == "before"
        raise KeyboardInterrupt
    assert file.read_text() == "before" and list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_that_is_its_owners_alone_is_so_before_it_is_written(tmp_path, mode):
    file = tmp_path / "kept.csv"
    left = tmp_path / ".kept.csv.part"  # by a run that was killed
    left.touch(0o444)
    with whole(file, mode, synced=True) as part:
        rights = part.stat().st_mode & 0o777
        assert rights & 0o077 == 0 and rights & 0o200, "others may read it meanwhile, or its owner may not write it"
        part.write_text("content")
    assert file.stat().st_mode & 0o777 == mode and file.read_text() == "content"


def test_a_share_is_printed_half_up_and_only_nought_and_all_are_printed_as_0_and_100():
    shares = {0: "0.0%", 0.0004: "[low]", 0.0005: "0.1%", 0.1245: "12.5%", 0.9994: "99.9%", 0.9995: "[high]", 1: "100.0%"}
    assert {share: percent(share) for share in shares} == shares
    assert (points(0.0), points(0.0004), points(0.0125)) == ("0.0 points", "0.0 points", "1.3 points")


def test_pounds_are_printed_half_up_and_what_is_not_known_is_not_nought():
    money = {112.5: "£113", Decimal("112.49"): "£112", 9.99: "£9.99", 0: "£0", -112.5: "-£113", 1234567.5: "£1,234,568"}
    assert {amount: pounds(amount) for amount in money} == money
    assert (pounds(None), pounds(float("nan"))) == ("[x]", "[x]")
