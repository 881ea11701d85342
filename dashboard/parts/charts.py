"""Frames to Altair charts. No Streamlit, no SQL. Every chart has its text summary beside it (`summary_...`)."""

import textwrap

import altair as alt
import pandas as pd

from dashboard.parts import theme
from dashboard.parts.figure import PARTS, Figure, Reading
from ground.printing import percent, pounds
from ground.statistics import Funnel

# The menu of the chart library would save the exact data behind a chart.
_NO_MENU = {"embedOptions": {"actions": False}}
# The height given is that of the plot: names and legend come on top of it, however long.
_FIT = alt.AutoSizeParams(type="fit-x", contains="padding")
_PERCENT = alt.Axis(format=".0%", tickCount=5)


def _wrapped(name: str) -> str:
    """A name in at most two lines; the table beside the chart has it whole."""
    return "\n".join(textwrap.wrap(name, 24, max_lines=2, placeholder=" …")) or name


def _height(labels: pd.Series) -> int:
    return len(labels) * (14 + 18 * max(1 + label.count("\n") for label in labels))


_LINES = "split(datum.label, '\\n')"


def _sizes(reading: Reading) -> tuple[str, str]:
    """Words for a figure that can be relied on, and for one on too few releases."""
    few = reading.few()
    return f"{few} or more", f"Fewer than {few} [u]"


_PUBLISHED = [
    alt.Tooltip("label:N", title="Published"),
    alt.Tooltip("period:N", title="Period"),
    alt.Tooltip("geography:N", title="Where"),
    alt.Tooltip("shown:N", title="Value"),
]


def _in_print(published: pd.DataFrame) -> pd.DataFrame:
    return published.assign(shown=published["value"].map(percent))


def frame(shown: list[tuple[str, Figure]]) -> pd.DataFrame:
    """Figures as rows for a chart: name, value, lower, upper, thin and the text of every part for the tooltip."""
    return pd.DataFrame(
        [
            {
                "name": name,
                "label": _wrapped(name),
                "value": one.value,
                "lower": one.lower,
                "upper": one.upper,
                "n": one.denominator,
                "shape": _sizes(one.reading)[one.is_thin],
                "shown": one.headline(),
                "period": one.period,
                **{part: one.part(part) for part in PARTS if part != "interval"},
                "interval": one.part("interval"),
            }
            for name, one in shown
        ]
    )


def _tooltip(first: str, title: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip(f"{first}:N", title=title),
        alt.Tooltip("shown:N", title="Value"),
        *(alt.Tooltip(f"{part}:N", title=heading) for part, heading in PARTS.items()),
    ]


def _axis(unit: str) -> alt.Axis:
    return _PERCENT if unit == "share" else alt.Axis(tickCount=5)


def intervals(
    shown: list[tuple[str, Figure]], nation: Figure | None, title: str, chosen: str = "", published: pd.DataFrame | None = None
) -> alt.LayerChart | alt.FacetChart:
    """Dot and 95% interval for each row, in the order given, with the nation as a dashed line; `chosen` is pointed at.

    `published`: figures of others to draw as labelled lines (mark, label, value).
    """
    rows = frame(shown)
    rows["label"] = rows["label"].where(rows["name"] != chosen, "▸ " + rows["label"])
    unit = shown[0][1].unit
    enough, few = _sizes(shown[0][1].reading)
    scale = alt.Scale(domain=[0, 1]) if unit == "share" else alt.Scale(zero=True)
    y = alt.Y("label:N", sort=list(rows["label"]), title=None, axis=alt.Axis(labelExpr=_LINES, ticks=False, domain=False))
    drawn = rows.dropna(subset=["value"])
    base = alt.Chart(drawn).encode(y=y)
    layers: list[alt.Chart] = [
        alt.Chart(rows).mark_rule(color="#e6eaeb").encode(y=y),
        base.mark_rule(color=theme.ACCENT, strokeWidth=2).encode(x=alt.X("lower:Q", scale=scale), x2="upper:Q"),
        base.mark_point(size=90, stroke=theme.ACCENT, strokeWidth=2, opacity=1, filled=True).encode(
            x=alt.X("value:Q", title=title, scale=scale, axis=_axis(unit)),
            shape=alt.Shape(
                "shape:N",
                title=None,
                legend=alt.Legend(direction="vertical"),
                scale=alt.Scale(domain=[enough, few], range=["circle", "diamond"]),
            ),
            fill=alt.condition(alt.datum.shape == enough, alt.value(theme.ACCENT), alt.value("#ffffff")),
            tooltip=_tooltip("name", "Place or group"),
        ),
    ]
    if nation is not None and nation.value is not None:
        line = alt.Chart(frame([("England and Wales", nation)]))
        layers.append(
            line.mark_rule(color=theme.NATION, strokeDash=[6, 4], strokeWidth=2).encode(x="value:Q", tooltip=_tooltip("name", "Place"))
        )
    if published is not None and len(published):
        line = alt.Chart(_in_print(published)).encode(x="value:Q", tooltip=_PUBLISHED)
        layers.append(line.mark_rule(color=theme.PUBLISHED, strokeDash=[2, 2], strokeWidth=2))
        layers.append(
            line.mark_text(color=theme.PUBLISHED, align="left", dx=3, fontSize=13, fontWeight="bold").encode(text="mark:N", y=alt.value(6))
        )
    return alt.layer(*layers).properties(width="container", height=_height(rows["label"]), autosize=_FIT, usermeta=_NO_MENU)


def summary_intervals(shown: list[tuple[str, Figure]], nation: Figure | None) -> str:
    """What the interval chart says, in a sentence or two; no ranking, only who differs from the nation beyond chance."""
    with_value = [(name, one) for name, one in shown if one.value is not None]
    if not with_value:
        return "No row has a figure for this period."
    text = f"{len(with_value)} of {len(shown)} rows have a figure."
    thin = sum(one.is_thin for _, one in with_value)
    if thin:
        text += f" {thin} rest on fewer than {shown[0][1].reading.few()} and are marked [u]."
    if nation is None or nation.value is None:
        return text
    apart = [
        name for name, one in with_value if one.lower is not None and one.upper is not None and not one.lower <= nation.value <= one.upper
    ]
    if apart:
        return (
            text + f" The interval leaves out the national figure for: {', '.join(apart)}. "
            "Of twelve rows, about one may do so by chance alone."
        )
    return text + " Every interval takes in the national figure: no row can be told apart from it."


def over_time(
    series: dict[str, list[tuple[pd.Timestamp, Figure]]],
    breaks: pd.DataFrame,
    grain: str,
    title: str,
    published: pd.DataFrame | None = None,
) -> alt.LayerChart | alt.FacetChart:
    """Lines over time with the 95% band of the first series; policy breaks as numbered rules the lines do not cross.

    `published`: figures of others (mark, label, value, valid_from, valid_to), drawn over the days they are about.
    """
    parts = []
    for name, points in series.items():
        if points:
            rows = frame([(name, one) for _, one in points])
            rows["date"] = [when for when, _ in points]
            parts.append(rows)
    rows = pd.concat(parts, ignore_index=True)
    rows["piece"] = [int((breaks["date"] <= when).sum()) for when in rows["date"]]
    chosen = next(iter(series))
    unit = next(one.unit for points in series.values() for _, one in points)
    scale = alt.Scale(domain=[0, 1]) if unit == "share" else alt.Scale(zero=True)
    dates = sorted(rows["date"].unique())
    step = max(1, len(dates) // 6)
    pattern = "%Y" if grain == "year" else "%b %Y"
    axis = alt.Axis(
        format=pattern, labelAngle=0, labelOverlap=True, grid=False, values=[pd.Timestamp(d).isoformat() for d in dates[::step]]
    )
    x = alt.X("date:T", title=None, axis=axis)
    drawn = rows.dropna(subset=["value"])
    one = drawn[drawn["name"] == chosen]
    names = list(series)
    colour = alt.Color(
        "name:N",
        title=None,
        scale=alt.Scale(domain=names, range=[theme.ACCENT, theme.NATION][: len(names)]),
        legend=alt.Legend(labelLimit=300),
    )
    dash = alt.StrokeDash(
        "name:N", title=None, scale=alt.Scale(domain=names, range=[[1, 0], [6, 4]][: len(names)]), legend=alt.Legend(labelLimit=300)
    )
    layers = [
        alt.Chart(one)
        .mark_area(color=theme.ACCENT_PALE, opacity=1)
        .encode(x=x, y=alt.Y("lower:Q", scale=scale, axis=_axis(unit), title=title), y2="upper:Q", detail="piece:N"),
        alt.Chart(drawn)
        .mark_line(strokeWidth=2)
        .encode(x=x, y=alt.Y("value:Q", scale=scale), color=colour, strokeDash=dash, detail="piece:N"),
        alt.Chart(drawn)
        .mark_point(size=50, filled=True, opacity=1)
        .encode(x=x, y="value:Q", color=colour, tooltip=[alt.Tooltip("period:N", title="Period"), *_tooltip("name", "Place")]),
    ]
    if published is not None:
        first, last = min(dates), max(dates)
        spans = _in_print(published).assign(
            start=published["valid_from"].fillna(first).clip(lower=first), end=published["valid_to"].fillna(last).clip(upper=last)
        )
        spans = spans[spans["start"] < spans["end"]]
        if len(spans):
            line = alt.Chart(spans).encode(x="start:T", y=alt.Y("value:Q", scale=scale), tooltip=_PUBLISHED)
            layers.append(line.mark_rule(color=theme.PUBLISHED, strokeDash=[2, 2], strokeWidth=2).encode(x2="end:T"))
            layers.append(line.mark_text(color=theme.PUBLISHED, align="left", dy=-8, fontSize=13, fontWeight="bold").encode(text="mark:N"))
    if len(breaks):
        rule = alt.Chart(breaks).encode(x=alt.X("date:T"))
        about = [alt.Tooltip("date:T", format="%-d %B %Y", title="Break"), alt.Tooltip("label:N", title="What changed")]
        layers.append(rule.mark_rule(color=theme.WARN, strokeDash=[2, 3], strokeWidth=2).encode(tooltip=about))
        layers.append(
            rule.mark_text(color=theme.WARN, align="left", dx=4, baseline="top", fontSize=13, fontWeight="bold").encode(
                text="mark:N", y=alt.value(2), tooltip=about
            )
        )
    return alt.layer(*layers).properties(width="container", height=300, autosize=_FIT, usermeta=_NO_MENU)


def summary_over_time(points: list[tuple[pd.Timestamp, Figure]]) -> str:
    """First and last figure of the line with their intervals; says when a change is within chance."""
    known = [one for _, one in points if one.value is not None]
    if not known:
        return "No period has a figure."
    if len(known) == 1:
        return f"One period has a figure: {known[0].period}."
    first, last = known[0], known[-1]
    text = f"{len(known)} periods have a figure, from {first.period} to {last.period}."
    if first.lower is None or first.upper is None or last.lower is None or last.upper is None:
        return text
    if first.lower <= last.upper and last.lower <= first.upper:
        return text + " The intervals of the first and the last overlap: a change between them may be chance."
    return text + " The intervals of the first and the last do not overlap."


def funnel_plot(shown: list[tuple[str, Figure]], limits: Funnel, title: str) -> alt.LayerChart | alt.FacetChart:
    """Rate against number of releases with inner (dashed) and outer (solid) limits around the pooled rate."""
    levels = (shown[0][1].reading.funnel_alert_level, shown[0][1].reading.funnel_action_level)
    rows = frame(shown).dropna(subset=["value", "n"])
    lines = pd.DataFrame(
        [
            {"n": n, "limit": bound, "level": f"{level_words(level)} limit", "side": f"{level}{side}"}
            for level in levels
            for n in limits.sizes
            for side, bound in zip("lh", limits.at(level, n), strict=True)
        ]
    )
    scale = alt.Scale(domain=[0, 1])
    curve = (
        alt.Chart(lines)
        .mark_line(color=theme.MUTED, strokeWidth=1.5)
        .encode(
            x=alt.X("n:Q", title="Releases in the denominator", axis=alt.Axis(tickCount=5)),
            y=alt.Y("limit:Q", scale=scale, title=title, axis=_PERCENT),
            detail="side:N",
            strokeDash=alt.StrokeDash(
                "level:N", title=None, scale=alt.Scale(domain=[f"{level_words(level)} limit" for level in levels], range=[[5, 4], [1, 0]])
            ),
        )
    )
    centre = alt.Chart(pd.DataFrame([{"limit": limits.pooled}])).mark_rule(color=theme.NATION).encode(y="limit:Q")
    points = (
        alt.Chart(rows)
        .mark_point(size=90, filled=True, color=theme.ACCENT, opacity=1)
        .encode(x="n:Q", y=alt.Y("value:Q", scale=scale), tooltip=_tooltip("name", "Provider"))
    )
    return alt.layer(curve, centre, points).properties(width="container", height=340, autosize=_FIT, usermeta=_NO_MENU)


def level_words(level: float) -> str:
    """The level of a limit in words: 0.998 is 99.8%."""
    return f"{level * 100:g}%"


def outside(shown: list[tuple[str, Figure]], limits: Funnel, level: float) -> list[str]:
    """Names of the units outside the limits of `level`, in the order of the alphabet."""
    names = []
    for name, one in shown:
        if one.value is None or one.numerator is None or not one.denominator:
            continue
        if limits.is_outside(level, int(one.numerator), int(one.denominator)):
            names.append(name)
    return sorted(names)


def due_by_week(rows: pd.DataFrame, states: list[str]) -> alt.Chart:
    """Planned releases of each week ahead by what is known of the home. `rows`: week (text, in order), state, n."""
    colours = [theme.WARN, theme.MUTED, "#8fb3bc", theme.ACCENT]
    return (
        alt.Chart(rows.assign(order=rows["state"].map(states.index)))
        .mark_bar(stroke="#ffffff", strokeWidth=1)
        .encode(
            x=alt.X("n:Q", title="Planned releases", axis=alt.Axis(tickMinStep=1, tickCount=5)),
            y=alt.Y("week:N", sort=list(dict.fromkeys(rows["week"])), title=None, axis=alt.Axis(ticks=False, domain=False, labelPadding=6)),
            color=alt.Color(
                "state:N",
                title=None,
                sort=states,
                scale=alt.Scale(domain=states, range=colours),
                legend=alt.Legend(columns=2, labelLimit=300),
            ),
            order="order:Q",
            tooltip=[
                alt.Tooltip("week:N", title="Week"),
                alt.Tooltip("state:N", title="Home"),
                alt.Tooltip("n:Q", title="Planned releases", format=","),
            ],
        )
        .properties(width="container", height=28 * rows["week"].nunique(), autosize=_FIT, usermeta=_NO_MENU)
    )


def paid_by_outcome(rows: pd.DataFrame) -> alt.LayerChart | alt.FacetChart:
    """Claimed (outline) and paid (solid) pounds by outcome cell. `rows`: label, claimed, paid, claims, paid_claims."""
    y = alt.Y("label:N", sort=list(rows["label"]), title=None, axis=alt.Axis(labelExpr=_LINES, ticks=False, domain=False))
    about = [
        alt.Tooltip("cell:N", title="Outcome"),
        alt.Tooltip("claims:Q", title="Claims", format=","),
        alt.Tooltip("paid_claims:Q", title="Of these paid", format=","),
        alt.Tooltip("claimed_in_print:N", title="Claimed"),
        alt.Tooltip("paid_in_print:N", title="Paid"),
    ]
    base = alt.Chart(rows.assign(claimed_in_print=rows["claimed"].map(pounds), paid_in_print=rows["paid"].map(pounds))).encode(y=y, tooltip=about)
    axis = alt.Axis(format="~s", tickCount=4)
    return alt.layer(
        base.mark_bar(fill="#ffffff", stroke=theme.ACCENT, strokeWidth=1.5, height=22).encode(
            x=alt.X("claimed:Q", title="Pounds: outline is claimed, solid is paid", axis=axis)
        ),
        base.mark_bar(fill=theme.ACCENT, height=10).encode(x="paid:Q"),
    ).properties(width="container", height=46 * len(rows), autosize=_FIT, usermeta=_NO_MENU)


def verified_and_achieved(rows: pd.DataFrame, title: str, paid: str, others: str) -> alt.LayerChart | alt.FacetChart:
    """Observed over expected (up) against verified work (across), a point a provider and, hollow, people like theirs; no line through them.
    `rows`: name, who (`paid` or `others`), verified, ratio, lower, upper, releases, is_chosen."""
    rows = rows.assign(shown=rows["verified"].map(percent), ratio_shown=rows["ratio"].map("{:.2f}".format))
    x = alt.X("verified:Q", title="Plans and reviews due, with a claim that fails no condition", scale=alt.Scale(domain=[0, 1]), axis=_PERCENT)
    # The names of points that lie close would cover one another; the table beside has them all.
    near = rows["upper"].max() / 12
    x_of, y_of = rows["verified"].to_numpy(), rows["ratio"].to_numpy()
    beside = ((abs(x_of[:, None] - x_of) < 0.15) & (abs(y_of[:, None] - y_of) < near)).sum(axis=1)
    named = rows[(rows["is_chosen"] | (beside == 1)) & (rows["who"] == paid)].assign(label=lambda one: one["name"].map(lambda name: textwrap.shorten(name, 28, placeholder=" …")))
    about = [
        alt.Tooltip("name:N", title="Provider"), alt.Tooltip("who:N", title="Released"), alt.Tooltip("shown:N", title="Verified"),
        alt.Tooltip("ratio_shown:N", title="Observed over expected"), alt.Tooltip("releases:Q", title="Releases known", format=","),
    ]  # fmt: skip
    base = alt.Chart(rows).encode(x=x)
    return alt.layer(
        base.transform_filter(alt.datum.who == paid).mark_rule(color=theme.ACCENT, strokeWidth=1.5, opacity=0.5).encode(y=alt.Y("lower:Q", title=title), y2="upper:Q"),
        base.mark_point(size=90, stroke=theme.ACCENT, strokeWidth=2, filled=True, opacity=1).encode(
            y=alt.Y("ratio:Q", title=title, scale=alt.Scale(zero=True)),
            fill=alt.Fill("who:N", title=None, scale=alt.Scale(domain=[paid, others], range=[theme.ACCENT, "#ffffff"])),
            shape=alt.Shape("who:N", title=None, scale=alt.Scale(domain=[paid, others], range=["circle", "diamond"]), legend=alt.Legend(direction="vertical", labelLimit=320)),
            tooltip=about,
        ),
        alt.Chart(named).mark_text(color=theme.INK, dy=-14, fontSize=12).encode(x=x, y="ratio:Q", text="label:N"),
    ).properties(width="container", height=360, autosize=_FIT, usermeta=_NO_MENU)
