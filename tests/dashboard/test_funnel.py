"""Funnel limits against facts that can be worked out by hand."""

from dashboard.parts import funnel as drawn


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


def test_no_count_that_chance_often_gives_is_outside():
    # Of units of three with a pooled rate of 87%, two in three have all three: no limit of 99.8% may leave them out.
    limits = funnel([(3, 3)] * 4 + [(87, 100)] * 20)
    assert not any(limits.is_outside(0.998, n, n) for n in range(1, 40))
    assert limits.at(0.998, 3)[1] == 1
    # 0.87 ** 48 is above 0.001 and 0.87 ** 50 below.
    assert not limits.is_outside(0.998, 48, 48) and limits.is_outside(0.998, 52, 52)
    assert limits.is_outside(0.998, 70, 100) and not limits.is_outside(0.998, 80, 100)
