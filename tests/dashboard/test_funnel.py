"""Funnel limits against facts that can be worked out by hand."""

from dashboard import funnel as drawn


def funnel(units):
    return drawn.funnel(units, smallest=10, trim=0.1)


def test_fewer_than_ten_units_have_no_funnel():
    assert funnel([(5, 10)] * 9) is None


def test_a_unit_without_a_release_does_not_make_up_the_ten():
    assert funnel([(5, 10)] * 9 + [(0, 0)]) is None


def test_limits_take_in_the_pooled_rate_and_narrow_with_size():
    limits = funnel([(50, 100)] * 10)
    low, high = limits.at(0.95, 100)
    # Normal approximation: 0.5 +/- 1.96 * 0.05; the exact limits lie within a point of it.
    assert abs(low - 0.402) < 0.01 and abs(high - 0.598) < 0.01
    wide_low, wide_high = limits.at(0.998, 100)
    assert wide_low < low < 0.5 < high < wide_high
    assert limits.at(0.95, 1000)[1] < high


def test_a_wild_spread_widens_the_limits_and_a_calm_one_does_not():
    assert funnel([(50, 100)] * 12).phi == 1
    wild = funnel([(20, 100), (80, 100)] * 6)
    assert wild.phi > 1 and wild.at(0.95, 100)[1] > funnel([(50, 100)] * 12).at(0.95, 100)[1]
