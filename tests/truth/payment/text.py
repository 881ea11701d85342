"""Plans and reviews as they are compared (rules section 6)."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter, defaultdict

from tests.truth.payment.records import Fields, Landing
from tests.truth.payment.terms import seed

EDITED = 5  # shingles on either side of one edited word
RATIO = 0.90
LEAST_WORDS = 30


def plain(text: str | None) -> str:
    """Lower case, accents off."""
    decomposed = unicodedata.normalize("NFKD", text or "")
    return "".join(ch for ch in decomposed if not unicodedata.combining(ch)).lower()


def words_of(text: str | None) -> list[str]:
    return re.sub(r"[^a-z]+", " ", plain(text)).split()


def near_identical(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    a, b = shingles(one), shingles(other)
    shared = len(a & b)
    whole = len(a) + len(b) - shared
    return whole > 0 and (shared >= RATIO * whole or (len(a) - shared <= EDITED and len(b) - shared <= EDITED))


def shingles(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    return {words[n : n + 5] for n in range(len(words) - 4)}


class Texts:
    """The words that are left of each text: without the wording of forms, names, dates and digits."""

    def __init__(self, landing: Landing) -> None:
        self._landing = landing
        phrases = sorted(
            {tuple(words_of(row["phrase"])) for row in seed("standard_wording") if row["contract_id"] == "*"}, key=len, reverse=True
        )
        self._phrase = re.compile(r"\b(?:" + "|".join(" ".join(p) for p in phrases) + r")\b")
        self._kept: dict[tuple[str, str, str], tuple[str, ...]] = {}

    def words(self, source: str, person_ref: str | None, text: str | None) -> tuple[str, ...]:
        at = (source, person_ref or "", text or "")
        if at not in self._kept:
            names: set[str] = set()
            person = self._landing["provider.PERSON"].rows.get((source, person_ref)) if person_ref else None
            if person is not None:
                for _, fields, _ in person.versions:
                    names |= {*words_of(fields["first_name"]), *words_of(fields["last_name"])}
            without = self._phrase.sub(" ", " ".join(words_of(text)))
            self._kept[at] = tuple(w for w in without.split() if w not in names)
        return self._kept[at]

    def of_plan(self, source: str, plan: Fields) -> tuple[str, ...]:
        return self.words(source, plan["person_ref"], plan["plan_text"])

    def of_review(self, source: str, review: Fields, plan: Fields | None) -> tuple[str, ...]:
        return self.words(source, plan["person_ref"] if plan else None, review["review_text"])

    def stock(self) -> set[tuple[str, str, tuple[str, ...], dt.date]]:
        """(sender, author, words, day) of the texts that lie in a window of 90 days in which one author gave the same to five people or more."""
        written: dict[tuple, list[tuple[dt.date, str]]] = defaultdict(list)
        plans = self._landing["provider.PLAN"]
        for (source, _), row in plans.rows.items():
            if row.live and row.live["completed_ts"] and row.live["author_ref"] and row.live["person_ref"]:
                words = self.of_plan(source, row.live)
                if len(words) >= LEAST_WORDS:
                    written[source, row.live["author_ref"], words].append((row.live["completed_ts"].date(), row.live["person_ref"]))
        for (source, _), row in self._landing["provider.PLAN_REVIEW"].rows.items():
            if row.live and row.live["review_ts"] and row.live["author_ref"]:
                above = plans.rows.get((source, row.live["plan_ref"])) if row.live["plan_ref"] else None
                plan = above.live if above else None
                words = self.of_review(source, row.live, plan)
                if plan and plan["person_ref"] and len(words) >= LEAST_WORDS:
                    written[source, row.live["author_ref"], words].append((row.live["review_ts"].date(), plan["person_ref"]))
        return {(*at, one) for at, on in written.items() for one in _in_crowded_window(sorted(on))}


def _in_crowded_window(written: list[tuple[dt.date, str]]) -> set[dt.date]:
    """Days of texts within 90 days, both ends counted, that hold five people or more."""
    found: set[dt.date] = set()
    people: Counter[str] = Counter()
    first = 0
    for n, (on, ref) in enumerate(written):
        people[ref] += 1
        while (on - written[first][0]).days > 89:
            gone = written[first][1]
            people[gone] -= 1
            if not people[gone]:
                del people[gone]
            first += 1
        if len(people) >= 5:
            found |= {d for d, _ in written[first : n + 1]}
    return found
