"""What a measure says, where it is measured, and how it is printed and kept."""

import json
import os
import platform
import sys
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One thing measured, beside what it must reach."""

    what: str
    value: float
    unit: str
    target: str = ""
    reached: bool | None = None
    note: str = ""

    @property
    def shown(self) -> str:
        digits = 0 if abs(self.value) >= 100 else 1 if abs(self.value) >= 10 else 2
        return f"{self.value:,.{digits}f} {self.unit}"


@dataclass(frozen=True)
class Place:
    """Two seeded databases of a running server, one a tenth of the other, and a folder to write in."""

    documents: int
    folder: Path
    database: str
    small: str
    quick: bool = False

    def environment(self, **more: str) -> dict[str, str]:
        """What a process started by a measure must know."""
        return os.environ | more


MARKS = {True: "reached", False: "MISSED", None: ""}


def show(title: str, figures: list[Figure]) -> None:
    width = max(len(one.what) for one in figures)
    sys.stdout.write(f"\n{title}\n")
    for one in figures:
        line = f"  {one.what:<{width}}  {one.shown:>18}  {one.target:<22} {MARKS[one.reached]:<8} {one.note}"
        sys.stdout.write(f"{line.rstrip()}\n")
    sys.stdout.flush()


def keep(path: Path, measured: dict[str, list[Figure]], documents: int) -> None:
    """Write the results of the measures that ran, beside those of the measures that did not."""
    known = json.loads(path.read_text()) if path.exists() else {}
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
    for name, figures in measured.items():
        facts = {"documents": documents, "machine": machine}
        known[name] = facts | {"figures": [asdict(one) for one in figures]}
    path.write_text(json.dumps(known, indent=2, ensure_ascii=False) + "\n")
