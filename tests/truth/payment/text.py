"""Plans and reviews as they are compared (rules section 6)."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import defaultdict

from tests.truth.payment.records import Fields, Landing, Row, View
from tests.truth.payment.terms import seed

EDITED = 5  # shingles on either side of one edited word
RATIO = 0.90
LEAST_WORDS = 30
WINDOW, PEOPLE = 89, 5  # 90 days, both ends counted


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
        self._by_words: dict[tuple, list[tuple[Row, bool]]] | None = None

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

    def is_stock(self, source: str, author: str, words: tuple[str, ...], on: dt.date, view: View) -> bool:
        """Whether a text of a day lies in a window of 90 days, both ends counted, in which one author gave the same to five people or more."""
        written = []
        for row, is_plan in self._same().get((source, author, words), ()):
            fields = view.of(row)
            if fields is None:
                continue
            plan = fields if is_plan else view.one("provider.PLAN", fields["plan_ref"], source)
            at = fields["completed_ts"] if is_plan else fields["review_ts"]
            if plan is not None and plan["person_ref"] and at and abs((at.date() - on).days) <= WINDOW:
                written.append((at.date(), plan["person_ref"]))
        starts = {on, *(d for d, _ in written if d <= on)}
        return any(
            len({ref for d, ref in written if 0 <= (d - start).days <= WINDOW}) >= PEOPLE for start in starts if (on - start).days <= WINDOW
        )

    def _same(self) -> dict[tuple, list[tuple[Row, bool]]]:
        """The plans and reviews of 30 words or more by sender, author and words."""
        if self._by_words is None:
            self._by_words = defaultdict(list)
            plans = self._landing["provider.PLAN"]
            for (source, _), row in plans.rows.items():
                for author, words in {(f["author_ref"], self.of_plan(source, f)) for _, f, _ in row.versions}:
                    if author and len(words) >= LEAST_WORDS:
                        self._by_words[source, author, words].append((row, True))
            for (source, _), row in self._landing["provider.PLAN_REVIEW"].rows.items():
                for _, fields, _ in row.versions[-1:]:
                    above = plans.rows.get((source, fields["plan_ref"])) if fields["plan_ref"] else None
                    words = self.of_review(source, fields, above.versions[-1][1] if above else None)
                    if fields["author_ref"] and len(words) >= LEAST_WORDS:
                        self._by_words[source, fields["author_ref"], words].append((row, False))
        return self._by_words
