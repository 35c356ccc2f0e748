"""How commands of operators say what they found: in columns for people, as JSON for programs."""

import json
from collections.abc import Sequence

from django.core.management.base import BaseCommand


class Lists(BaseCommand):
    def say(self, rows: Sequence[dict], as_json: bool) -> None:
        """Rows of the same keys; dates as ISO, nothing as a dash."""
        if as_json:
            self.stdout.write(json.dumps(rows, default=str, ensure_ascii=False, indent=1))
            return
        cells = [[str(value) if value not in (None, "") else "-" for value in row.values()] for row in rows]
        heads = [key.replace("_", " ") for key in rows[0]] if rows else []
        widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)] if rows else []
        for line in [heads, *cells] if rows else []:
            self.stdout.write("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
