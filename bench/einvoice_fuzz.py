"""Seeded mutations of the real files: nothing but NotRead may come of them, and each within two seconds.

python -m bench.einvoice_fuzz --runs 200000 --seed 1 [--processes 2]"""

from __future__ import annotations

import argparse
import io
import random
import re
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path

import einvoice
from einvoice import Limits, NotRead
from einvoice.facts import facts

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "einvoices"
if not DATA.exists():  # a worktree stands one level deeper than the repository
    DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "einvoices"
SECONDS = 2.0
LIMITS = Limits()
CHUNK = 500

_TAG = re.compile(rb"<[A-Za-z][^<>]{0,200}>")
_ATTRIBUTE = re.compile(rb"[A-Za-z:]{1,40}=\"[^\"<>]{0,200}\"")
_VALUE = re.compile(rb">([^<>]{1,200})<")
_ELEMENT = re.compile(rb"<([A-Za-z][\w:.-]{0,60})(?: [^<>]{0,200})?>[^<>]{0,200}</\1>")
_STREAM = re.compile(rb"stream\r?\n")
_VALUES = (
    b"",
    b" ",
    b"-",
    b"1e999",
    b"NaN",
    b"-Infinity",
    b"0x10",
    b"1,5",
    b"1.2.3",
    b"9" * 5000,
    b"-0",
    b".",
    b"+.5",
    b"0000-00-00",
    b"2026-02-30",
    b"99999-01-01",
    b"2026-01-01T25:61:61+99:99",
    b"20260132",
    b"\xc2\xa0",
    b"\xd9\xa1\xd9\xa2",
    b"&#0;",
    b"&#xD800;",
    b"&amp;&lt;",
    b"<![CDATA[<a>]]>",
    b"<![CDATA[<?xml version='1.0'?><Invoice/>]]>",
    b"A" * 70_000,
    b"====",
    b"\xff\xfe",
    b"true",
    b"<!--x-->",
)
_PIECES = (
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd'/>",
    b"&b;",
    b"<?xml version='1.0' encoding='UTF-16'?>",
    b"<a xmlns='urn:x'/>",
    b"\0",
    b"]]>",
    b"<a:b/>",
)
Mutator = Callable[[random.Random, bytes, list[bytes]], bytes]


def _place(chance: random.Random, pattern: re.Pattern[bytes], data: bytes) -> re.Match[bytes] | None:
    """A match somewhere: the first after a place at random, else the first of all."""
    return pattern.search(data, chance.randrange(len(data) + 1)) or pattern.search(data)


def flip(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    made = bytearray(data)
    for _n in range(chance.choice((1, 1, 2, 8, 64))):
        if made:
            made[chance.randrange(len(made))] = chance.randrange(256)
    return bytes(made)


def cut(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    start = chance.randrange(len(data) + 1)
    end = min(len(data), start + chance.choice((1, 10, 100, 1000, len(data))))
    return data[:start] + data[end:]


def truncate(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def double(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    start = chance.randrange(len(data) + 1)
    piece = data[start : start + chance.choice((1, 10, 100, 2000))]
    return data[:start] + piece * chance.choice((2, 3, 50)) + data[start:]


def insert(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.choice(_PIECES) + data[place:]


def retag(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    """One tag becomes another of the same document: elements in wrong places."""
    one, other = _place(chance, _TAG, data), _place(chance, _TAG, data)
    if one is None or other is None:
        return data
    old = one[0][1:].split()[0].rstrip(b">/")
    new = other[0][1:].split()[0].rstrip(b">/")
    count = chance.choice((1, -1))
    made = data.replace(b"<" + old, b"<" + new, count)
    return made.replace(b"</" + old + b">", b"</" + new + b">", count)


def revalue(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    for _n in range(chance.choice((1, 1, 3))):
        found = _place(chance, _VALUE, data)
        if found is not None:
            data = data[: found.start(1)] + chance.choice(_VALUES) + data[found.end(1) :]
    return data


def reattribute(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    found = _place(chance, _ATTRIBUTE, data)
    if found is None:
        return data
    name, _eq, _value = found[0].partition(b"=")
    value = chance.choice(_VALUES).replace(b"<", b"").replace(b'"', b"")
    made = chance.choice((b"", name + b'="' + value + b'"', found[0] + b" " + found[0], b'xmlns="urn:x"'))
    return data[: found.start()] + made + data[found.end() :]


def drop(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    """An element is missing, or there many times."""
    found = _place(chance, _ELEMENT, data)
    if found is None:
        return data
    return data[: found.start()] + found[0] * chance.choice((0, 0, 2, 300)) + data[found.end() :]


def nest(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    found = _place(chance, _TAG, data)
    if found is None or found[0].endswith(b"/>"):
        return data
    name = found[0][1:].split()[0].rstrip(b">/")
    deep = chance.choice((2, 50, 120, 400, 20_000))
    return data[: found.start()] + (b"<" + name + b">") * deep + data[found.start() :] + (b"</" + name + b">") * deep


def splice(chance: random.Random, data: bytes, all_of_them: list[bytes]) -> bytes:
    """The beginning of one format with the end, or a part, of another."""
    other = chance.choice(all_of_them)
    start, end = chance.randrange(len(data) + 1), chance.randrange(len(other) + 1)
    if chance.random() < 0.5:
        return data[:start] + other[end:]
    found = _place(chance, _ELEMENT, other)
    return data[:start] + (found[0] if found else other[end : end + 500]) + data[start:]


def reencode(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    text = data.decode("utf-8", "replace")
    name = chance.choice(
        ("utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252", "utf-32", "utf-8-sig", "cp037", "utf-7")
    )
    made = text.encode(name, "replace")
    return made[1:] if chance.random() < 0.1 else made


def pack(chance: random.Random, data: bytes, all_of_them: list[bytes]) -> bytes:
    """In a ZIP, alone or with others, whole or damaged."""
    packed = io.BytesIO()
    method = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("a.xml", data)
        for number in range(chance.choice((0, 0, 1, 3, 30))):
            archive.writestr(f"{number}", chance.choice(all_of_them)[: chance.choice((10, 10_000_000))])
    made = packed.getvalue()
    return made if chance.random() < 0.3 else flip(chance, made, all_of_them)


def break_stream(chance: random.Random, data: bytes, all_of_them: list[bytes]) -> bytes:
    """Of a PDF: what its objects and streams begin with."""
    found = _place(chance, _STREAM, data)
    if found is None:
        return flip(chance, data, all_of_them)
    return data[: found.end()] + chance.randbytes(chance.choice((1, 20, 200))) + data[found.end() :]


MUTATORS: tuple[Mutator, ...] = (
    flip,
    cut,
    truncate,
    double,
    insert,
    retag,
    retag,
    revalue,
    revalue,
    revalue,
    reattribute,
    drop,
    drop,
    nest,
    splice,
    reencode,
    pack,
    break_stream,
)


def originals() -> list[bytes]:
    if not DATA.exists():
        return []
    found = [file.read_bytes() for file in sorted(DATA.glob("*/*")) if file.is_file()]
    prints = [data for data in found if data.startswith(b"%PDF")]  # few, and of many kinds of trouble: five times
    return found + prints * 4 + [attached(file.read_bytes()) for file in sorted(DATA.glob("dian-*/*.xml"))]


def attached(document: bytes) -> bytes:
    """In a container of the DIAN, of which there is none among the real files."""
    ubl = b"urn:oasis:names:specification:ubl:schema:xsd:"
    return (
        b'<AttachedDocument xmlns="' + ubl + b'AttachedDocument-2" xmlns:cac="' + ubl + b'CommonAggregateComponents-2" '
        b'xmlns:cbc="' + ubl + b'CommonBasicComponents-2"><cbc:ID>1</cbc:ID><cac:Attachment><cac:ExternalReference>'
        b"<cbc:Description><![CDATA[" + document.replace(b"]]>", b"") + b"]]></cbc:Description></cac:ExternalReference>"
        b"</cac:Attachment></AttachedDocument>"
    )


def mutated(seed: int, all_of_them: list[bytes]) -> bytes:
    chance = random.Random(seed)
    data = chance.choice(all_of_them)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        data = chance.choice(MUTATORS)(chance, data, all_of_them)
    return data


def tried(seed: int, all_of_them: list[bytes]) -> tuple[str, float]:
    """What came of one file: "read", a refusal's code, or the name of an exception that should not be."""
    data = mutated(seed, all_of_them)
    start = time.perf_counter()
    try:
        _used(einvoice.read(data, LIMITS))
        outcome = "read"
    except NotRead as refusal:
        outcome = f"refused: {refusal.code}"
        str(refusal)
    except Exception as error:  # noqa: BLE001 - what this program looks for
        outcome = f"FAULT: {type(error).__name__}: {str(error)[:80]} (seed {seed})"
    seconds = time.perf_counter() - start
    if seconds > SECONDS:
        outcome = f"FAULT: {seconds:.1f} seconds, {outcome} (seed {seed})"
    return outcome, seconds


def _used(document: einvoice.Document) -> None:
    """What a portal does with a document: look at it, say what is wrong, show it, write it."""
    facts(document)
    found = einvoice.check(document)
    for one in found:
        one.message("es")
    einvoice.render(document, "pt_BR", "html", found)
    for write in (einvoice.write_ubl, einvoice.write_cii):
        with suppress(NotRead):  # a kind that has no such form
            write(document)


def run(seeds: range) -> tuple[Counter[str], float]:
    """Outcomes of a range of seeds, and the longest of them in seconds."""
    all_of_them = originals()
    outcomes: Counter[str] = Counter()
    longest = 0.0
    for seed in seeds:
        outcome, seconds = tried(seed, all_of_them)
        outcomes[outcome] += 1
        longest = max(longest, seconds)
    return outcomes, longest


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first file; the others follow")
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args(arguments)
    if not DATA.exists():
        print(f"no sample data at {DATA}")
        return 2
    end = asked.seed + asked.runs
    chunks = [range(start, min(start + CHUNK, end)) for start in range(asked.seed, end, CHUNK)]
    outcomes: Counter[str] = Counter()
    longest, done, began = 0.0, 0, time.monotonic()
    with ProcessPoolExecutor(asked.processes) as pool:
        for chunk, (found, slowest) in zip(chunks, pool.map(run, chunks), strict=True):
            outcomes += found
            longest = max(longest, slowest)
            done += len(chunk)
            if done % (CHUNK * 20) == 0:
                print(f"{done} files, {time.monotonic() - began:.0f} s, longest {longest:.2f} s", flush=True)
    for outcome, count in outcomes.most_common():
        print(f"{count:8} {outcome}")
    faults = sum(count for outcome, count in outcomes.items() if outcome.startswith("FAULT"))
    print(f"{done} files, {faults} faults, longest {longest:.2f} s")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
