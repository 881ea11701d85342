"""Which claims a payment page is about: the days of the tasks, provider, contract and domain. What is chosen governs all that stands on the page."""

from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from dashboard.parts import data, filters, results
from dashboard.parts.figure import period_end, period_label
from edition.folder import Edition, TableMissing
from edition.rights import has_all_columns

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

    def of(self, claims: pd.DataFrame) -> pd.DataFrame:
        """The rows of `counted` that it is about; whole months only."""
        asked = {"provider": self.provider, "contract": self.contract, "domain": self.domain}
        held = pd.Series(True, index=claims.index)
        for column, value in asked.items():
            if value:
                held &= claims[column] == value
        return claims[held & claims["month"].between(self.first[:7], self.last[:7])] if self.first else claims[held]

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


# A claim that stands: no reversal, and not taken back whole.
STANDS = "not claim.is_reversal and not claim.is_reversed"
# What may be chosen of a claim.
CHOSEN_BY = f"""coalesce(claim.provider, '') as provider, coalesce(claim.contract_id, '') as contract, {spelt("claim")} as domain,
    strftime(claim.task_date, '%Y-%m') as month"""


def _pence(pounds: str, where: str = "true") -> str:
    return f"cast(coalesce(sum({pounds}) filter (where {where}), 0) * 100 as bigint)"


def counted(edition: Edition) -> pd.DataFrame:
    """The claims, counted once for all that may be chosen of them: there may be millions. One row a provider, contract ('' where there is none), domain,
    month of the task ('YYYY-MM', empty where it has no day), outcome and place in the waterfall; claims by number, money in pence.

    `n` and what stands before `claims` are of all claims and reversals in the row; `claims`, `claimed`, `paid_claims`, `above_claims`, `above`, `risk_claims`, `stands_risk`
    and `unlinked` of those that stand; `tested` had a rule that applies. Raises TableMissing, also where the edition is older than the rules.
    """
    # Whoever has part of its width is told so instead.
    if has_all_columns(data.reader(), "fct_claim") and "waterfall" not in data.columns(edition, "fct_claim"):
        raise TableMissing("`fct_claim` is of an edition from before the payment rules: run `gatehouse refresh` again.")
    return data.ask(
        edition,
        f"""select {CHOSEN_BY}, claim.outcome_cell, claim.waterfall, count(*) as n,
            count(*) filter (where claim.rules_applied > 0) as tested, cast(sum(claim.rules_applied) as bigint) as rules_applied,
            {_pence("claim.net")} as net, {_pence("claim.s1_amount")} as s1, {_pence("claim.s2_amount")} as s2, {_pence("claim.s3_amount")} as s3,
            {_pence("claim.s1_amount + claim.s2_amount")} as risk, count(*) filter (where claim.s1_amount + claim.s2_amount > 0) as at_risk,
            {_pence("claim.paid_amount")} - {_pence("claim.paid_on_reversed")} as paid,
            count(*) filter (where claim.is_reversed and not claim.is_reversal and claim.paid_on_reversed > 0) as reversed_claims, {_pence("claim.paid_on_reversed")} as on_reversed,
            count(*) filter (where {STANDS}) as claims, {_pence("claim.net", STANDS)} as claimed, count(*) filter (where {STANDS} and claim.paid_amount > 0) as paid_claims,
            count(*) filter (where {STANDS} and claim.paid_amount > claim.net) as above_claims,
            {_pence("claim.paid_amount - claim.net", f"{STANDS} and claim.paid_amount > claim.net")} as above,
            count(*) filter (where {STANDS} and claim.s1_amount + claim.s2_amount > 0) as risk_claims, {_pence("claim.s1_amount + claim.s2_amount", STANDS)} as stands_risk,
            count(*) filter (where {STANDS} and claim.person_id is null) as unlinked
        from fct_claim as claim group by all order by all""",
        ("fct_claim",),
        is_counted=True,
    )


def failing(edition: Edition) -> pd.DataFrame:
    """The claims that fail a condition of the contract, counted as `failed`: one row a provider, contract, domain, month and place in the waterfall, as in `counted`."""
    return data.ask(
        edition,
        f"""select {CHOSEN_BY}, claim.waterfall, count(*) as failed
        from fct_claim as claim where (claim.source, claim.claim_id) in (select source, claim_id from fct_claim_test where result = 'fail' and class = 'E')
        group by all order by all""",
        ("fct_claim", "fct_claim_test"),
        is_counted=True,
    )


def _claimed(edition: Edition) -> pd.DataFrame:
    """What there are claims of: provider, contract, domain, and the first day of the quarter of the task as ISO text."""
    rows = counted(edition)
    return data.kept(edition, "what there are claims of", (), lambda: _quarters(rows), data.use())


def _quarters(rows: pd.DataFrame) -> pd.DataFrame:
    claimed = rows[["provider", "contract", "domain", "month"]].drop_duplicates()
    starts = {one: f"{pd.Period(one, 'M').asfreq('Q').start_time:%Y-%m-%d}" for one in claimed["month"].dropna().unique()}
    return claimed.assign(quarter=claimed["month"].map(starts)).drop(columns="month").drop_duplicates(ignore_index=True)


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
