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
    "xml_truncated": Sentence(
        "The XML ends too early (line {line}): it was cut on its way. Send the whole file again.",
        "El XML termina antes de tiempo (línea {line}): se cortó en el camino. Envíe otra vez el archivo completo.",
        "O XML termina antes da hora (linha {line}): foi cortado no caminho. Envie de novo o arquivo inteiro.",
    ),
    "xml_broken": Sentence(
        "The XML is not well formed (line {line}: {problem}). Have your invoicing software write it again, and do not edit it by hand.",
        "El XML está mal formado (línea {line}: {problem}). Genérelo de nuevo con su programa de facturación y no lo edite a mano.",
        "O XML está malformado (linha {line}: {problem}). Gere-o de novo no seu programa de faturamento e não o edite à mão.",
    ),
    "doctype": Sentence(
        "The XML has a document type definition (DOCTYPE), which no electronic invoice has. Send it without one.",
        "El XML trae una definición de tipo de documento (DOCTYPE), que ninguna factura electrónica lleva. Envíelo sin ella.",
        "O XML traz uma definição de tipo de documento (DOCTYPE), que nenhuma nota eletrônica tem. Envie-o sem ela.",
    ),
    "encoding_wrong": Sentence(
        "The file says that its characters are {declared}, but they are not. Save it again in UTF-8, or declare the encoding that it has.",
        "El archivo dice que sus caracteres son {declared}, pero no lo son. Guárdelo de nuevo en UTF-8 o declare la codificación que tiene.",
        "O arquivo diz que seus caracteres são {declared}, mas não são. Salve-o de novo em UTF-8 ou declare a codificação que ele tem.",
    ),
    "encoding_unknown": Sentence(
        "The file declares the encoding {declared}, which we do not read. Save it again in UTF-8.",
        "El archivo declara la codificación {declared}, que no leemos. Guárdelo de nuevo en UTF-8.",
        "O arquivo declara a codificação {declared}, que não lemos. Salve-o de novo em UTF-8.",
    ),
    "too_deep": Sentence(
        "The XML is nested more than {limit} levels deep. No electronic document is; send the original file.",
        "El XML tiene más de {limit} niveles anidados. Ningún documento electrónico los tiene; envíe el archivo original.",
        "O XML tem mais de {limit} níveis aninhados. Nenhum documento eletrônico tem; envie o arquivo original.",
    ),
    "too_many_elements": Sentence(
        "The XML has more than {limit} elements and attributes. Send it in several documents.",
        "El XML tiene más de {limit} elementos y atributos. Envíelo en varios documentos.",
        "O XML tem mais de {limit} elementos e atributos. Envie-o em vários documentos.",
    ),
    "is_html": Sentence(
        "This is a web page, not an electronic document. Send the XML file that the page lets you download.",
        "Es una página web, no un documento electrónico. Envíe el archivo XML que la página permite descargar.",
        "É uma página web, não um documento eletrônico. Envie o arquivo XML que a página permite baixar.",
    ),
    "is_json": Sentence(
        "This is JSON, not an electronic document that we read. Send the XML of the invoice.",
        "Es JSON, no un documento electrónico que leamos. Envíe el XML de la factura.",
        "É JSON, não um documento eletrônico que lemos. Envie o XML da nota.",
    ),
    "is_text": Sentence(
        "This is plain text, not an electronic document. Send the XML of the invoice.",
        "Es texto simple, no un documento electrónico. Envíe el XML de la factura.",
        "É texto simples, não um documento eletrônico. Envie o XML da nota.",
    ),
    "is_binary": Sentence(
        "This file is neither XML, nor PDF, nor ZIP. Send the XML of the invoice.",
        "Este archivo no es XML, ni PDF, ni ZIP. Envíe el XML de la factura.",
        "Este arquivo não é XML, nem PDF, nem ZIP. Envie o XML da nota.",
    ),
    "attached_empty": Sentence(
        "The AttachedDocument has no invoice in it. Have your software put the XML of the invoice into it again.",
        "El AttachedDocument no trae ninguna factura dentro. Genérelo de nuevo con el XML de la factura adentro.",
        "O AttachedDocument não traz nenhuma fatura dentro. Gere-o de novo com o XML da fatura dentro dele.",
    ),
    "zip_broken": Sentence(
        "The ZIP is damaged ({problem}). Pack it again and send it again.",
        "El ZIP está dañado ({problem}). Comprímalo y envíelo de nuevo.",
        "O ZIP está danificado ({problem}). Compacte-o e envie-o de novo.",
    ),
    "zip_encrypted": Sentence(
        "The ZIP is protected by a password. Send it without one.",
        "El ZIP está protegido con contraseña. Envíelo sin ella.",
        "O ZIP está protegido por senha. Envie-o sem senha.",
    ),
    "zip_method": Sentence(
        "The ZIP is packed in an unusual way. Pack it as an ordinary ZIP (deflate).",
        "El ZIP está comprimido de una forma poco común. Comprímalo como ZIP corriente (deflate).",
        "O ZIP está compactado de um modo incomum. Compacte-o como ZIP comum (deflate).",
    ),
    "zip_bomb": Sentence(
        "The ZIP unpacks to far more than a document. Send only the XML and its PDF.",
        "El ZIP contiene mucho más que un documento. Envíe solo el XML y su PDF.",
        "O ZIP contém muito mais do que um documento. Envie só o XML e o PDF.",
    ),
    "zip_entries": Sentence(
        "The ZIP has more than {limit} files. Send one document with its PDF.",
        "El ZIP tiene más de {limit} archivos. Envíe un documento con su PDF.",
        "O ZIP tem mais de {limit} arquivos. Envie um documento com o PDF.",
    ),
    "zip_nested": Sentence(
        "The ZIP has another ZIP in it. Send the inner one by itself.",
        "El ZIP trae otro ZIP dentro. Envíe el de adentro por separado.",
        "O ZIP traz outro ZIP dentro. Envie o de dentro separadamente.",
    ),
    "too_many_documents": Sentence(
        "The envelope has {count} documents, more than {limit}. Send them in several files.",
        "El sobre trae {count} documentos, más de {limit}. Envíelos en varios archivos.",
        "O envelope traz {count} documentos, mais de {limit}. Envie-os em vários arquivos.",
    ),
    "zip_without_document": Sentence(
        "None of the {count} files in the ZIP is an electronic document. Put the XML of the invoice into it.",
        "Ninguno de los {count} archivos del ZIP es un documento electrónico. Incluya el XML de la factura.",
        "Nenhum dos {count} arquivos do ZIP é um documento eletrônico. Inclua o XML da nota.",
    ),
    "zip_several": Sentence(
        "The ZIP has {count} documents. Send each in a ZIP or file of its own.",
        "El ZIP trae {count} documentos. Envíe cada uno en su propio archivo.",
        "O ZIP traz {count} documentos. Envie cada um em seu próprio arquivo.",
    ),
    "pdf_without_xml": Sentence(
        "The PDF has no electronic invoice in it. Send the XML, or a PDF with the XML inside (Factur-X, ZUGFeRD).",
        "El PDF no trae una factura electrónica dentro. Envíe el XML, o un PDF con el XML incluido (Factur-X, ZUGFeRD).",
        "O PDF não traz uma nota eletrônica dentro. Envie o XML, ou um PDF com o XML incluído (Factur-X, ZUGFeRD).",
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
    return " ".join(str(value)[:400].split())[:120]
