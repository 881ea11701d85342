"""The words of a text, by which texts are compared (macros/portable/text.sql)."""

import re
from pathlib import Path

import duckdb
import jinja2
import pytest

from orchestration.settings import DBT_PROJECT

TEXTS = ["Two  blanks", "three   blanks", " one ", "a-b - c", "tab\there", "a line\n\n two", "a ,b", "a, b", "a , b", "1 2 3", "x1 y", "x 1y", "Elan, no 4  more", "don't", " ", "", "-"]


@pytest.mark.parametrize("text", TEXTS)
def test_the_words_of_a_text_are_its_letters_with_one_blank_between(text):
    macros = jinja2.Environment().from_string(Path(DBT_PROJECT, "macros", "portable", "text.sql").read_text(encoding="utf-8")).module
    [(words,)] = duckdb.execute(f"select {macros.default__words_or_nothing('?')}", [text]).fetchall()
    assert words == " ".join(re.findall("[a-z]+", text.lower()))
