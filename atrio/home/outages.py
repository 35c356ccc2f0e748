"""What fails around us and passes again: the database is away, full or busy, or a disk is. Never our own mistakes."""

import errno

import psycopg
from psycopg.errors import ReadOnlySqlTransaction

DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}
TOO_COMPLEX = "54"  # an OperationalError too, but it is the statement that is at fault


def is_outage(problem: BaseException | None) -> bool:
    """Whether the same request may succeed later; the cause of a wrapped error counts."""
    while problem is not None:
        if isinstance(problem, psycopg.OperationalError):
            return not (problem.sqlstate or "").startswith(TOO_COMPLEX)
        if isinstance(problem, (psycopg.InterfaceError, ReadOnlySqlTransaction)):
            return True
        if isinstance(problem, OSError) and problem.errno in DISK:
            return True
        problem = problem.__cause__
    return False
