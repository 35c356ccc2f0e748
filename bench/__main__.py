"""`python -m bench [names]`: measure, print a table, keep the figures in bench/results.json."""

import argparse
import importlib
import os
import sys
import tempfile
from pathlib import Path

import django

from .table import Place, keep, show

MEASURES = ("pages",)
RESULTS = Path(__file__).with_name("results.json")


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description="Measure Atrio against the targets of its makers.")
    parser.add_argument("names", nargs="*", choices=[*MEASURES, []], metavar="name", help=", ".join(MEASURES))
    parser.add_argument("--database", default="bench_small")
    parser.add_argument("--small", default="")
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--quick", action="store_true", help="short runs, for whoever works on a measure")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    os.environ["ATRIO_DATABASE_NAME"] = options.database
    django.setup()
    measured = {}
    with tempfile.TemporaryDirectory(prefix="atrio-bench-") as folder:
        place = Place(options.documents, Path(folder), os.environ["DATABASE_URL"], os.environ["DATABASE_APP_URL"],
                      small=options.small, quick=options.quick)
        for name in options.names or MEASURES:
            measured[name] = importlib.import_module(f"bench.{name}").measure(place)
            show(name, measured[name])
    keep(RESULTS, measured, options.documents)
    return 0


if __name__ == "__main__":
    sys.exit(main())
