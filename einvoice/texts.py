"""What is said to people, in the three languages of Atrio: why a file is refused, and what is wrong with a document.

Each code has one sentence that tells a supplier's clerk what to do; the facts fill what stands in braces."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import NamedTuple


class Sentence(NamedTuple):
    en: str
    es: str
    pt_BR: str


REFUSALS = {
    "empty": Sentence(
        "The file is empty. Send the electronic document itself.",
        "El archivo está vacío. Envíe el documento electrónico mismo.",
        "O arquivo está vazio. Envie o próprio documento eletrônico.",
    ),
    "no_file": Sentence(
        "The file cannot be opened ({reason}). Check its name and whether you may read it.",
        "No se puede abrir el archivo ({reason}). Revise su nombre y si tiene permiso para leerlo.",
        "Não é possível abrir o arquivo ({reason}). Confira o nome e se você pode lê-lo.",
    ),
    "not_written": Sentence(
        "A document of the kind {kind} cannot be written as {form}. Choose another form.",
        "Un documento del tipo {kind} no se puede escribir como {form}. Elija otra forma.",
        "Um documento do tipo {kind} não pode ser escrito como {form}. Escolha outra forma.",
    ),
    "not_printed": Sentence(
        "The document cannot be made into a PDF ({reason}). Look at it as HTML.",
        "No se puede hacer un PDF del documento ({reason}). Véalo como HTML.",
        "Não é possível fazer um PDF do documento ({reason}). Veja-o como HTML.",
    ),
    "too_large": Sentence(
        "The file is larger than {limit} MB. Send the document without large attachments.",
        "El archivo pasa de {limit} MB. Envíe el documento sin adjuntos grandes.",
        "O arquivo passa de {limit} MB. Envie o documento sem anexos grandes.",
    ),
    "not_recognised": Sentence(
        "This is no electronic document that we read ({found}). Send the XML of the invoice, its PDF with the XML inside, or a ZIP with one of them.",
        "No es un documento electrónico que leamos ({found}). Envíe el XML de la factura, su PDF con el XML dentro, o un ZIP con uno de ellos.",
        "Não é um documento eletrônico que lemos ({found}). Envie o XML da nota, o PDF com o XML dentro, ou um ZIP com um deles.",
    ),
}


def sentence(code: str, facts: Mapping[str, object], language: str) -> str:
    """The sentence of a refusal; `language` is es, pt_BR (or pt-br) or en."""
    return said(REFUSALS[code], facts, language)


def said(texts: Sentence, facts: Mapping[str, object], language: str) -> str:
    """One sentence in a language, with its facts filled in."""
    place = language.replace("-", "_").lower()
    text = texts.pt_BR if place.startswith("pt") else texts.en if place.startswith("en") else texts.es
    return Formatter().vformat(text, (), {name: _said(value) for name, value in facts.items()})


def _said(value: object) -> str:
    """Facts come from files: one line, and not longer than a sentence bears."""
    return " ".join(str(value).split())[:120]
