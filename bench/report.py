"""The figures as people read them: the parts of docs/performance.md that a run writes anew."""

import json
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
MARKS = {True: "yes", False: "**no**", None: ""}


def replace(page: Path, name: str, text: str) -> None:
    """Put a text between the marks of that name."""
    first, last = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, _mark, rest = page.read_text().partition(first)
    _old, mark, after = rest.partition(last)
    if not mark:
        raise ValueError(f"{page} has no place for {name}")
    page.write_text(f"{before}{first}\n{text}\n{last}{after}")


def _shown(value: float, unit: str) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()


def write(results: Path) -> None:
    """The table of everything that was measured, from the file of the last runs."""
    known = json.loads(results.read_text())
    rows = ["| what | measured | must reach | reached | |", "|---|---|---|---|---|"]
    for name, said in known.items():
        if name == "flame":
            continue
        for one in said["figures"]:
            cells = (one["what"], _shown(one["value"], one["unit"]), one["target"], MARKS[one["reached"]], one["note"])
            rows.append(f"| {' | '.join(cells)} |")
    replace(PAGE, "figures", "\n".join(rows))
