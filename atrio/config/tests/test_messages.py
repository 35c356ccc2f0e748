"""Texts are gathered from code and pages, checked and compiled without the system's gettext."""

import ast
import gettext
from collections.abc import Iterator

import pytest

from atrio.config import messages
from atrio.config.problem import Problem


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "atrio"
    (folder / "templates").mkdir(parents=True)
    (folder / "code.py").write_text('a = _("Send"); b = ngettext_lazy("%(n)s day", "%(n)s days", n)\n')
    (folder / "templates" / "page.html").write_text('{{ _("Number") }}{% trans %}Hello{% endtrans %}')
    (folder / "tests").mkdir()
    (folder / "tests" / "test_x.py").write_text('_("Only a test")')
    monkeypatch.setattr(messages, "PACKAGE", folder)
    monkeypatch.setattr(messages, "LOCALE", folder / "locale")
    monkeypatch.setattr(messages, "LANGUAGES", ("es",))
    return folder


def translate(package, **texts):
    file = package / "locale" / "es" / "LC_MESSAGES" / "django.po"
    catalog = messages.read("es")
    for text, translation in texts.items():
        catalog.get(text).string = translation
    catalog.get("%(n)s day").string = ("%(n)s día", "%(n)s días")
    with file.open("wb") as output:
        messages.write_po(output, catalog)
    return file


def test_texts_are_gathered_once(package):
    assert messages.update() == ["atrio/locale/es/LC_MESSAGES/django.po"]
    assert {m.id if isinstance(m.id, str) else m.id[0] for m in messages.read("es") if m.id} == {
        "Send",
        "%(n)s day",
        "Number",
        "Hello",
    }
    assert messages.update() == []


def test_a_missing_translation_is_named_with_its_place(package):
    messages.update()
    translate(package, Send="Enviar", Number="")
    with pytest.raises(Problem) as caught:
        messages.check()
    assert "2 texts are not translated" in str(caught.value)
    assert "es: 'Number' (atrio/templates/page.html)" in str(caught.value)


def test_a_translation_of_many_as_if_they_were_one_is_refused(package):
    messages.update()
    file = translate(package, Send="Enviar", Number="Número", Hello="Hola")
    messages.check()
    file.write_text(file.read_text().replace("%(n)s días", "%(n)s día"))
    with pytest.raises(Problem, match="says one and many alike"):
        messages.check()


def test_a_translation_that_loses_its_value_is_refused(package):
    messages.update()
    file = translate(package, Send="Enviar", Number="Número", Hello="Hola")
    messages.check()
    file.write_text(file.read_text().replace("%(n)s días", "%(x)s días"))
    with pytest.raises(Problem, match="1 texts"):
        messages.check()


def test_translations_survive_a_new_text_and_are_compiled(package):
    messages.update()
    translate(package, Send="Enviar", Number="Número", Hello="Hola")
    (package / "more.py").write_text('_("New")')
    assert messages.update() != []
    messages.compile_all()
    found = gettext.translation("django", messages.LOCALE, ["es"])
    assert found.gettext("Send") == "Enviar"
    assert found.ngettext("%(n)s day", "%(n)s days", 2) == "%(n)s días"
    assert found.gettext("New") == "New"


def translator_calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Calls of what the module imports from Django's translation, whatever it calls it there."""
    imported = {
        name.asname or name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if "gettext" in name.name
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in imported:
            yield node.func.id, node


def test_every_text_of_the_code_is_gathered():
    """Not those under a name that the extraction does not know, inside an f-string, or put together on the way."""
    gathered = {m.id if isinstance(m.id, str) else m.id[0] for m in messages._extracted()}
    for path in messages.PACKAGE.rglob("*.py"):
        if messages.SKIPPED & set(path.parts):
            continue
        for name, call in translator_calls(ast.parse(path.read_text(encoding="utf-8"))):
            place = f"{path.name}:{call.lineno}"
            assert name in messages.KEYWORDS, f"{place}: nobody extracts {name}()"
            texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            assert texts, f"{place}: the text is not there to be translated"
            assert texts[1 if "pgettext" in name else 0] in gathered, place
