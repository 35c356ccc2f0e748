"""Makes `.venv` from the lock file with nothing but Python: run as a file, before any package is there."""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
VENV = PROJECT / ".venv"
STAMP = VENV / ".atrio"
LOG = VENV / "install.log"
NEEDED_BYTES = 1_500_000_000
REASONS = (
    (r"No space left on device|Errno 28", "The disk is full."),
    (r"do not match the hashes", "A package differs from its locked hash; nothing was installed."),
    (
        r"NewConnectionError|NameResolution|ConnectTimeout|ProxyError|SSLError|ReadTimeout|Temporary failure",
        "The package index cannot be reached: check the network or the proxy.",
    ),
    (
        r"No matching distribution found for (\S+)",
        "There is no ready-made package of {0} for this system and Python version (and none is compiled here).",
    ),
)


def main(arguments: list[str]) -> int:
    """Make or renew the environment; with --dev, also what the checks need."""
    if sys.version_info < (3, 11):  # noqa: UP036 (told in words to whoever calls it so)
        return _complain("Python 3.11 or newer is needed, and this is " + sys.version.split()[0] + ".")
    lock = PROJECT / ("requirements-dev.lock" if "--dev" in arguments else "requirements.lock")
    wanted = _state(lock)
    # The development lock holds everything of the other, at the same versions.
    if wanted in _stamped() and _python().exists():
        return 0
    if shutil.disk_usage(PROJECT).free < NEEDED_BYTES:
        return _complain("The disk is full: the installation needs 1.5 GB.")
    try:
        return _install(lock, wanted)
    except OSError as error:
        return _complain(f"{error.filename or PROJECT} cannot be written: {error.strerror}.")


def _install(lock: Path, wanted: str) -> int:
    if not _usable():
        _say(f"Making the Python environment in {VENV.name}…")
        shutil.rmtree(VENV, ignore_errors=True)
        made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)  # noqa: S603
        if made.returncode:
            shutil.rmtree(VENV, ignore_errors=True)
            if "ensurepip" in made.stdout + made.stderr:
                return _complain("This Python cannot make environments: install its venv package (python3-venv).")
            return _complain("The environment could not be made: " + (made.stderr or made.stdout).strip()[-300:])
    STAMP.unlink(missing_ok=True)
    count = len(re.findall(r"^[\w.-]+==", lock.read_text(), re.MULTILINE))
    _say(f"Installing {count} Python packages…")
    # Ready-made packages only: nobody needs a compiler.
    packages = ["--require-hashes", "--only-binary", ":all:", "-r", str(lock)]
    for step in (packages, ["--no-deps", "--no-build-isolation", "--editable", str(PROJECT)]):
        if problem := _pip(step):
            return _complain(f"{problem} (all of pip's words: {LOG})")
    stamps = {wanted, _state(PROJECT / "requirements.lock")}
    STAMP.write_text("\n".join(sorted(stamps)))
    return 0


def _pip(arguments: list[str]) -> str:
    """Run pip, showing what it fetches; return what went wrong, or nothing."""
    command = [str(_python()), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *arguments]
    with LOG.open("w", encoding="utf-8") as log:
        pip = subprocess.Popen(  # noqa: S603
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", cwd=PROJECT
        )
        for line in pip.stdout or ():
            log.write(line)
            _show(line)
    _clear()
    return "" if pip.wait() == 0 else _reason(LOG.read_text(encoding="utf-8"))


def _reason(output: str) -> str:
    for pattern, sentence in REASONS:
        if match := re.search(pattern, output):
            return sentence.format(*match.groups())
    lines = [line for line in output.splitlines() if line.startswith("ERROR")] or output.strip().splitlines()
    return "pip failed: " + (lines[-1] if lines else "it said nothing")


def _state(lock: Path) -> str:
    # An environment knows its own path, so a moved project needs a new one.
    digest = hashlib.sha256(f"{VENV}\0{sys.version_info[:2]}".encode())
    digest.update(lock.read_bytes())
    digest.update((PROJECT / "pyproject.toml").read_bytes())
    return digest.hexdigest()


def _stamped() -> list[str]:
    return STAMP.read_text().split() if STAMP.is_file() else []


def _usable() -> bool:
    """Tell whether the environment is whole, at its own place, and of this Python's version."""
    if not _python().exists():
        return False
    code = "import sys, pip; print(sys.prefix, *sys.version_info[:2], sep='\\n')"
    done = subprocess.run([str(_python()), "-c", code], capture_output=True, text=True)  # noqa: S603
    if done.stdout.split("\n")[:3] != [str(VENV), *map(str, sys.version_info[:2])]:
        return False
    # Its programs name the place where it was made; only this script tells which that was.
    activate = _python().parent / "activate"
    return activate.is_file() and str(VENV) in activate.read_text(errors="replace")


def _python() -> Path:
    folder = "Scripts" if sys.platform == "win32" else "bin"
    return VENV / folder / ("python.exe" if sys.platform == "win32" else "python")


def _show(line: str) -> None:
    words = line.split()
    if sys.stderr.isatty() and words[:1] in (["Collecting"], ["Installing"], ["Downloading"]):
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write("\r\033[K" + line.strip()[:width])
        sys.stderr.flush()


def _clear() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _complain(sentence: str) -> int:
    _say("atrio: " + sentence)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
