"""The HTML fragment of a document: semantic elements and classes only; every text in it is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

_STYLE = Path(__file__).parent / "einvoice.css"


def fragment(page: dict[str, Any]) -> str:
    """One `article`, for a page that has its own head, language and styles."""
    return "\n".join(_parts(page))


def whole(page: dict[str, Any]) -> str:
    """The same as a page of its own, for whoever opens it as a file; it fetches nothing."""
    title = escape(f"{page['title']} {page['number']}".strip())
    return (
        f'<!doctype html>\n<html lang="{escape(page["language"])}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n"
        f"{fragment(page)}\n</body>\n</html>"
    )


def _parts(page: dict[str, Any]) -> Iterator[str]:
    yield f'<article class="einvoice" lang="{escape(page["language"])}">'
    title, number = escape(page["title"]), escape(page["number"])
    yield f'<header class="einvoice-head"><h2>{title} <span>{number}</span></h2></header>'
    yield from _findings(page["findings"])
    yield from _parties(page["parties"])
    yield from _pairs(page["facts"], "einvoice-facts")
    yield from _table(page["lines"], "einvoice-lines")
    if page["more_lines"]:
        yield f'<p class="einvoice-more">{escape(page["more_lines"])}</p>'
    yield from _table(page["taxes"], "einvoice-taxes")
    yield from _table(page["withholdings"], "einvoice-withholdings")
    yield from _totals(page["totals"])
    for part in page["schedules"]:
        yield from _table(part, "einvoice-schedule")
    if page["fiscal"]["rows"]:
        yield f'<section class="einvoice-fiscal"><h3>{escape(page["fiscal"]["title"])}</h3>'
        yield from _pairs(page["fiscal"]["rows"], "einvoice-facts")
        yield "</section>"
    yield from _list(page["notes"], "einvoice-notes")
    yield from _list(page["attachments"], "einvoice-attachments")
    yield "</article>"


def _findings(part: dict[str, Any]) -> Iterator[str]:
    if not part["rows"]:
        return
    yield f'<section class="einvoice-findings"><h3>{escape(part["title"])}</h3><ul>'
    for one in part["rows"]:
        where = f' <small class="einvoice-where">{escape(one["where"])}</small>' if one["where"] else ""
        yield (
            f'<li class="einvoice-{escape(one["severity"])}"><strong>{escape(one["label"])}</strong> '
            f"{escape(one['message'])} <code>{escape(one['code'])}</code>{where}</li>"
        )
    yield "</ul></section>"


def _parties(parties: list[dict[str, Any]]) -> Iterator[str]:
    yield '<div class="einvoice-parties">'
    for party in parties:
        name = [f"<strong>{escape(party['name'])}</strong>"] if party["name"] else []
        text = "<br>".join([*name, *map(escape, party["details"])])
        yield f'<section class="einvoice-party"><h3>{escape(party["label"])}</h3><p>{text}</p></section>'
    yield "</div>"


def _pairs(rows: list[list[str]], name: str) -> Iterator[str]:
    if not rows:
        return
    yield f'<dl class="{name}">'
    yield from (f"<div><dt>{escape(label)}</dt><dd>{escape(text)}</dd></div>" for label, text in rows)
    yield "</dl>"


def _table(part: dict[str, Any], name: str) -> Iterator[str]:
    if not part["rows"]:
        return
    classes = [' class="einvoice-number"' if align == "right" else "" for _, align in part["columns"]]
    title = escape(part["title"])
    # What scrolls is reached by the keyboard, and named
    yield f'<div class="einvoice-scroll" role="region" aria-label="{title}" tabindex="0">'
    yield f'<table class="{name}"><caption>{title}</caption>'
    heads = zip(classes, part["columns"], strict=True)
    yield (
        "<thead><tr>" + "".join(f'<th scope="col"{a}>{escape(title)}</th>' for a, (title, _) in heads) + "</tr></thead>"
    )
    yield "<tbody>"
    for row in part["rows"]:
        yield "<tr>" + "".join(f"<td{a}>{escape(cell)}</td>" for a, cell in zip(classes, row, strict=True)) + "</tr>"
    yield "</tbody></table></div>"


def _totals(part: dict[str, Any]) -> Iterator[str]:
    if not part["rows"]:
        return
    yield f'<table class="einvoice-totals"><caption>{escape(part["title"])}</caption><tbody>'
    for label, text, strong in part["rows"]:
        kind = ' class="einvoice-payable"' if strong else ""
        yield f'<tr{kind}><th scope="row">{escape(label)}</th><td class="einvoice-number">{escape(text)}</td></tr>'
    yield "</tbody></table>"


def _list(part: dict[str, Any], name: str) -> Iterator[str]:
    if not part["rows"]:
        return
    yield f'<section class="{name}"><h3>{escape(part["title"])}</h3><ul>'
    yield from (f"<li>{escape(text)}</li>" for text in part["rows"])
    yield "</ul></section>"
