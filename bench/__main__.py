"""`python -m bench [names]`: measure, print a table, keep the figures in bench/results.json."""

import argparse
import importlib
import os
import sys
import tempfile
from pathlib import Path

from . import report
from .table import Place, keep, show

MEASURES = ("pages", "flame", "ledger", "loads", "exports", "usage", "pdf", "einvoice", "weight", "soak", "lighthouse")
RESULTS = Path(__file__).with_name("results.json")
DATABASE = "atrio_bench"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measure Atrio against the targets of its makers.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"{', '.join(MEASURES)}; all of them if none is named")
    parser.add_argument("--documents", type=int, default=1_000_000, metavar="N", help="sales invoices of five lines")
    parser.add_argument("--portals", type=int, default=100, metavar="M", help="portals that share them")
    parser.add_argument("--quick", action="store_true", help="short runs, for whoever works on a measure")
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(MEASURES)):
        parser.error(f"there is no measure {unknown[0]}; there are {', '.join(MEASURES)}")
    return options


def _measured(place: Place, names: list[str]) -> None:
    """Run the measures one after the other, and keep what each says as soon as it says it."""
    for name in names:
        figures = importlib.import_module(f"bench.{name}").measure(place)
        show(name, figures)
        keep(RESULTS, {name: figures}, place.documents)


def main() -> int:
    options = _options()
    from . import databases

    with databases.server(), tempfile.TemporaryDirectory(prefix="atrio-bench-") as folder:
        large = databases.ready(DATABASE, options.documents, options.portals)
        small = databases.ready(DATABASE, max(options.documents // 10, 1), max(options.portals // 10, 1))
        os.environ |= {"DJANGO_SETTINGS_MODULE": "bench.settings", "ATRIO_DATABASE_NAME": large}
        import django

        django.setup()
        place = Place(options.documents, Path(folder), large, small, options.quick)
        _measured(place, options.names or list(MEASURES))
    report.write(RESULTS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
