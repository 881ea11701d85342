"""Colours, type and the Altair theme. Every pair used side by side has a contrast of 3:1 or more on white."""

import altair as alt

INK = "#1d2a30"
MUTED = "#51616a"
LINE = "#c9d2d4"
PANEL = "#f4f6f6"
ACCENT = "#0b5567"  # 8.2:1 on white
ACCENT_PALE = "#d9e8eb"
NATION = "#6a5330"  # told apart by its dashes too, never by colour alone
PUBLISHED = "#5b3f7a"  # 8.9:1 on white; figures and targets of others
WARN = "#8a3b12"
WARN_PALE = "#fbf1ea"

FONT = '"Source Sans", "Source Sans 3", sans-serif'


# In a chart's own words: whether its plot is that of a telephone, where names stand below one another and no word fits beside a mark.
IS_NARROW = "width < 420"


@alt.theme.register("gatehouse", enable=True)
def gatehouse() -> alt.theme.ThemeConfig:
    """House style of every chart: quiet axes, no frame, text large enough to read on a telephone."""
    return alt.theme.ThemeConfig(
        config={
            "font": FONT,
            "background": "#ffffff",
            "view": {"stroke": None},
            # What a chart shows stands in its sentence, its description and its table; its marks have no names of their own.
            "mark": {"aria": False},
            "axis": {
                "labelColor": INK,
                "labelFontSize": 13,
                "labelLimit": 400,
                "titleColor": MUTED,
                "titleFontSize": 13,
                "titleFontWeight": "normal",
                "gridColor": "#e6eaeb",
                "domainColor": LINE,
                "tickColor": LINE,
            },
            "legend": {"labelColor": INK, "labelFontSize": 13, "titleColor": MUTED, "orient": "top", "columns": {"expr": f"{IS_NARROW} ? 1 : 0"}},
            "header": {"labelColor": INK, "labelFontSize": 13, "labelFontWeight": "bold"},
        }
    )


CSS = f"""
<style>
.stMainBlockContainer {{ max-width: 84rem; padding: 1rem 2.5rem 4rem; }}
.stAppDeployButton, [data-testid="stElementToolbar"] {{ display: none !important; }}
.gh {{ color: {INK}; font-size: 1rem; line-height: 1.5; }}
.gh p {{ margin: 0 0 .5rem; }}
.gh a, .gh a:visited {{ color: {ACCENT}; }}
.gh .banner {{ border-left: 4px solid {WARN}; background: {WARN_PALE}; padding: .45rem .9rem; margin: 0 0 .6rem; }}
.gh .banner strong {{ color: {WARN}; }}
.gh .banner.controlled {{ border-color: {ACCENT}; background: {PANEL}; }}
.gh .banner.controlled strong {{ color: {ACCENT}; }}
.gh .frame {{ color: {MUTED}; font-size: .88rem; margin: 0; border-left: 4px solid {ACCENT}; padding: 0 0 0 .7rem; }}
.gh .frame b {{ color: {INK}; font-weight: 600; }}
.gh .frame .kind {{ color: {WARN}; }}
.gh .frame .kind.controlled {{ color: {ACCENT}; }}
.gh .frame details, .gh .banner details {{ margin: 0; }}
.gh .frame details {{ display: inline-block; vertical-align: top; margin-right: 1.2rem; }}
.gh .frame details[open] {{ display: block; }}
.gh .frame summary {{ padding: 0; }}
.gh .frame .unread summary {{ color: {WARN}; }}
.st-key-frame {{ align-items: flex-start; gap: .4rem 1rem; }}
.st-key-frame > div:first-child {{ flex: 1 1 30rem; min-width: 0; }}
.st-key-frame > div:last-child {{ flex: 0 0 auto; width: auto; }}
[data-testid="stHeader"] {{ background: transparent; }}
[data-testid="stHeader"], [data-testid="stHeader"] * {{ pointer-events: none; }}
[data-testid="stHeader"] :is(button, a), [data-testid="stHeader"] :is(button, a) * {{ pointer-events: auto; }}
.gh.tools {{ display: flex; gap: .6rem; align-items: center; font-size: .88rem; padding-right: 2.2rem; }}
.gh.tools button {{ color: {ACCENT}; background: #fff; border: 1px solid {LINE}; border-radius: 4px; padding: .15rem .7rem; cursor: pointer; font: inherit; }}
.gh.tools button:focus-visible {{ outline: 3px solid {ACCENT}; outline-offset: 2px; }}
.gh.tools [role=status] {{ color: {MUTED}; overflow-wrap: anywhere; }}
.gh .section {{ color: {MUTED}; font-size: .82rem; font-weight: 600; margin: .6rem 0 0; }}
.gh .printed {{ display: none; }}
[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"] {{ gap: .6rem; }}
.st-key-filters {{ flex-wrap: wrap; gap: .4rem .8rem; background: {PANEL}; border: 1px solid {LINE}; border-radius: 4px; padding: .35rem .7rem .6rem; }}
.st-key-filters:not(:has([data-testid="stSelectbox"], [data-testid="stTextInput"])) {{ display: none; }}
.st-key-filters > div {{ flex: 1 1 auto; max-width: 100%; min-width: min(9.4rem, 100%); }}
.st-key-filters::after {{ content: ""; flex: 2 1 0; }}
[data-testid="stSelectboxVirtualDropdown"] {{ width: max(var(--trigger-width), min(27rem, 92vw)) !important; }}
.gh details {{ margin: .2rem 0 .8rem; }}
.gh summary {{ cursor: pointer; color: {ACCENT}; padding: .2rem 0; }}
.gh summary:focus-visible {{ outline: 3px solid {ACCENT}; outline-offset: 2px; }}
.gh .eyebrow {{ color: {MUTED}; font-size: .92rem; margin: 0 0 .3rem; }}
.gh h1 {{ font-family: "Source Serif", "Source Serif 4", Georgia, serif; font-weight: 600; font-size: clamp(1.45rem, 1.1rem + .9vw, 1.8rem);
  line-height: 1.25; margin: 0 0 .4rem; padding: 0; max-width: 60rem; letter-spacing: -.01em; text-wrap: pretty; }}
.gh .lede {{ max-width: 44rem; color: {MUTED}; margin: 0 0 1rem; }}
.gh h2 {{ font-family: "Source Serif", "Source Serif 4", Georgia, serif; font-weight: 600; font-size: 1.35rem; margin: .5rem 0 .1rem; padding: 1.1rem 0 0;
  border-top: 1px solid {LINE}; }}
.gh .beside {{ border-left: 3px solid {PUBLISHED}; padding: .1rem 0 .1rem .8rem; margin: 0 0 .8rem; max-width: 48rem; font-size: .92rem; }}
.gh .beside p {{ margin: 0 0 .35rem; }}
[data-testid="stMain"] [data-testid="stPageLink-NavLink"] :is(span, div, p) {{ white-space: normal; overflow: visible; color: {ACCENT}; text-decoration: underline; }}
.gh h2.door {{ border-top: 0; padding-top: 0; }}
.gh .say {{ max-width: 44rem; margin: .1rem 0 .5rem; }}
.gh .note {{ color: {MUTED}; font-size: .9rem; max-width: 48rem; margin: .3rem 0; }}
.gh .missing {{ border: 1px dashed {MUTED}; padding: .7rem .9rem; margin: .5rem 0; max-width: 48rem; }}
.gh .strip {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(6.8rem, 45%), 1fr)); gap: 0; list-style: none; margin: .2rem 0 .4rem; padding: 0;
  border: 1px solid {LINE}; border-radius: 4px; }}
.gh .strip li {{ display: flex; flex-direction: column; margin: 0; padding: .45rem .5rem; border-right: 1px solid #e6eaeb; font-size: .84rem; color: {MUTED}; }}
.gh .strip b {{ font-size: 1.12rem; color: {INK}; font-weight: 600; font-variant-numeric: tabular-nums; }}
.gh .strip.four {{ grid-template-columns: repeat(auto-fit, minmax(min(14rem, 100%), 1fr)); }}
.gh .cards {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 1rem; margin: .4rem 0 1rem; }}
.gh .card {{ border: 1px solid {LINE}; border-top: 3px solid {ACCENT}; border-radius: 4px; padding: .9rem 1rem 1rem; background: #fff; min-width: 0; }}
.gh .card h3 {{ font-size: 1rem; font-weight: 600; margin: 0; padding: 0; font-family: inherit; line-height: 1.3; }}
.gh .card .where {{ color: {MUTED}; font-size: .86rem; margin: .1rem 0 .5rem; }}
.gh .card .big {{ font-size: 2.4rem; line-height: 1.1; font-weight: 600; font-variant-numeric: tabular-nums; letter-spacing: -.02em; margin: 0; }}
.gh .card .of {{ margin: .1rem 0 .5rem; }}
.gh .bar {{ position: relative; height: .6rem; background: {PANEL}; border: 1px solid {LINE}; border-radius: 2px; margin: .3rem 0 .25rem; }}
.gh .bar i {{ position: absolute; top: 0; bottom: 0; background: {ACCENT_PALE}; border-left: 1px solid {ACCENT}; border-right: 1px solid {ACCENT}; }}
.gh .bar b {{ position: absolute; top: -.25rem; bottom: -.25rem; width: 3px; margin-left: -1px; background: {ACCENT}; }}
.gh .range {{ font-size: .86rem; color: {MUTED}; margin: 0 0 .6rem; font-variant-numeric: tabular-nums; }}
.gh dl.parts {{ display: grid; grid-template-columns: 1fr auto; gap: .1rem .8rem; margin: 0; padding: .5rem 0 0; border-top: 1px solid #e6eaeb; font-size: .9rem; }}
.gh dl.parts dt {{ color: {MUTED}; font-weight: 400; margin: 0; padding: 0; }}
.gh dl.parts dd {{ margin: 0; text-align: right; font-variant-numeric: tabular-nums; }}
.gh .mark {{ font-size: .82rem; border: 1px solid {MUTED}; border-radius: 3px; padding: 0 .3rem; color: {INK}; white-space: nowrap; }}
.gh .scroll {{ overflow-x: auto; max-width: 100%; margin: .3rem 0 .8rem; }}
.gh .scroll:focus-visible {{ outline: 3px solid {ACCENT}; }}
.gh table {{ border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; margin: 0; }}
.gh caption {{ text-align: left; color: {MUTED}; padding: 0 0 .4rem; font-size: .9rem; caption-side: top; }}
.gh th, .gh td {{ border: 0; border-bottom: 1px solid #e1e6e7; padding: .38rem .6rem; text-align: left; vertical-align: top; }}
.gh thead th {{ color: {MUTED}; font-weight: 600; border-bottom: 1px solid {MUTED}; vertical-align: bottom; line-height: 1.2; }}
.gh tbody th {{ font-weight: 600; min-width: 9rem; }}
.gh tbody th .note {{ font-weight: 400; }}
.gh td.n, .gh th.n {{ text-align: right; white-space: nowrap; }}
.gh thead th.n {{ white-space: normal; }}
.gh td:not(.n) {{ min-width: 7rem; }}
.gh tr.chosen th, .gh tr.chosen td {{ background: {ACCENT_PALE}; }}
.gh tr.total th, .gh tr.total td {{ border-bottom: 1px solid {MUTED}; }}
[data-testid="stSidebarHeader"]::before {{ content: "Gatehouse"; font-family: "Source Serif", "Source Serif 4", Georgia, serif;
  font-weight: 600; font-size: 1.45rem; color: {ACCENT}; }}
.gh .definitions {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: 0 2.5rem; }}
.gh .definition {{ border-bottom: 1px solid #e1e6e7; padding: .7rem 0; max-width: 50rem; }}
.gh .definition h3 {{ font-size: 1.02rem; font-weight: 600; margin: 0; padding: 0; font-family: inherit; }}
@media (max-width: 40rem) {{
  .stMainBlockContainer {{ padding-left: 1rem; padding-right: 1rem; }}
  .gh .cards {{ grid-template-columns: 1fr; }}
  .stMainBlockContainer {{ padding-top: 3.6rem; }}
  .gh h1 {{ font-size: 1.45rem; }}
  .st-key-filters > div {{ max-width: none; }}
}}
@media print {{
  [data-testid="stSidebar"], [data-testid="stHeader"], .gh.tools, .st-key-filters, [data-testid="stButton"], [data-testid="stForm"] {{ display: none !important; }}
  .stApp, [data-testid="stAppViewContainer"], [data-testid="stMain"], .stMainBlockContainer {{ position: static !important; overflow: visible !important;
    height: auto !important; max-width: none !important; padding: 0 !important; }}
  .gh .printed {{ display: block; }}
  .gh .scroll {{ overflow: visible; }}
  .gh details::details-content {{ content-visibility: visible; block-size: auto; }}
  .gh .card, .gh tr {{ break-inside: avoid; }}
  .gh h2 {{ break-after: avoid; }}
}}
</style>
"""
