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
    "too_large": Sentence(
        "The file is larger than {limit} MB. Send the document without large attachments.",
        "El archivo pasa de {limit} MB. Envíe el documento sin adjuntos grandes.",
        "O arquivo passa de {limit} MB. Envie o documento sem anexos grandes.",
    ),
    "recognised_not_read": Sentence(
        "This file is a {found}: we know it, but it is no invoice that can be taken here. Send the invoice itself, or ask your customer how to deliver this kind of document.",
        "Este archivo es un documento «{found}»: lo conocemos, pero no es una factura que se pueda recibir aquí. Envíe la factura misma, o pregunte a su cliente cómo entregar este tipo de documento.",
        "Este arquivo é um documento “{found}”: nós o conhecemos, mas não é uma nota que se possa receber aqui. Envie a própria nota, ou pergunte ao seu cliente como entregar este tipo de documento.",
    ),
    "version_not_read": Sentence(
        "This is a {found}, a version that is not in use any more. Send the document in the version that the tax office prescribes today.",
        "Es un {found}, una versión que ya no está vigente. Envíe el documento en la versión que hoy exige la autoridad fiscal.",
        "É um {found}, uma versão que não está mais em uso. Envie o documento na versão que o fisco exige hoje.",
    ),
    "without_document": Sentence(
        "The envelope ({found}) has no document inside. Send the file again as your invoicing system made it.",
        "El sobre ({found}) no tiene ningún documento dentro. Envíe de nuevo el archivo tal como lo hizo su sistema de facturación.",
        "O envelope ({found}) não tem nenhum documento dentro. Envie de novo o arquivo como o seu sistema de faturamento o gerou.",
    ),
    "pdf_without_xml": Sentence(
        "The PDF has no electronic invoice (XML) inside. Send the XML of the invoice, or a PDF with the XML inside (Factur-X, ZUGFeRD).",
        "El PDF no tiene ninguna factura electrónica (XML) dentro. Envíe el XML de la factura, o un PDF con el XML dentro (Factur-X, ZUGFeRD).",
        "O PDF não tem nenhuma nota eletrônica (XML) dentro. Envie o XML da nota, ou um PDF com o XML dentro (Factur-X, ZUGFeRD).",
    ),
    "pdf_encrypted": Sentence(
        "The PDF is protected with a password. Send it without protection, or send the XML of the invoice.",
        "El PDF está protegido con contraseña. Envíelo sin protección, o envíe el XML de la factura.",
        "O PDF está protegido com senha. Envie-o sem proteção, ou envie o XML da nota.",
    ),
    "pdf_broken": Sentence(
        "The PDF is damaged and cannot be read. Make it again and send it, or send the XML of the invoice.",
        "El PDF está dañado y no se puede leer. Genérelo de nuevo y envíelo, o envíe el XML de la factura.",
        "O PDF está danificado e não pode ser lido. Gere-o de novo e envie-o, ou envie o XML da nota.",
    ),
    "not_recognised": Sentence(
        "This is no electronic document that we read ({found}). Send the XML of the invoice, its PDF with the XML inside, or a ZIP with one of them.",
        "No es un documento electrónico que leamos ({found}). Envíe el XML de la factura, su PDF con el XML dentro, o un ZIP con uno de ellos.",
        "Não é um documento eletrônico que lemos ({found}). Envie o XML da nota, o PDF com o XML dentro, ou um ZIP com um deles.",
    ),
}


def sentence(code: str, facts: Mapping[str, object], language: str) -> str:
    """The sentence of a code; `language` is es, pt_BR (or pt-br) or en."""
    texts = REFUSALS.get(code)
    if texts is None:
        raise KeyError(code)
    place = language.replace("-", "_").lower()
    text = texts.pt_BR if place.startswith("pt") else texts.en if place.startswith("en") else texts.es
    return Formatter().vformat(text, (), {name: _said(value) for name, value in facts.items()})


def _said(value: object) -> str:
    """Facts come from files: one line, and not longer than a sentence bears."""
    return " ".join(str(value).split())[:120]
