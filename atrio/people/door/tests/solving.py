"""What a browser's script does with a challenge, and what a person without one reads."""

import hashlib
import re
from html import unescape

import altcha

NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match, pattern
    return unescape(match[1])


def solved(page: str) -> dict[str, str]:
    """The form's field with the work done; none where none is asked."""
    if "data-challenge" not in page:
        return {}
    challenge, salt, signature = (found(rf'data-{name}="([^"]+)"', page) for name in ("challenge", "salt", "signature"))
    number = next(n for n in range(30_001) if hashlib.sha256(f"{salt}{n}".encode()).hexdigest() == challenge)
    return {"altcha": altcha.PayloadV1("SHA-256", challenge, number, salt, signature).to_base64()}


def answered(page: str) -> dict[str, str]:
    """The question that is asked, with its answer."""
    asked = found(r'<label for="id_answer">(.*?)</label>', page)
    one, two = (NUMBERS.index(word) + 1 for word in re.findall(r"\w+", asked) if word in NUMBERS)
    return {"question": found(r'name="question" value="([^"]+)"', page), "answer": str(one + two)}
