"""Frames to Altair charts. No Streamlit, no SQL. Every chart has its text summary beside it (`summary_...`)."""

import math
import textwrap
from base64 import b64encode
from collections.abc import Iterable
from threading import Lock
from typing import Any

import altair as alt
import pandas as pd
from altair.utils import schemapi

from dashboard.parts import theme
from dashboard.parts.figure import PARTS, Figure, Reading, period_end
from dashboard.parts.over_time import CAUSES, MARKS, Series
from ground.printing import percent
from ground.statistics import Funnel, Incidence

# Specifications are made of our own code and looked at in tests; to hold each against the schema at every run takes most of the time of a page.
schemapi.disable_debug_mode()

# The menu of the chart library would save the exact data behind a chart.
_NO_MENU = {"embedOptions": {"actions": False}}
# The height given is that of the plot: names and legend come on top of it, however long.
_FIT = alt.AutoSizeParams(type="fit-x", contains="padding")
_PERCENT = alt.Axis(format=".0%", tickCount=5)


# Which way rows go is one for all threads.
_COMPILING = Lock()


def compiled(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """The specification of a chart; its frames stand beside it by name, in `datasets`."""
    rows: dict[str, pd.DataFrame] = {}

    def keep(frame: pd.DataFrame) -> dict[str, str]:
        # Layers that share a frame name it once.
        name = next((name for name, kept in rows.items() if kept is frame), f"rows{len(rows)}")
        rows[name] = frame
        return {"name": name}

    with _COMPILING:
        alt.data_transformers.register("beside", keep)
        with alt.data_transformers.enable("beside"):
            return chart.to_dict(validate=False) | {"datasets": rows}


def _sized(chart: Any, height: int) -> Any:
    """As wide as its place, of so many pixels. Set as it is: `properties` holds each value against the schema first."""
    chart.width, chart.height, chart.autosize, chart.usermeta = "container", height, _FIT, _NO_MENU
    return chart


def _wrapped(name: str) -> str:
    """A name in at most two lines; the table beside the chart has it whole."""
    return "\n".join(textwrap.wrap(name, 24, max_lines=2, placeholder=" …")) or name


def _below(title: str) -> list[str]:
    """What an axis below a plot is called, in lines that a telephone holds; from where it runs on one of its own."""
    name, runs, ends = title.partition(" (axis")
    return textwrap.wrap(name, 34) + ([f"{runs.strip()}{ends}"] if runs else [])


def _height(labels: pd.Series) -> int:
    return len(labels) * (14 + 18 * max(1 + label.count("\n") for label in labels))


_LINES = "split(datum.label, '\\n')"


def _sizes(reading: Reading) -> tuple[str, str]:
    """Words for a figure that can be relied on, and for one on too few releases."""
    few = reading.few("releases")
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
    """Dot and 95% interval for each row, in the order given, with the nation as a dashed line; `chosen` is pointed at. The axis fits what is drawn;
    rows with too few releases have no dot.

    `published`: figures of others to draw as labelled lines (mark, label, value).
    """
    rows = frame(shown)
    rows["label"] = rows["label"].where(rows["name"] != chosen, "▸ " + rows["label"])
    unit = shown[0][1].unit
    enough, few = _sizes(shown[0][1].reading)
    drawn = rows.dropna(subset=["value"])
    drawn = drawn[drawn["n"].fillna(0) >= shown[0][1].reading.low_rate_denominator]
    beside = [nation.value if nation is not None else None, *(published["value"] if published is not None and len(published) else [])]
    domain = fitted([*drawn["value"], *drawn["lower"], *drawn["upper"], *beside], unit)
    scale = alt.Scale(domain=list(domain), nice=False)
    title = f"{title} ({axis_words(domain, unit)})"
    y = alt.Y("label:N", sort=list(rows["label"]), title=None, axis=alt.Axis(labelExpr=_LINES, ticks=False, domain=False))
    base = alt.Chart(drawn).encode(y=y)
    layers: list[alt.Chart] = [
        alt.Chart(rows).mark_rule(color="#e6eaeb").encode(y=y),
        base.mark_rule(color=theme.ACCENT, strokeWidth=2).encode(x=alt.X("lower:Q", scale=scale), x2=alt.X2("upper:Q")),
        base.mark_point(size=90, stroke=theme.ACCENT, strokeWidth=2, opacity=1, filled=True).encode(
            x=alt.X("value:Q", title=_below(title), scale=scale, axis=_axis(unit)),
            shape=alt.Shape(
                "shape:N",
                title=None,
                legend=alt.Legend(direction="vertical"),
                scale=alt.Scale(domain=[enough, few], range=["circle", "diamond"]),
            ),
            fill=alt.FillValue("#ffffff", condition={"test": alt.datum.shape == enough, "value": theme.ACCENT}),
            tooltip=_tooltip("name", "Place or group"),
        ),
    ]
    if nation is not None and nation.value is not None:
        line = alt.Chart(frame([("England and Wales", nation)]))
        layers.append(
            line.mark_rule(color=theme.NATION, strokeDash=[6, 4], strokeWidth=2).encode(x=alt.X("value:Q"), tooltip=_tooltip("name", "Place"))
        )
    if published is not None and len(published):
        line = alt.Chart(_in_print(published)).encode(x=alt.X("value:Q"), tooltip=_PUBLISHED)
        layers.append(line.mark_rule(color=theme.PUBLISHED, strokeDash=[2, 2], strokeWidth=2))
        layers.append(
            line.mark_text(color=theme.PUBLISHED, align="left", dx=3, fontSize=13, fontWeight="bold").encode(text=alt.Text("mark:N"), y=alt.value(6))
        )
    return _sized(alt.layer(*layers), _height(rows["label"]))


def summary_intervals(shown: list[tuple[str, Figure]], nation: Figure | None) -> str:
    """What the interval chart says, in a sentence or two; no ranking, and no test against the nation, of which each row is a part."""
    with_value = [(name, one) for name, one in shown if one.value is not None]
    if not with_value:
        return "No row has a figure for this period."
    text = f"{len(with_value)} of {len(shown)} rows have a figure."
    least = shown[0][1].reading.low_rate_denominator
    few = sum((one.denominator or 0) < least for _, one in with_value)
    if few:
        text += f" {few} {_rests(few)} on fewer than {least} releases and {_is(few)} not drawn."
    if thin := sum(one.is_thin and (one.denominator or 0) >= least for _, one in with_value):
        enough = shown[0][1].reading.few("releases")
        all_of = f"; all {few + thin} are marked [u]." if few else f" and {_is(thin)} marked [u]."
        text += f" {thin}{' more' if few else ''} {_rests(thin)} on fewer than {enough}{all_of}"
    if nation is None or nation.value is None:
        return text
    above = sum(one.value > nation.value for _, one in with_value if one.value is not None)
    below = sum(one.value < nation.value for _, one in with_value if one.value is not None)
    return f"{text} {above} {'lies' if above == 1 else 'lie'} above the figure of {nation.place} and {below} below; each is a part of it, so no difference is tested."


def _rests(count: int) -> str:
    return "rests" if count == 1 else "rest"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def fitted(values: Iterable[float | None], unit: str) -> tuple[float, float]:
    """From where to where an axis runs that holds these values: on round numbers, a little beyond them; shares stay between 0 and 1."""
    held = [float(one) for one in values if one is not None and not pd.isna(one)]
    if not held:
        return 0.0, 1.0
    low, high = min(held), max(held)
    if unit == "share":
        low, high = max(low, 0.0), min(high, 1.0)
    room = max((high - low) * 0.06, 0.005 if unit == "share" else 0.5)
    step = next(one for one in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 1e9) if one * 12 >= high - low + 2 * room)
    first, last = math.floor((low - room) / step) * step, math.ceil((high + room) / step) * step
    first = max(first, 0.0) if low >= 0 else first
    return round(first, 6), round(min(last, 1.0) if unit == "share" else last, 6)


def axis_words(domain: tuple[float, float], unit: str) -> str:
    """The ends of an axis in words, for beside its name; said because it does not run from 0 to 100%."""
    if unit == "share":
        low, high = (f"{100 * one:g}%" for one in domain)
    else:
        low, high = (f"{one:g}" for one in domain)
    return f"axis from {low} to {high}"


# Shape and colour of a mark; no two alike in either.
_MARKED = {
    "common_cause": ("circle", theme.MUTED),
    "improvement": ("diamond", theme.ACCENT),
    "concern": ("square", theme.WARN),
    "neutral_high": ("triangle-up", theme.PUBLISHED),
    "neutral_low": ("triangle-down", theme.PUBLISHED),
}


def xmr(shown: Series, breaks: pd.DataFrame, title: str) -> alt.LayerChart | alt.FacetChart:
    """An XmR chart: points with their marks in shape and word, mean and limits of each piece (dashed while on trial), breaks as numbered rules that no
    line crosses, the target dotted. `breaks`: date, label, mark."""
    unit = shown.latest.unit
    rows = frame([(one.period, one) for _, one in shown.points])
    rows["date"] = [_placed(start, shown.grain) for start, _ in shown.points]
    rows["piece"] = [one.segment for one in shown.made.points]
    rows["mark"] = [MARKS[one.mark][1] for one in shown.made.points]
    rows["cause"] = [CAUSES[one.cause] for one in shown.made.points]
    rows["mean"] = [one.mean for one in shown.made.points]
    for name in ("low", "high"):
        rows[name] = [one.lower if name == "low" else one.upper for one in shown.made.points]
        # Drawn within what a share, or a number of days, can be; the test was made without.
        rows[name] = rows[name].astype(float).clip(0, 1 if unit == "share" else None)
    last = shown.made.points[-1].segment
    rows["limits"] = [f"{'Trial limits' if shown.made.is_trial and piece == last else 'Limits'}" for piece in rows["piece"]]
    domain = fitted([*rows["value"], *rows["low"], *rows["high"], shown.target], unit)
    scale = alt.Scale(domain=list(domain), nice=False)
    x = alt.X("date:T", title=None, axis=alt.Axis(format="%b %Y", labelAngle=0, labelOverlap=True, labelBound=4, grid=False, tickCount=7))
    name = f"{title} ({axis_words(domain, unit)})"
    words = [MARKS[one][1] for one in _MARKED if one in {point.mark for point in shown.made.points}]
    kinds = [one for one in _MARKED if MARKS[one][1] in words]
    layers: list[alt.Chart] = []
    y = alt.Y("value:Q", scale=scale, axis=_axis(unit), title=name)
    if shown.made.has_limits or rows["low"].notna().any():
        held_limits = [one for one in ("Limits", "Trial limits") if one in set(rows.dropna(subset=["low"])["limits"])]
        dashes = alt.StrokeDash(
            "limits:N", title=None, scale=alt.Scale(domain=held_limits, range=[[1, 0] if one == "Limits" else [5, 4] for one in held_limits]), legend=alt.Legend(labelLimit=240)
        )
        held = alt.Chart(rows.dropna(subset=["low", "high"])).encode(x=x, detail=alt.Detail("piece:N"), strokeDash=dashes)
        layers += [held.mark_line(color=theme.NATION, strokeWidth=1.3).encode(y=alt.Y(f"{one}:Q", scale=scale)) for one in ("low", "high")]
    layers += [
        alt.Chart(rows).mark_line(color=theme.NATION, strokeWidth=1.3, opacity=0.75).encode(x=x, y=alt.Y("mean:Q", scale=scale), detail=alt.Detail("piece:N")),
        alt.Chart(rows).mark_line(color=theme.MUTED, strokeWidth=1.2).encode(x=x, y=y, detail=alt.Detail("piece:N")),
        alt.Chart(rows)
        .mark_point(size=75, filled=True, opacity=1, stroke="#ffffff", strokeWidth=0.5)
        .encode(
            x=x,
            y=y,
            shape=alt.Shape("mark:N", title=None, scale=alt.Scale(domain=words, range=[_MARKED[one][0] for one in kinds])),
            color=alt.Color("mark:N", title=None, scale=alt.Scale(domain=words, range=[_MARKED[one][1] for one in kinds])),
            tooltip=[
                alt.Tooltip("period:N", title="Period"), alt.Tooltip("mark:N", title="Mark"), alt.Tooltip("cause:N", title="Because"), *_tooltip("name", "Points")
            ],
        ),
    ]  # fmt: skip
    if shown.target is not None:
        aim = alt.Chart(pd.DataFrame([{"value": shown.target, "label": f"Target {percent(shown.target)}"}]))
        layers.append(aim.mark_rule(color=theme.PUBLISHED, strokeDash=[2, 2], strokeWidth=2).encode(y=alt.Y("value:Q", scale=scale)))
        layers.append(aim.mark_text(color=theme.PUBLISHED, align="left", dy=-7, dx=3, fontSize=12).encode(y=alt.Y("value:Q", scale=scale), x=alt.value(0), text=alt.Text("label:N")))
    if len(breaks):
        rule = alt.Chart(breaks).encode(x=alt.X("date:T"))
        about = [alt.Tooltip("date:T", format="%-d %B %Y", title="Break"), alt.Tooltip("label:N", title="What changed")]
        layers.append(rule.mark_rule(color=theme.WARN, strokeDash=[2, 3], strokeWidth=2).encode(tooltip=about))
        layers.append(
            rule.mark_text(color=theme.WARN, align="left", dx=4, baseline="top", fontSize=13, fontWeight="bold").encode(text=alt.Text("mark:N"), y=alt.value(2), tooltip=about)
        )
    return _sized(alt.layer(*layers), 300)


def _placed(start: pd.Timestamp, grain: str) -> pd.Timestamp:
    """Where a period stands on an axis of time: at the first day of its last month."""
    return period_end(start, grain).replace(day=1)


def sparkline(shown: Series) -> str:
    """The same as a small picture of 132 by 34: the line in its pieces, mean and limits of the last, the latest point in the shape of its mark. SVG, for
    a cell of a table whose words say it."""
    wide, high, edge = 132.0, 34.0, 4.0
    points = shown.made.points
    held = [one.value for one in points] + [bound for one in points[-1:] for bound in (one.lower, one.upper) if bound is not None]
    low, top = min(held), max(held)
    span = (top - low) or 1.0
    first, last = shown.points[0][0], shown.points[-1][0]
    days = max((last - first).days, 1)

    def x(when: pd.Timestamp) -> float:
        return edge + (wide - 2 * edge) * (when - first).days / days

    def y(value: float) -> float:
        return high - edge - (high - 2 * edge) * (value - low) / span

    drawn = []
    begins = x(shown.points[next(place for place, one in enumerate(points) if one.segment == points[-1].segment)][0])
    for bound, width in ((points[-1].mean, 1.0), (points[-1].lower, 0.7), (points[-1].upper, 0.7)):
        if bound is not None:
            drawn.append(f'<path d="M{begins:.1f} {y(bound):.1f}H{wide - edge:.1f}" stroke="{theme.NATION}" stroke-width="{width}" fill="none"/>')
    for piece in sorted({one.segment for one in points}):
        path = " ".join(f"{x(when):.1f},{y(one.value):.1f}" for (when, _), one in zip(shown.points, points, strict=True) if one.segment == piece)
        drawn.append(f'<polyline points="{path}" stroke="{theme.MUTED}" stroke-width="1.2" fill="none"/>')
    shape, colour = _MARKED[points[-1].mark]
    drawn.append(_glyph(shape, x(last), y(points[-1].value), colour))
    return _picture("".join(drawn), int(wide), int(high))


def glyph(mark: str) -> str:
    """The shape of a mark as a small picture beside its word."""
    shape, colour = _MARKED[mark]
    return _picture(_glyph(shape, 6.5, 6.5, colour, 4.5), 13, 13)


def _picture(inner: str, wide: int, high: int) -> str:
    """SVG as an image that carries itself: what is in a page as SVG is left out of it by Streamlit. Its words stand beside it."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}">{inner}</svg>'
    return f'<img class="spark" alt="" width="{wide}" height="{high}" src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}">'


def _glyph(shape: str, x: float, y: float, colour: str, r: float = 3.5) -> str:
    corners = {
        "diamond": ((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),
        "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
        "triangle-up": ((0, -1.1), (1.1, 0.9), (-1.1, 0.9)),
        "triangle-down": ((0, 1.1), (1.1, -0.9), (-1.1, -0.9)),
    }
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}" fill="{colour}"/>'
    at = " ".join(f"{x + r * dx:.1f},{y + r * dy:.1f}" for dx, dy in corners[shape])
    return f'<polygon points="{at}" fill="{colour}"/>'


def funnel_plot(shown: list[tuple[str, Figure]], limits: Funnel, title: str, what: str, base: str, chosen: str = "") -> alt.LayerChart | alt.FacetChart:
    """Share against number of releases with inner (dashed) and outer (solid) limits around the pooled share. Units with too few releases are not drawn,
    others named where there is room, those outside first; `what` a point is, `base` what its denominator counts, `chosen` is told apart."""
    least = shown[0][1].reading.low_rate_denominator
    levels = (shown[0][1].reading.funnel_alert_level, shown[0][1].reading.funnel_action_level)
    rows = frame(shown).dropna(subset=["value", "n"])
    rows = rows[rows["n"] >= least].reset_index(drop=True)
    out = {name: level_words(level) for level in levels for name in outside(shown, limits, level)}
    rows["where"] = [f"Outside {out[name]}" if name in out else "Inside" for name in rows["name"]]
    sizes = [n for n in limits.sizes if n >= least] or [least]
    lines = pd.DataFrame(
        [
            {"n": n, "limit": bound, "level": f"{level_words(level)} limit", "side": f"{level}{side}"}
            for level in levels
            for n in sizes
            for side, bound in zip("lh", limits.at(level, n), strict=True)
        ]
    )
    # The outer limits of the smallest unit would make the axis; what is drawn does.
    seen = lines[lines["n"] >= max(least, rows["n"].quantile(0.1))] if len(rows) else lines
    domain = fitted([*rows["value"], *seen["limit"], limits.pooled], "share")
    scale = alt.Scale(domain=list(domain), nice=False)
    x = alt.X("n:Q", title=_below(f"{base}, of each {what}"), axis=alt.Axis(tickCount=5, format=",.0f"), scale=alt.Scale(zero=False, nice=True))
    name = f"{title} ({axis_words(domain, 'share')})"
    curve = (
        alt.Chart(lines)
        .mark_line(color=theme.MUTED, strokeWidth=1.5, clip=True)
        .encode(
            x=x,
            y=alt.Y("limit:Q", scale=scale, title=name, axis=_PERCENT),
            detail=alt.Detail("side:N"),
            strokeDash=alt.StrokeDash("level:N", title=None, scale=alt.Scale(domain=[f"{level_words(level)} limit" for level in levels], range=[[5, 4], [1, 0]])),
        )
    )
    centre = alt.Chart(pd.DataFrame([{"limit": limits.pooled}])).mark_rule(color=theme.NATION).encode(y=alt.Y("limit:Q", scale=scale))
    kinds = ["Inside", *(f"Outside {level_words(level)}" for level in levels)]
    shapes = dict(zip(kinds, (("circle", theme.MUTED), ("diamond", theme.ACCENT), ("square", theme.WARN)), strict=True))
    held = [one for one in kinds if one in set(rows["where"])]
    points = (
        alt.Chart(rows)
        .mark_point(size=80, filled=True, opacity=1)
        .encode(
            x=x,
            y=alt.Y("value:Q", scale=scale),
            shape=alt.Shape("where:N", title=None, scale=alt.Scale(domain=held, range=[shapes[one][0] for one in held])),
            color=alt.Color("where:N", title=None, scale=alt.Scale(domain=held, range=[shapes[one][1] for one in held])),
            tooltip=[*_tooltip("name", what.capitalize()), alt.Tooltip("where:N", title="Limits")],
        )
    )
    named = _named(rows, domain, chosen)
    text = (
        alt.Chart(rows[named].assign(label=[textwrap.shorten(one, 26, placeholder=" …") for one in rows.loc[named, "name"]]))
        .mark_text(color=theme.INK, align="left", dx=8, dy=-6, fontSize=12, text=alt.ExprRef(f"{theme.IS_NARROW} ? '' : datum.label"))
        .encode(x=x, y=alt.Y("value:Q", scale=scale))
    )
    return _sized(alt.layer(curve, centre, points, text), 360)


def _named(rows: pd.DataFrame, domain: tuple[float, float], chosen: str) -> pd.Series:
    """Which points have room for their name: those outside the limits and the one chosen first, then in the order of the alphabet."""
    wide, high = max(float(rows["n"].max() - rows["n"].min()), 1.0), max(domain[1] - domain[0], 1e-9)
    taken: list[tuple[float, float]] = []
    named = pd.Series(False, index=rows.index)
    points = [*enumerate(rows.to_dict("records"))]
    for at, one in sorted(points, key=lambda point: (point[1]["name"] != chosen, point[1]["where"] == "Inside", str(point[1]["name"]))):
        x, y = (one["n"] - rows["n"].min()) / wide, (one["value"] - domain[0]) / high
        if all(abs(x - left) > 0.22 or abs(y - up) > 0.055 for left, up in taken) and x < 0.88:
            taken.append((x, y))
            named.iloc[at] = True
    return named


def flow(rows: pd.DataFrame, order: list[str]) -> alt.LayerChart | alt.FacetChart:
    """Where people were at three months (along) by where the same people were on the first night (down), in counts. Each part that has room says what it
    is and its number. `rows`: night, later, n; `order` of both."""
    seen = [one for one in order if one in set(rows["later"])]
    palette = dict(zip(order, ("#0b5567", "#8fb3bc", "#8a3b12", "#51616a", "#c9d2d4", "#5b3f7a", "#a9b37c"), strict=False))
    dark = ("#0b5567", "#8a3b12", "#51616a", "#5b3f7a")
    rows = rows.groupby(["night", "later"])["n"].sum().reset_index()
    rows = rows.assign(place=rows["later"].map(order.index)).sort_values(["night", "place"])
    rows["end"] = rows.groupby("night")["n"].cumsum()
    rows["start"] = rows["end"] - rows["n"]
    rows["middle"] = (rows["start"] + rows["end"]) / 2
    rows["ink"] = ["#ffffff" if palette[one] in dark else theme.INK for one in rows["later"]]
    most = int(rows["end"].max())
    rows["shown"] = [f"{later} {n:,}" if n * 100 >= most * 2.2 * len(f"{later} {n:,}") / 2 else f"{n:,}" if n * 100 >= most * 3 else "" for later, n in zip(rows["later"], rows["n"], strict=True)]
    y = alt.Y("night:N", sort=[one for one in order if one in set(rows["night"])], title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=220))
    about = [alt.Tooltip("night:N", title="First night"), alt.Tooltip("later:N", title="At three months"), alt.Tooltip("n:Q", title="Releases", format=",")]
    base = alt.Chart(rows).encode(y=y, tooltip=about)
    bars = base.mark_bar(stroke="#ffffff", strokeWidth=1).encode(
        x=alt.X("start:Q", title="Releases (axis from 0)", axis=alt.Axis(tickCount=5, tickMinStep=1, format=",.0f"), scale=alt.Scale(domain=[0, most], nice=True)),
        x2=alt.X2("end:Q"),
        color=alt.Color("later:N", title="At three months", sort=seen, scale=alt.Scale(domain=seen, range=[palette[one] for one in seen]), legend=alt.Legend(columns=alt.ExprRef(f"{theme.IS_NARROW} ? 1 : 3"), labelLimit=280)),
    )
    text = base.mark_text(fontSize=12, text=alt.ExprRef(f"{theme.IS_NARROW} ? (datum.n * width / {most} > 24 ? datum.n : '') : datum.shown")).encode(x=alt.X("middle:Q"), color=alt.Color("ink:N", scale=None))
    return _sized(alt.layer(bars, text), 44 * rows["night"].nunique())


def incidence(made: Incidence, days: tuple[int, ...]) -> alt.LayerChart | alt.FacetChart:
    """Recall by time as steps with its band, other exits dashed, and under the axis how many were at risk on `days`."""
    last = days[-1]
    names = ["Recalled, with 95% band", "Otherwise out: licence over, removed, died"]
    rows = pd.DataFrame(
        [
            {"day": day, "kind": name, "share": float(held[day]), "shown": percent(float(held[day])), "risk": int(made.at_risk[day])}
            for name, held in zip(names, (made.recalled, made.other), strict=True)
            for day in range(last + 1)
        ]
    )
    band = pd.DataFrame([{"day": day, "low": float(made.lower[day]), "high": float(made.upper[day])} for day in range(last + 1) if made.lower[day] == made.lower[day]])
    domain = fitted([0.0, float(made.recalled.max()), float(made.other.max()), *(band["high"] if len(band) else [])], "share")
    scale = alt.Scale(domain=list(domain), nice=False)
    # Days that lie close are lowered in turn, so that no label covers another.
    at = " : ".join(f"datum.value == {day} ? [{', '.join((['``', '``'] if day in (7, 42) else []) + [f'`{day}`', f'`{made.at_risk[day]:,}`'])}]" for day in days).replace("`", "'")
    axis = alt.Axis(values=list(days), labelExpr=f"{at} : ''", labelOverlap=False, labelBound=False, labelFlush=False, grid=False)
    x = alt.X("day:Q", title=_below("Days since release, and below each how many were at risk"), axis=axis, scale=alt.Scale(domain=[0, last], nice=False))
    layers: list[alt.Chart] = []
    if len(band):
        layers.append(
            alt.Chart(band).mark_area(color=theme.ACCENT_PALE, interpolate="step-after").encode(x=x, y=alt.Y("low:Q", scale=scale, axis=_PERCENT, title=f"Share of releases on licence ({axis_words(domain, 'share')})"), y2=alt.Y2("high:Q"))
        )
    layers.append(
        alt.Chart(rows)
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=x,
            y=alt.Y("share:Q", scale=scale, axis=_PERCENT, title=f"Share of releases on licence ({axis_words(domain, 'share')})"),
            color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=names, range=[theme.ACCENT, theme.NATION]), legend=alt.Legend(labelLimit=340)),
            strokeDash=alt.StrokeDash("kind:N", title=None, scale=alt.Scale(domain=names, range=[[1, 0], [6, 4]]), legend=alt.Legend(labelLimit=340)),
            tooltip=[alt.Tooltip("kind:N", title="What"), alt.Tooltip("day:Q", title="By day"), alt.Tooltip("shown:N", title="Share"), alt.Tooltip("risk:Q", title="At risk that day", format=",")],
        )
    )
    return _sized(alt.layer(*layers), 320)


def adjusted(rows: pd.DataFrame, overall: float, title: str) -> alt.LayerChart | alt.FacetChart:
    """Crude (hollow diamond) and adjusted share (dot with its 95% limits) of each place in the order given, with the share of everybody dashed. `rows`: name,
    crude, adjusted, lower, upper, releases."""
    rows = rows.assign(label=[_wrapped(one) for one in rows["name"]], crude_shown=rows["crude"].map(percent), adjusted_shown=rows["adjusted"].clip(0, 1).map(percent))
    domain = fitted([*rows["crude"], *rows["lower"], *rows["upper"], overall], "share")
    scale = alt.Scale(domain=list(domain), nice=False)
    kinds = ["Crude share", "Adjusted share, with 95% limits"]
    long = pd.concat([rows.assign(kind=kinds[0], value=rows["crude"]), rows.assign(kind=kinds[1], value=rows["adjusted"])])
    y = alt.Y("label:N", sort=list(rows["label"]), title=None, axis=alt.Axis(labelExpr=_LINES, ticks=False, domain=False))
    about = [
        alt.Tooltip("name:N", title="Place"), alt.Tooltip("crude_shown:N", title="Crude share"), alt.Tooltip("adjusted_shown:N", title="Adjusted share"),
        alt.Tooltip("releases:Q", title="Releases known", format=","),
    ]  # fmt: skip
    drawn = alt.layer(
        alt.Chart(rows).mark_rule(color=theme.ACCENT, strokeWidth=2, clip=True).encode(y=y, x=alt.X("lower:Q", scale=scale), x2=alt.X2("upper:Q")),
        alt.Chart(long)
        .mark_point(size=85, strokeWidth=2, stroke=theme.ACCENT, filled=True, opacity=1)
        .encode(
            y=y,
            x=alt.X("value:Q", title=_below(f"{title} ({axis_words(domain, 'share')})"), scale=scale, axis=_PERCENT),
            shape=alt.Shape("kind:N", title=None, scale=alt.Scale(domain=kinds, range=["diamond", "circle"]), legend=alt.Legend(labelLimit=280)),
            fill=alt.Fill("kind:N", title=None, scale=alt.Scale(domain=kinds, range=["#ffffff", theme.ACCENT])),
            tooltip=about,
        ),
        alt.Chart(pd.DataFrame([{"value": overall}])).mark_rule(color=theme.NATION, strokeDash=[6, 4], strokeWidth=2).encode(x=alt.X("value:Q")),
    )
    return _sized(drawn, _height(rows["label"]))


def calibration(tenths: pd.DataFrame) -> alt.LayerChart | alt.FacetChart:
    """Observed against expected releases of each tenth of the fitted chances; on the line both are equal. `tenths`: releases, observed, expected."""
    rows = tenths.assign(observed=tenths["observed"].astype(float), expected=tenths["expected"].astype(float), tenth=range(1, len(tenths) + 1))
    low, high = fitted([*rows["observed"], *rows["expected"]], "count")
    scale = alt.Scale(domain=[low, high], nice=False)
    ends = pd.DataFrame([{"expected": low, "observed": low}, {"expected": high, "observed": high}])
    drawn = alt.layer(
        alt.Chart(ends).mark_line(color=theme.NATION, strokeDash=[6, 4]).encode(x=alt.X("expected:Q", scale=scale), y=alt.Y("observed:Q", scale=scale)),
        alt.Chart(rows)
        .mark_point(size=80, filled=True, color=theme.ACCENT, opacity=1)
        .encode(
            x=alt.X("expected:Q", title=_below(f"Expected releases of a tenth ({axis_words((low, high), 'count')})"), scale=scale),
            y=alt.Y("observed:Q", title="Observed", scale=scale),
            tooltip=[alt.Tooltip("tenth:Q", title="Tenth"), alt.Tooltip("observed:Q", title="Observed", format=",.0f"), alt.Tooltip("expected:Q", title="Expected", format=",.1f")],
        ),
    )
    return _sized(drawn, 260)


def level_words(level: float) -> str:
    """The level of a limit in words: 0.998 is 99.8%."""
    return f"{level * 100:g}%"


def outside(shown: list[tuple[str, Figure]], limits: Funnel, level: float) -> list[str]:
    """Names of the units outside the limits of `level`, each with the side it stands on, in the order of the alphabet."""
    names = []
    for name, one in shown:
        if one.value is None or one.numerator is None or not one.denominator:
            continue
        if limits.is_outside(level, int(one.numerator), int(one.denominator)):
            names.append(f"{name} ({'above' if one.value > limits.pooled else 'below'})")
    return sorted(names)


def due_by_week(rows: pd.DataFrame, states: list[str]) -> alt.Chart:
    """Planned releases of each week ahead by what is known of the home. `rows`: week (text, in order), state, n."""
    colours = [theme.WARN, theme.MUTED, "#8fb3bc", theme.ACCENT]
    bars = (
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
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("week:N", title="Week"),
                alt.Tooltip("state:N", title="Home"),
                alt.Tooltip("n:Q", title="Planned releases", format=","),
            ],
        )
    )
    return _sized(bars, 28 * rows["week"].nunique())


def verified_and_achieved(rows: pd.DataFrame, title: str, paid: str, others: str) -> alt.LayerChart | alt.FacetChart:
    """Observed over expected (up) against verified work (across), a point a provider and, hollow, people like theirs; no line through them.
    `rows`: name, who (`paid` or `others`), verified, ratio, lower, upper, releases, is_chosen."""
    rows = rows.assign(shown=rows["verified"].map(percent), ratio_shown=rows["ratio"].map("{:.2f}".format))
    x = alt.X("verified:Q", title=_below("Plans and reviews due, with a claim that fails no condition"), scale=alt.Scale(domain=[0, 1]), axis=_PERCENT)
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
    drawn = alt.layer(
        base.transform_filter(alt.datum.who == paid).mark_rule(color=theme.ACCENT, strokeWidth=1.5, opacity=0.5).encode(y=alt.Y("lower:Q", title=title), y2=alt.Y2("upper:Q")),
        base.mark_point(size=90, stroke=theme.ACCENT, strokeWidth=2, filled=True, opacity=1).encode(
            y=alt.Y("ratio:Q", title=title, scale=alt.Scale(zero=True)),
            fill=alt.Fill("who:N", title=None, scale=alt.Scale(domain=[paid, others], range=[theme.ACCENT, "#ffffff"])),
            shape=alt.Shape("who:N", title=None, scale=alt.Scale(domain=[paid, others], range=["circle", "diamond"]), legend=alt.Legend(direction="vertical", labelLimit=320)),
            tooltip=about,
        ),
        alt.Chart(named).mark_text(color=theme.INK, dy=-14, fontSize=12).encode(x=x, y=alt.Y("ratio:Q"), text=alt.Text("label:N")),
    )
    return _sized(drawn, 360)
