"""What went wrong, in one sentence for the person at the terminal."""


class Problem(Exception):
    """Something outside the code that a person can mend; shown without a traceback."""
