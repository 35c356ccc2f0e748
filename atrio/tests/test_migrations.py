"""A migration never makes a portal in use wait: what locks a large table for long is refused here."""

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection, connections, models
from django.db.migrations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    CreateModel,
    DeleteModel,
    Migration,
    RemoveField,
    RenameField,
    RunPython,
    RunSQL,
)
from django.db.migrations.loader import MigrationLoader

from atrio.testing.migrations import dangers, sql_of, unreleased

LONG = models.CharField(max_length=60)
BAD = {
    "require-concurrent-index-creation": AddIndex("note", models.Index(fields=["author"], name="note_author")),
    "constraint-missing-not-valid": AddConstraint(
        "note", models.CheckConstraint(condition=~models.Q(text=""), name="note_text")
    ),
    "disallowed-unique-constraint": AddConstraint(
        "note", models.UniqueConstraint(fields=["portal", "at"], name="note_once")
    ),
    "adding-not-nullable-field": AlterField("note", "user", models.BigIntegerField(db_column="user_id")),
    "ban-drop-default": AddField("note", "mood", models.CharField(max_length=9, default="calm")),
    "changing-column-type": AlterField("note", "author", models.BigIntegerField()),
    "renaming-column": RenameField("note", "author", "writer"),
    "ban-drop-column": RemoveField("note", "author"),
    "ban-drop-table": DeleteModel("note"),
    "data-migration": RunPython(lambda apps, editor: None),
    "whole-table": RunSQL("update note set author = ''"),
    "adding-foreign-key-constraint": RunSQL(
        'ALTER TABLE "note" ADD CONSTRAINT "k" FOREIGN KEY ("side_partner_id") REFERENCES "partner" ("id")'
    ),
}


def migration(*operations, atomic: bool = True, **marks) -> Migration:
    made = type("Migration", (Migration,), {"atomic": atomic, **marks})("9999_probe", "core")
    made.operations = list(operations)
    made.dependencies = [("core", "0002_initial")]
    return made


def refused(made: Migration) -> set[str]:
    state = MigrationLoader(None).project_state()
    with connection.schema_editor(collect_sql=True, atomic=made.atomic) as editor:
        made.apply(state, editor, collect_sql=True)
    return {one.rule for one in dangers(made, "\n".join(editor.collected_sql))}


@pytest.mark.parametrize("made", unreleased(), ids=str)
def test_our_migrations_make_nobody_wait(made, db):
    assert dangers(made, sql_of(made)) == []


@pytest.mark.parametrize(("rule", "operation"), BAD.items(), ids=list(BAD))
def test_what_makes_people_wait_is_refused_unless_a_reason_is_given(rule, operation, db):
    assert rule in refused(migration(operation))
    marked = refused(migration(operation, SAFE={rule: "nobody has such rows yet"}))
    assert rule not in marked
    assert rule in refused(migration(operation, SAFE={rule: "because"})), "a reason is a sentence"


@pytest.mark.parametrize(
    "made",
    [
        migration(AddIndexConcurrently("note", models.Index(fields=["author"], name="a")), atomic=False),
        migration(AddField("note", "mood", models.CharField(max_length=9, null=True))),
        migration(AddField("note", "mood", models.CharField(max_length=9, db_default="calm"))),
        migration(AddField("note", "of", models.ForeignKey("core.Event", models.PROTECT, null=True, db_index=False))),
        migration(
            CreateModel(
                "Mood",
                [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=9))],
                options={"indexes": [models.Index(fields=["name"], name="mood_name")]},
            )
        ),
        migration(RunSQL('ALTER TABLE "note" ADD CONSTRAINT "t" CHECK (text <> \'\') NOT VALID')),
        migration(RunSQL('ALTER TABLE "note" VALIDATE CONSTRAINT "t"')),
    ],
    ids=["index", "nullable", "default", "key", "table", "constraint", "validate"],
)
def test_the_ways_that_the_guide_names_are_allowed(made, db, monkeypatch):
    with monkeypatch.context() as outside:
        outside.setattr(connections["default"], "in_atomic_block", made.atomic)  # nothing is run, only written down
        assert refused(made) == set()
