"""Promises that every document type keeps, checked for each: adding a type adds its checks."""

import csv
import html
import io
import re
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from atrio.core.actor import Audience
from atrio.core.doctypes import document_types
from atrio.core.scope import scope
from atrio.testing.world import make, owner_of, states_of

everywhere = pytest.mark.parametrize("kind", document_types().values(), ids=lambda k: k.name)
documents = pytest.mark.parametrize("kind", [k for k in document_types().values() if k.document], ids=lambda k: k.name)
PAGE_QUERIES = 6


def body(response) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode()


@everywhere
def test_moves_name_real_states_and_reach_them_all(kind):
    states = set(states_of(kind))
    for action in kind.actions:
        assert action.sources <= states, action.name
        assert set(action.targets) <= states | {"same"}, action.name
        assert set(action.by) <= set(kind.model.SIGHT), f"{action.name} is open to someone who sees nothing"
    if kind.load is None and kind.document:
        start = {kind.model._meta.get_field("state").default}
        assert states <= start | {t for a in kind.actions for t in a.targets}


@everywhere
def test_every_state_has_its_colour(kind):
    assert set(kind.states) == set(states_of(kind)) - {""}


@everywhere
def test_sorts_and_totals_name_columns(kind):
    names = {c.name for c in kind.columns}
    assert kind.sort.lstrip("-") in names
    assert set(kind.totals) <= names


@everywhere
@pytest.mark.parametrize("rest", ["", "{pk}/"])
def test_a_page_costs_few_queries_whatever_the_rows(kind, rest, world, as_):
    counts = []
    ana = as_("ana")
    for rows in (1, 3, 25):
        docs = [make(world, kind, f"N{rows}-{n}") for n in range(rows)]
        url = f"/acme/{kind.name}/{rest.format(pk=docs[0].pk)}"
        ana.get(url)  # what is compiled once is not counted
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert ana.get(url).status_code == 200
        asked = [q for q in seen.captured_queries if not _is_housekeeping(q["sql"])]
        counts.append(len(asked))
    assert len(set(counts)) == 1, counts
    assert counts[0] <= PAGE_QUERIES, "\n".join(q["sql"][:160] for q in asked)


def _is_housekeeping(sql: str) -> bool:
    return sql.startswith(("SAVEPOINT", "RELEASE", "select set_config", "select coalesce(current_setting"))


@everywhere
def test_list_detail_and_exports_answer(kind, world, as_):
    doc = make(world, kind, "VISIBLE-1")
    ana = as_("ana")
    for url in ("", f"{doc.pk}/", "?q=visible", "export.csv"):
        assert "VISIBLE-1" in body(ana.get(f"/acme/{kind.name}/{url}")), url
    assert ana.get(f"/acme/{kind.name}/export.xlsx").status_code == 200


@everywhere
def test_a_number_is_found_by_its_parts(kind, world, as_):
    make(world, kind, "FV-00012345")
    make(world, kind, "OTRO-9")
    for typed in ("fv", "12345", "0001234", "FV00012345", "fv-00012345", "345", "fv 12345"):
        found = body(as_("ana").get(f"/acme/{kind.name}/?q={typed}"))
        assert "FV-00012345" in found and "OTRO-9" not in found, typed


@everywhere
def test_what_was_read_and_saved_again_is_still_found(kind, world, as_):
    """As every action does: the tokens of a row are not read, and so must not be written either."""
    doc = make(world, kind, "FV-00077")
    with scope(world.system()):
        kind.model.objects.get(pk=doc.pk).save()
    assert "FV-00077" in body(as_("ana").get(f"/acme/{kind.name}/?q=77"))


@everywhere
def test_pages_walk_forth_and_back_without_a_gap(kind, world, as_):
    ana = as_("ana")
    numbers = {f"K-{n:03d}-K" for n in range(60)}
    for number in sorted(numbers):
        make(world, kind, number)
    url, seen, pages = f"/acme/{kind.name}/?q=k", [], []
    while url:
        page = ana.get(url, headers={"HX-Request": "true"}).content.decode()
        rows = [n for n in sorted(numbers) if f">{n}<" in page]
        pages.append(set(rows))
        seen += rows
        url = _link(page, "next", f"/acme/{kind.name}/")
    assert sorted(seen) == sorted(numbers)
    previous = _link(page, "prev", f"/acme/{kind.name}/")
    back = ana.get(previous, headers={"HX-Request": "true"}).content.decode()
    assert {n for n in numbers if f">{n}<" in back} == pages[-2]


def _link(page: str, rel: str, base: str) -> str:
    found = re.search(rf'<a[^>]*rel="{rel}"[^>]*href="([^"]*)"|<a[^>]*href="([^"]*)"[^>]*rel="{rel}"', page)
    return base + html.unescape(found[1] or found[2]) if found else ""


@everywhere
def test_every_sort_answers_both_ways(kind, world, as_):
    for n in range(3):
        make(world, kind, f"S-{n}")
    for column in kind.columns:
        if column.sort:
            for sort in (column.name, f"-{column.name}"):
                assert as_("ana").get(f"/acme/{kind.name}/?sort={sort}").status_code == 200, sort


@everywhere
def test_a_csv_cell_is_never_a_formula(kind, world, as_):
    make(world, kind, "=HYPERLINK(1)")
    rows = list(csv.reader(io.StringIO(body(as_("ana").get(f"/acme/{kind.name}/export.csv"))), delimiter=";"))
    cells = [cell for row in rows for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "@", "\t", "\r"))]


@everywhere
@pytest.mark.parametrize(
    "typed",
    [
        "at=tampered",
        "at=W10",
        "sort=-nothing",
        "cols=nothing",
        "size=7",
        "q=%00",
        "q=%27%29%3B--",
        "q=%26%7C%21%28%3A%2A",
    ],
)
def test_a_tampered_address_still_answers(kind, typed, world, as_):
    make(world, kind, "T-1")
    assert as_("ana").get(f"/acme/{kind.name}/?{typed}").status_code == 200


@everywhere
def test_a_filter_that_cannot_be_read_is_said_beside_its_field(kind, world, as_):
    make(world, kind, "F-1")
    for one in kind.filters:
        bad = {"dates": f"{one.name}_from=yesterday", "amounts": f"{one.name}_from=1.2.3", "choice": f"{one.name}=nope"}
        if one.kind in bad:
            response = as_("ana").get(f"/acme/{kind.name}/?{bad[one.kind]}")
            assert response.status_code == 422, one.name
            assert f'id="filter-{one.name}-error"' in response.content.decode(), one.name


@documents
def test_printed_form_answers_alone_and_in_a_bundle(kind, world, as_):
    docs = [make(world, kind, f"P-{n}") for n in range(2)]
    ana = as_("ana")
    if not kind.pdf:
        assert ana.get(f"/acme/{kind.name}/{docs[0].pk}/pdf/").status_code == 404
        return
    assert ana.get(f"/acme/{kind.name}/{docs[0].pk}/pdf/").content.startswith(b"%PDF-")
    ids = "&".join(f"ids={d.pk}" for d in docs)
    bundle = b"".join(ana.get(f"/acme/{kind.name}/pdfs.zip?{ids}").streaming_content)
    assert len(zipfile.ZipFile(io.BytesIO(bundle)).namelist()) == 2


@everywhere
@pytest.mark.parametrize("language", ["es", "pt-br", "en"])
def test_pages_speak_three_languages(kind, language, world, as_):
    doc = make(world, kind, "L-1")
    world.people["ana"].language = language
    world.people["ana"].save(update_fields=["language"])
    with translation.override(language):
        title = str(kind.title)
    for rest in ("", f"{doc.pk}/"):
        assert title in body(as_("ana").get(f"/acme/{kind.name}/{rest}"))


@documents
def test_notes_are_shared_and_comments_stay_with_their_side(kind, world, as_):
    doc = make(world, kind, "C-1")
    partner = owner_of(kind)
    url = f"/acme/{kind.name}/{doc.pk}/"
    assert as_("ana").post(f"{url}notes/", {"text": "for both sides"}).status_code == 303
    assert as_("ana").post(f"{url}notes/", {"text": "only us", "internal": "on"}).status_code == 303
    assert as_(partner).post(f"{url}notes/", {"text": "only them", "internal": "on"}).status_code == 303
    ours, theirs = body(as_("ana").get(url)), body(as_(partner).get(url))
    assert "for both sides" in ours and "for both sides" in theirs
    assert "only us" in ours and "only us" not in theirs
    assert "only them" in theirs and "only them" not in ours


@documents
def test_a_note_without_words_is_said_and_nothing_is_kept(kind, world, as_):
    doc = make(world, kind, "C-2")
    response = as_("ana").post(f"/acme/{kind.name}/{doc.pk}/notes/", {"text": "  "})
    assert response.status_code == 422
    with scope(world.system()):
        from atrio.core.models import Event, Note

        assert not Note.objects.exists() and not Event.objects.filter(doctype=kind.name).exists()


@documents
def test_the_read_receipt_is_left_once_and_by_post_only(kind, world, as_):
    from atrio.core.models import Event

    doc = make(world, kind, "R-1")
    partner = as_(owner_of(kind))
    url = f"/acme/{kind.name}/{doc.pk}/"
    assert "data-seen-url" in body(partner.get(url))
    with scope(world.system()):
        assert not Event.objects.filter(kind="seen").exists()
    for _again in range(2):
        assert partner.post(f"{url}seen/").status_code == 204
    with scope(world.system()):
        assert Event.objects.filter(doctype=kind.name, kind="seen").count() == 1
    assert "data-seen-url" not in body(partner.get(url))


@everywhere
def test_a_saved_view_is_ones_own(kind, world, as_):
    ana = as_("ana")
    query = f"sort={kind.sort}&q=abc"
    saved = ana.post(f"/acme/{kind.name}/views/", {"name": "Mía", "query": query})
    assert saved.status_code == 303
    assert "Mía" in body(ana.get(f"/acme/{kind.name}/"))
    assert "Mía" not in body(as_("clara").get(f"/acme/{kind.name}/"))
    view = saved.headers["Location"].split("view=")[1]
    assert as_("clara").post(f"/acme/{kind.name}/views/{view}/delete/").status_code == 404
    assert ana.post(f"/acme/{kind.name}/views/{view}/delete/").status_code == 303


@documents
def test_a_stale_form_is_refused_and_says_what_changed(kind, world, as_):
    for action in kind.actions:
        if action.form is not None or Audience.STAFF not in action.by or (kind.editor and kind.editor.update is action):
            continue
        doc = make(world, kind, f"V-{action.name}", state=sorted(action.sources)[0])
        with scope(world.system()):
            type(doc).objects.filter(pk=doc.pk).update(version=5)
        response = as_("ana").post(f"/acme/{kind.name}/{doc.pk}/{action.name}/", {"version": "4"})
        assert response.status_code == 409, action.name
        with scope(world.system()):
            doc.refresh_from_db()
            assert doc.state == sorted(action.sources)[0]


def someone_for(kind, action) -> str:
    return "ana" if Audience.STAFF in action.by else owner_of(kind)


@documents
def test_bad_input_is_said_beside_its_field_and_changes_nothing(kind, world, as_):
    """Every action's form: sent empty, and with nonsense in every field that takes text."""
    for action in kind.actions:
        if action.form is None or (kind.editor and kind.editor.update is action):
            continue
        state = sorted(action.sources)[0]
        doc = make(world, kind, f"B-{action.name}", state=state)
        client, url = as_(someone_for(kind, action)), f"/acme/{kind.name}/{doc.pk}/{action.name}/"
        page = client.get(url)
        if page.status_code == 409:  # a condition beyond the state: its own story tells of it
            continue
        text = page.content.decode()
        form = text[text.index(f'action="{url}"') :].split("</form>")[0]
        fields = re.findall(r'<(?:input|textarea|select)([^>]*)name="([\w-]+)"([^>]*)', form)
        required = {name for before, name, after in fields if "required" in before + after}
        if required:
            answer = client.post(url, {"version": doc.version})
            assert answer.status_code == 422, action.name
            assert answer.content.decode().count('aria-invalid="true"') >= len(required), action.name
        nonsense = {name: "zqx " * 2000 for _b, name, _a in fields if name not in ("csrfmiddlewaretoken", "version")}
        if not nonsense:
            continue  # a bare confirmation: there is nothing to type
        management = {name: "1" for name in nonsense if name.endswith("_FORMS")}
        answer = client.post(url, nonsense | management | {"version": doc.version})
        assert answer.status_code in (409, 422), action.name
        assert "zqx zqx" in answer.content.decode(), f"{action.name}: what was typed is kept"
        with scope(world.system()):
            again = kind.model.objects.get(pk=doc.pk)
            assert (again.state, again.version) == (state, doc.version), action.name
