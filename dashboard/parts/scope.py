"""Which claims a payment page is about: the days of the tasks, provider, contract and domain. What is chosen governs all that stands on the page."""

from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from dashboard.parts import data, filters, results
from dashboard.parts.figure import period_end, period_label
from edition.folder import Edition

# Domains are delivered in two spellings; a reader sees one.
SPELLINGS = {"personal wellbeing": "wellbeing", "women's services": "women"}
DOMAINS = {"women": "Women's services", "unknown": "Domain not known"}


@dataclass(frozen=True)
class Scope:
    """Claims whose task lies from `first` to `last` (ISO days, '' for all), of a provider, a contract and a domain ('' for all). `words` says
    so, for the headline and every table."""

    first: str = ""
    last: str = ""
    provider: str = ""
    contract: str = ""
    domain: str = ""
    words: str = ""

    @property
    def grain(self) -> str:
        """How long its days are: year or quarter, '' for all days."""
        months = pd.Period(self.last[:7], "M").ordinal - pd.Period(self.first[:7], "M").ordinal + 1 if self.first else 0
        return {12: "year", 3: "quarter"}.get(months, "")

    def sql(self, claim: str = "claim") -> tuple[str, tuple[str, ...]]:
        """The condition over a row of fct_claim, and its parameters in their order."""
        asked = {
            f"{claim}.task_date >= cast(? as date)": self.first,
            f"{claim}.task_date <= cast(? as date)": self.last,
            f"{claim}.provider = ?": self.provider,
            f"{claim}.contract_id = ?": self.contract,
            f"{spelt(claim)} = ?": self.domain,
        }
        held = {condition: value for condition, value in asked.items() if value}
        return " and ".join(held) or "true", tuple(held.values())

    def without(self, *names: str) -> "Scope":
        """The same, whatever these choices are."""
        return replace(self, **dict.fromkeys(names, ""))

    def has(self, *names: str) -> list[str]:
        """Those of these choices that narrow it, in words."""
        said = {"first": "the days", "contract": "the contract", "domain": "the domain", "provider": "the provider"}
        return [said[name] for name in names if getattr(self, name)]


def spelt(claim: str) -> str:
    """SQL of the domain of a claim, in one spelling."""
    cases = " ".join(f"when '{other.replace(chr(39), chr(39) * 2)}' then '{one}'" for other, one in SPELLINGS.items())
    plain = f"lower(trim({claim}.domain))"
    return f"case {plain} {cases} else coalesce({plain}, 'unknown') end"


def domain_name(domain: str) -> str:
    """A domain of tasks as a reader knows it."""
    one = SPELLINGS.get(domain.strip().lower(), domain.strip().lower())
    return DOMAINS.get(one, one.replace("_", " ").capitalize())


def _claimed(edition: Edition) -> pd.DataFrame:
    """What there are claims of: provider, contract, domain, and the first day of the quarter of the task as ISO text."""
    return data.ask(
        edition,
        # In few rows first: there may be millions of claims.
        f"""select coalesce(provider, '') as provider, coalesce(contract_id, '') as contract, {spelt("claim")} as domain,
            cast(date_trunc('quarter', task_date) as varchar) as quarter
        from (select distinct provider, contract_id, domain, task_date from fct_claim) as claim group by all order by all""",
        ("fct_claim",),
        is_counted=True,
    )


def spans(edition: Edition, domain: str) -> dict[str, str]:
    """Years from April and quarters in which there are claims of a domain, the last first: first and last month -> words. Raises TableMissing."""
    claimed = _claimed(edition)
    return _spans(frozenset(claimed.loc[claimed["domain"] == domain, "quarter"].dropna().unique()))


def choose(edition: Edition) -> Scope:
    """The choices, in the bar. Raises TableMissing."""
    claimed = _claimed(edition)
    names, contracts = results.names(edition, "provider"), results.contract_names(edition)
    of_days = _spans(frozenset(claimed["quarter"].dropna().unique()))
    when = filters.choose("when", "Days of the tasks", [filters.ALL, *of_days], filters.ALL, lambda one: of_days.get(one, "All days"))
    first, _, last = when.partition(":") if when != filters.ALL else ("", "", "")
    if first:
        # Of these days only: whoever made no claim in them is no choice.
        claimed = claimed[(claimed["quarter"].str[:7] >= first) & (claimed["quarter"].str[:7] <= last)]
    domains = {one: domain_name(one) for one in sorted(claimed["domain"].unique())}
    domain = filters.choose("domain", "Domain of the task", [filters.ALL, *domains], filters.ALL, lambda one: domains.get(one, "All domains"))
    if domain != filters.ALL:
        claimed = claimed[claimed["domain"] == domain]
    providers = _named(claimed["provider"], names)
    provider = filters.choose("provider", "Provider", [filters.ALL, *providers], filters.ALL, lambda one: providers.get(one, "All providers"))
    own = claimed if provider == filters.ALL else claimed[claimed["provider"] == provider]
    held = _named(own["contract"], contracts)
    contract = filters.choose("contract", "Contract", [filters.ALL, *held], filters.ALL, lambda one: held.get(one, "All contracts"))
    chosen = {
        "provider": "" if provider == filters.ALL else provider,
        "contract": "" if contract == filters.ALL else contract,
        "domain": "" if domain == filters.ALL else domain,
    }
    words = "; ".join(
        [
            providers.get(provider, "all providers"),
            held.get(contract, "all contracts"),
            f"{domains[domain].lower()} tasks" if domain in domains else "all domains",
            f"tasks of {of_days[when]}" if when in of_days else "tasks of all days",
        ]
    )
    return Scope(f"{first}-01" if first else "", f"{pd.Timestamp(f'{last}-01') + pd.offsets.MonthEnd(0):%Y-%m-%d}" if last else "", words=words, **chosen)


def _named(ids: pd.Series, names: dict[str, str]) -> dict[str, str]:
    """Each of these ids with its name, in the order of the names."""
    return dict(sorted(((one, names.get(one, one)) for one in ids.unique() if one), key=lambda pair: pair[1]))


@lru_cache(maxsize=100)
def _spans(quarters: frozenset[str]) -> dict[str, str]:
    """Years from April and quarters that hold these days, the last first: first and last month -> words."""
    starts = sorted(map(pd.Timestamp, quarters), reverse=True)
    years = sorted({pd.Timestamp(one.year - (one.month < 4), 4, 1) for one in starts}, reverse=True)
    of = [(one, "year") for one in years] + [(one, "quarter") for one in starts]
    return {f"{start:%Y-%m}:{period_end(start, grain):%Y-%m}": period_label(start, grain) for start, grain in of}
