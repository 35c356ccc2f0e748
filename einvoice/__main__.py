"""`python -m einvoice FILE…`."""

import sys

from .cli import main

sys.exit(main())
