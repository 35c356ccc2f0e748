"""Where Atrio is and where a trial keeps its data."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path


def project_folder() -> Path:
    """Return the checkout, or the working folder when Atrio is installed as a package."""
    checkout = Path(__file__).resolve().parents[2]
    return checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()


def data_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder that holds everything a trial keeps."""
    if given := environ.get("ATRIO_DATA"):
        return Path(given).expanduser().resolve()
    if is_root():
        # PostgreSQL refuses to run as root, and another account cannot reach a project under /root.
        return Path("/var/lib/atrio-" + digest(project_folder()))
    return project_folder() / ".data"


def is_root() -> bool:
    """Tell whether this process runs as the superuser of a Unix system."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def digest(path: Path) -> str:
    """Return a short name for a path, the same at every start."""
    return hashlib.sha256(str(path).encode()).hexdigest()[:12]
