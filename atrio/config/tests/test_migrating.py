"""A migration that finds its table in use lets go, lets others pass, and comes again."""

import os

import pytest
from django.db import connection, transaction

from atrio.config import migrating
from atrio.config.problem import Problem
from atrio.testing import database
from atrio.testing.race import arena

NAME = f"atrio_migrating_{os.getpid()}"


def alone() -> None:
    with transaction.atomic():
        connection.cursor().execute("set local statement_timeout = '20s'")  # who waits for ever has failed too
        connection.cursor().execute("lock table file in access exclusive mode")


@pytest.fixture(scope="module")
def place(django_db_setup):
    with arena(NAME) as made:
        yield made


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(migrating, "LOCK_SECONDS", 0.1)
    monkeypatch.setattr(migrating.time, "sleep", lambda seconds: None)


def test_it_comes_again_until_the_reader_is_gone(place, quick):
    attempts = []
    with database.connect_as_owner(NAME) as reader:
        reader.execute("begin; lock table file in access share mode")

        def work() -> None:
            attempts.append(1)
            if len(attempts) == 3:
                reader.execute("commit")
            alone()

        place.do(lambda: migrating._patiently(work, "the table"))
    assert len(attempts) == 3


def test_it_gives_up_in_words(place, quick, monkeypatch):
    monkeypatch.setattr(migrating, "PATIENCE_SECONDS", 0)
    with database.connect_as_owner(NAME) as reader:
        reader.execute("begin; lock table file in access share mode")
        with pytest.raises(Problem, match="A table stayed in use"):
            place.do(lambda: migrating._patiently(alone, "the table"))


def test_what_an_interrupted_index_left_is_removed(place, monkeypatch):
    with database.connect_as_owner(NAME) as owner:
        owner.execute("create table half (n int); insert into half values (1), (1); create index whole on half (n)")
        with pytest.raises(Exception, match="could not create unique index"):
            owner.execute("create unique index concurrently broken on half (n)")
        # In the tests' process Django is the application, which owns nothing: the work is the owner's.
        monkeypatch.setattr(migrating.connection, "cursor", owner.cursor)
        migrating._drop_unfinished_indexes()
        left = owner.execute("select indexrelid::regclass::text from pg_index where indrelid = 'half'::regclass")
        assert left.fetchall() == [("whole",)]
