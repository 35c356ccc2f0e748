"""A document as plain labelled texts in one language: what both the HTML and the PDF of it show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ..figures import plain
from ..finding import Finding
from ..model import Address, Document, Line, Party, Tax
from ..texts import said
from .labels import KINDS, LABELS

Rows = list[list[str]]
_TOTALS = ("lines", "allowances", "charges", "net", "tax", "gross", "withheld", "prepaid", "rounding", "payable")
_REFERENCES = ("order", "sales_order", "contract", "project", "receipt", "dispatch", "invoice")


class Page:
    """One document in one language; `content` is data only, nothing in it is markup."""

    def __init__(self, document: Document, language: str, findings: Sequence[Finding] = ()):
        self.document, self.language, self.findings = document, language, findings

    def content(self, most_lines: int | None = None) -> dict[str, Any]:
        document = self.document
        shown = document.lines[:most_lines]
        hidden = len(document.lines) - len(shown)
        return {
            "title": said(KINDS[document.kind], {}, self.language),
            "number": document.number or "",
            "language": "pt-BR" if self.language.lower().startswith("pt") else self.language[:2].lower(),
            "facts": self._facts(),
            "parties": self._parties(),
            "lines": self._lines(shown),
            "more_lines": said(LABELS["more_lines"], {"count": hidden}, self.language) if hidden else "",
            "taxes": self._taxes("taxes", document.taxes),
            "withholdings": self._taxes("withholdings", document.withholdings),
            "totals": self._totals(),
            "schedules": [part for part in (self._instalments(), self._payments()) if part["rows"]],
            "fiscal": self._labelled("fiscal", self._fiscal()),
            "notes": self._listed("notes", [note.text for note in document.notes]),
            "attachments": self._listed("attachments", [one.name or one.uri or "" for one in document.attachments]),
            "findings": self._findings(),
        }

    def label(self, name: str) -> str:
        return said(LABELS[name], {}, self.language)

    # --- how figures and days are written --------------------------------------------------------------------------

    def amount(self, value: Decimal | None, least: int = 2) -> str:
        """Grouped by thousands, with two decimals at least and all that are written."""
        if value is None:
            return ""
        whole, _, decimals = plain(abs(value)).partition(".")
        decimals = decimals.ljust(least, "0")
        comma, point = (",", ".") if self.language.lower().startswith("en") else (".", ",")
        digits = f"{int(whole):,}".replace(",", comma)
        return ("−" if value < 0 else "") + digits + (point + decimals if decimals else "")

    def day(self, value: dt.date | None) -> str:
        if value is None:
            return ""
        if self.language.lower().startswith("en"):
            return value.isoformat()
        return f"{value.day:02}/{value.month:02}/{value.year:04}"

    # --- parts -----------------------------------------------------------------------------------------------------

    def _labelled(self, title: str, rows: list[tuple[str, str | None]]) -> dict[str, Any]:
        return {"title": self.label(title), "rows": [[self.label(name), text] for name, text in rows if text]}

    def _listed(self, title: str, texts: Sequence[str]) -> dict[str, Any]:
        return {"title": self.label(title), "rows": [text for text in texts if text]}

    def _facts(self) -> Rows:
        document = self.document
        start, end = document.period or (None, None)
        rows: list[tuple[str, str | None]] = [
            ("issue_date", self.day(document.issue_date)),
            ("due_date", self.day(document.due_date)),
            ("tax_date", self.day(document.tax_date)),
            ("delivery_date", self.day(document.delivery_date)),
            ("period", " – ".join(filter(None, (self.day(start), self.day(end))))),
            ("currency", document.currency),
            ("type", " ".join(filter(None, (document.doc_type, document.type_code)))),
            ("buyer_reference", document.buyer_reference),
        ]
        for role in _REFERENCES:
            numbers = [one.number or one.fiscal_id or "" for one in document.references if one.role == role]
            rows.append((role, ", ".join(dict.fromkeys(filter(None, numbers)))))
        rows.append(("payment_terms", document.payment_terms))
        means = document.payment_means
        rows.append(("payment_means", ", ".join(filter(None, (one.name or one.code for one in means)))))
        rows.append(("account", ", ".join(filter(None, (one.account for one in means)))))
        return [[self.label(name), text] for name, text in rows if text]

    def _parties(self) -> list[dict[str, Any]]:
        document = self.document
        named = ("supplier", "customer", "payee", "tax_representative", "deliver_to")
        parties = [(name, getattr(document, name)) for name in named]
        shown = (self._party(name, party) for name, party in parties if party)
        return [party for party in shown if party["name"] or party["details"]]

    def _party(self, name: str, party: Party) -> dict[str, Any]:
        details = [party.trading_name or ""]
        if party.tax_id:
            number = "-".join(filter(None, (party.tax_id.written, party.tax_id.check_digit)))
            details.append(f"{party.tax_id.system or self.label('tax_id')} {number}")
        elif party.legal_id:
            details.append(party.legal_id.value)
        details += self._address(party.address)
        if party.contact:
            details += [party.contact.name or "", party.contact.phone or "", party.contact.email or ""]
        called = party.name or party.trading_name or ""
        kept = [text for text in dict.fromkeys(details) if text and text != called]
        return {"label": self.label(name), "name": called, "details": kept}

    def _address(self, address: Address | None) -> list[str]:
        if address is None:
            return []
        place = " ".join(filter(None, (address.postal_code, address.city)))
        return [*address.lines, ", ".join(filter(None, (place, address.region, address.country)))]

    def _lines(self, lines: Sequence[Line]) -> dict[str, Any]:
        names = ("line", "code", "item", "quantity", "unit", "price", "amount")
        columns = [[self.label(name), "right" if name in ("quantity", "price", "amount") else "left"] for name in names]
        return {"title": self.label("lines"), "columns": columns, "rows": [self._line(line) for line in lines]}

    def _line(self, line: Line) -> list[str]:
        code = line.seller_code or line.buyer_code or (line.standard_code.value if line.standard_code else "")
        words = (" ".join(text.split()) for text in (line.name, line.description) if text)
        text = " — ".join(dict.fromkeys(words))
        quantity, price = self.amount(line.quantity, 0), self.amount(line.price)
        return [line.number or "", code, text, quantity, line.unit or "", price, self.amount(line.net)]

    def _taxes(self, title: str, taxes: Sequence[Tax]) -> dict[str, Any]:
        names = ("tax", "rate", "base", "amount")
        columns = [[self.label(name), "left" if name == "tax" else "right"] for name in names]
        rows = [
            [
                " ".join(filter(None, (tax.scheme, tax.category, tax.reason))),
                f"{self.amount(tax.rate, 0)} %" if tax.rate is not None else "",
                self.amount(tax.base),
                self.amount(tax.amount),
            ]
            for tax in taxes
        ]
        return {"title": self.label(title), "columns": columns, "rows": rows}

    def _totals(self) -> dict[str, Any]:
        currency = self.document.currency or ""
        rows = []
        for name in _TOTALS:
            value = getattr(self.document.totals, name)
            if value is not None:
                rows.append(
                    [self.label(f"total_{name}"), f"{self.amount(value)} {currency}".strip(), name == "payable"]
                )
        return {"title": self.label("totals"), "rows": rows}

    def _instalments(self) -> dict[str, Any]:
        names = ("line", "due_date", "amount")
        columns = [[self.label(name), "right" if name == "amount" else "left"] for name in names]
        rows = [
            [one.number or "", self.day(one.due_date), self.amount(one.amount)] for one in self.document.instalments
        ]
        return {"title": self.label("instalments"), "columns": columns, "rows": rows}

    def _payments(self) -> dict[str, Any]:
        columns = [[self.label("issue_date"), "left"], [self.label("invoice"), "left"], [self.label("amount"), "right"]]
        rows = []
        for payment in self.document.payments:
            paid = " ".join(filter(None, (self.amount(payment.amount), payment.currency)))
            rows.append([self.day(payment.date), "", paid])
            rows += [["", one.number or one.fiscal_id or "", self.amount(one.amount)] for one in payment.documents]
        return {"title": self.label("payments"), "columns": columns, "rows": rows}

    def _fiscal(self) -> list[tuple[str, str | None]]:
        fiscal = self.document.fiscal
        when = fiscal.authorised_at
        return [
            ("fiscal_id", fiscal.id),
            ("authorised_at", f"{self.day(when.date())} {when:%H:%M:%S}" if when else None),
            ("protocol", fiscal.protocol),
            ("status", " ".join(filter(None, (fiscal.status, fiscal.status_text)))),
            ("authorisation", fiscal.authorisation),
        ]

    def _findings(self) -> dict[str, Any]:
        rows = [
            {
                "severity": one.severity.value,
                "label": self.label(one.severity.value),
                "code": one.code,
                "message": one.message(self.language),
                "where": one.where,
            }
            for one in self.findings
        ]
        return {"title": self.label("findings"), "rows": rows}
