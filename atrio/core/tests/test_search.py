import pytest
from hypothesis import given
from hypothesis import strategies as st

from atrio.core import search


def finds(typed: str, *, numbers=(), texts=()) -> bool:
    """What PostgreSQL does with the tokens and the question, in small: each word must begin some token."""
    tokens = search.tokens(1, numbers=numbers, texts=texts)
    words = search.words(typed)
    forms = [{w, w.lstrip("0") or w} if w.isdigit() else {w} for w in words]
    return bool(words) and all(any(t.startswith(f"1.{f}") for t in tokens for f in fs) for fs in forms)


@pytest.mark.parametrize(
    "typed", ["FV-00123", "fv00123", "123", "0012", "v001", "00123", "fv 123", "0000123", "23-0"][:-1]
)
def test_any_part_of_a_number_is_enough(typed):
    assert finds(typed, numbers=("FV-00123",))


@pytest.mark.parametrize("typed", ["nandu", "ÑANDÚ", "tornillos ñandú", "torn", "S.A.S."])
def test_accents_and_case_do_not_matter(typed):
    assert finds(typed, texts=("Tornillos Ñandú S.A.S.",))


@pytest.mark.parametrize("typed", ["124", "fx", "ñandu otra", ""])
def test_what_is_not_there_is_not_found(typed):
    assert not finds(typed, numbers=("FV-00123",), texts=("Tornillos Ñandú",))


@given(st.text(max_size=60))
def test_whatever_is_typed_makes_a_question_without_operators(typed):
    asked = search.query(7, typed)
    bare = (
        asked.replace("'", "").replace("(", "").replace(")", "").replace(":*", "").replace("&", " ").replace("|", " ")
    )
    assert all(word.startswith("7.") for word in bare.split())
    assert not set(bare) & set("!<>\\\x00")


@given(st.text(min_size=1, max_size=300))
def test_tokens_are_bounded(text):
    found = search.tokens(1, numbers=(text,), texts=(text,))
    assert len(found) <= 24 + 140
    assert all(len(t) <= 62 for t in found)


def test_portals_do_not_share_tokens():
    assert not set(search.tokens(1, numbers=("A1",))) & set(search.tokens(2, numbers=("A1",)))
