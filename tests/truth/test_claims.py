"""One refresh of a thousand invented releases gives back what is true of the claims around them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.truth.claims import ClaimComparison
from tests.truth.comparing import Comparison
from worlds.nation.world import World


@pytest.fixture(scope="module")
def claims(small_nation: World, small_home: Path) -> ClaimComparison:
    truth = small_nation.truth_folder
    return ClaimComparison(Comparison(small_nation.out, small_home, truth), small_home, truth)


def test_every_claim_is_true(claims: ClaimComparison) -> None:
    assert claims.differences() == []


def test_few_claims_need_probabilistic_linkage_each_for_a_named_cause(claims: ClaimComparison) -> None:
    assert 0 < claims.share_set_aside() <= 0.06
    assert {"no_usable_number", "nothing_agrees", "numbers_of_two_people"} <= set(claims.by_cause())
