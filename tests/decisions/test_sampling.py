"""Samples: reference results line by line (definition: payment_sample), and how often the upper limit holds."""

import csv
import math
import random
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from decisions import sampling
from decisions.sampling import FrameClaim, SamplingError

CASES = [*csv.DictReader(Path(__file__).with_name("sampling_cases.csv").open(encoding="utf-8"), delimiter=";")]


def up(number: float, places: str) -> str:
    """The guide rounds its factors and limits up."""
    return str(Decimal(repr(round(number, 9))).quantize(Decimal(places), ROUND_CEILING))


def places(number: float) -> str:
    return str(Decimal(repr(number)).quantize(Decimal("0.0001"), ROUND_HALF_UP))


def pence(pounds: str) -> int:
    return int(Decimal(pounds) * 100)


def factor(confidence, *errors):
    return [up(sampling.confidence_factor(float(confidence), int(n)), "0.01") for n in errors]


def money_factor(confidence, *ratios):
    return [places(sampling.money_factor(float(ratio), float(confidence))) for ratio in ratios]


def money_size(confidence, tolerable, *ratios):
    return [str(sampling.money_size(float(ratio) * float(tolerable), float(tolerable), float(confidence))) for ratio in ratios]


def attribute_size(confidence, expected, tolerable, claims=None):
    return [str(sampling.attribute_size(float(expected), float(tolerable), float(confidence), claims))]


def attribute_limits(size, *deviations):
    return [up(100 * sampling.conclude_attribute([(10_000, int(size), int(x))]).upper_limit, "0.1") for x in deviations]


def money(confidence, interval, *examined):
    pairs = [(pence(net), pence(right)) for net, right in (one.split(":") for one in examined)]
    return sampling.conclude_money(pence(interval), pairs, float(confidence))


def strata(*given):
    result = sampling.conclude_attribute([tuple(map(int, one.split(":"))) for one in given])
    return [places(result.share), places(result.upper_limit)]


def money_draw(seed, size, *claims):
    drawn = sampling.draw_money([FrameClaim("provider_a", *_claim(one)) for one in claims], seed, int(size))
    names = [",".join(one.claim_id for one in part) for part in (drawn.top, drawn.chosen)]
    return [drawn.frame_hash[:8], drawn.frame_hash[-3:], str(drawn.interval), str(drawn.start), *names]


def _claim(text: str) -> tuple[str, int]:
    claim_id, own = text.split(":")
    return claim_id, int(own)


ANSWERS: dict[str, Callable] = {
    "factor": factor, "money factor": money_factor, "money size": money_size, "attribute size": attribute_size,
    "attribute size of 500": lambda *given: attribute_size(*given, 500), "attribute limits": attribute_limits, "money": money,
    "strata": strata, "money draw": money_draw,
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[f"{one['case']} {one['of']}" for one in CASES])
def test_the_reference_results_come_out(case):
    answer = ANSWERS[case["of"]](*case["given"].split())
    expected = case["expected"].split()
    if case["of"] == "money":
        named = dict(zip(expected[::2], map(Decimal, expected[1::2]), strict=True))
        assert {name: getattr(answer, name) for name in named} == named
    else:
        assert answer == expected


def test_the_table_holds_every_one_of_the_46_cases():
    numbers = set()
    for one in CASES:
        first, _, last = one["case"].partition("-")
        numbers |= {*range(int(first), int(last or first) + 1)}
    assert numbers == {*range(1, 47)}


def test_no_deviation_in_any_stratum_says_what_the_whole_sample_can():
    result = sampling.conclude_attribute([(100, 20, 0), (300, 39, 0)])
    assert result.share == 0 and result.upper_limit == pytest.approx(1 - 0.05 ** (1 / 59))


def test_only_what_was_found_is_proposed_unless_the_contract_lets_it_be_projected_and_never_the_upper_limit():
    examined = [(10_000, 5_000), (400_000, 380_000)]
    found, projected = (sampling.conclude_money(100_000, examined, may_extrapolate=may) for may in (False, True))
    assert found.proposed_recovery == found.found == Decimal("250.00")
    assert projected.proposed_recovery == projected.projected == Decimal("700.00") < projected.upper_limit


def test_strata_share_a_sample_by_size_with_at_least_two_of_each():
    assert sampling.allocate({"a": 100, "b": 300}, 40) == {"a": 10, "b": 30}
    assert sampling.allocate({"a": 10, "b": 10, "c": 10}, 10) == {"a": 4, "b": 3, "c": 3}
    assert sampling.allocate({"small": 3, "large": 997}, 20) == {"small": 2, "large": 18}
    assert sampling.allocate({"one": 1, "large": 997}, 20) == {"one": 1, "large": 19}
    with pytest.raises(SamplingError, match="at least 2 of each"):
        sampling.allocate({"a": 100, "b": 100}, 3)


def test_an_attribute_sample_is_the_same_however_the_claims_come_and_another_by_another_seed():
    claims = [FrameClaim("provider_a", f"K{n}", 100 + n, "ttg" if n % 3 else "crs") for n in range(90)]
    drawn = sampling.draw_attribute(claims, "one", 12)
    assert drawn == sampling.draw_attribute(reversed(claims), "one", 12) != sampling.draw_attribute(claims, "two", 12)
    assert drawn.sizes == {"crs": (4, 30), "ttg": (8, 60)} and len(drawn.chosen) == 12


def test_two_providers_with_one_claim_id_have_two_places_in_a_frame():
    claims = [FrameClaim("provider_b", "K1", 5_000), FrameClaim("provider_a", "K1", 7_000)]
    assert sampling.frame_text(sampling.frame(claims)) == "provider_a|K1|7000\nprovider_b|K1|5000\n"


@pytest.mark.parametrize(
    ("claims", "size", "told"),
    [
        ([], 1, "no claim"),
        ([FrameClaim("provider_a", "K1", 0)], 1, "nothing is left"),
        ([FrameClaim("provider_a", "K1", 5)] * 2, 1, "twice"),
        ([FrameClaim("provider_a|K1", "K1", 5)], 1, "read as one"),
        ([FrameClaim("provider_a", "K1", 5)], 6, "cannot be drawn from 5 pence"),
    ],
)
def test_a_sample_that_cannot_be_drawn_says_why(claims, size, told):
    with pytest.raises(SamplingError, match=told):
        sampling.draw_money(claims, "2024", size)


def test_no_sample_will_do_where_nearly_all_of_what_is_tolerable_is_expected():
    for expected in (0.0499, 0.05):
        with pytest.raises(SamplingError, match="examine every claim|lie below"):
            sampling.money_size(expected, 0.05)


def _errors(shape: str, chance: random.Random, nets: list[int]) -> list[int]:
    """Pence that are not supported, of each claim."""
    if shape == "all or nothing":
        return [net if chance.random() < 0.06 else 0 for net in nets]
    if shape == "small and partial":
        return [net * chance.randint(1, 30) // 100 if chance.random() < 0.25 else 0 for net in nets]
    # The larger a claim the likelier it is wrong, and the more of it.
    largest = max(nets)
    return [int(net * chance.betavariate(1 + 4 * net / largest, 2)) if chance.random() < 0.2 * net / largest else 0 for net in nets]


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["all or nothing", "small and partial", "skewed by amount"])
def test_the_upper_limit_covers_the_true_error_in_19_of_20_samples(shape, capsys):
    chance, covered, samples = random.Random(f"invented {shape}"), 0, 10_000
    for _population in range(50):
        nets = [max(100, int(math.exp(chance.gauss(8.8, 0.8)))) for _ in range(400)]
        wrong = _errors(shape, chance, nets)
        claims = [FrameClaim("provider_a", f"K{n}", net) for n, net in enumerate(nets)]
        supported = {one.key: one.pence - error for one, error in zip(claims, wrong)}
        truth = Decimal(sum(wrong)) / 100
        for seed in range(samples // 50):
            drawn = sampling.draw_money(claims, str(seed), 60)
            result = sampling.conclude_money(drawn.interval, [(one.pence, supported[one.key]) for one in (*drawn.top, *drawn.chosen)])
            covered += result.upper_limit >= truth
    with capsys.disabled():
        print(f"\n{shape}: the upper limit covers the true error in {covered:,} of {samples:,} samples ({covered / samples:.2%})")
    assert covered / samples >= 0.95
