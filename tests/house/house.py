#!/usr/bin/python3
"""house.py [CHECK...]: the rules of the house that a program can read.

Each check yields what is wrong, one `place: what` a line; a check passes when it yields nothing.
Run from anywhere; looks at the checkout it lies in.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCES = sorted(ROOT.glob("src/**/*.[ch]"))
OURS = SOURCES + sorted(path for top in ("tests", "bench") for path in ROOT.glob(top + "/**/*.[ch]"))

FUNCTION_LINES_MAX = 100
FILE_LINES_MAX = 1200

# What a folder may include besides itself. One line of the layers uses only the lines under it.
LAYERS = {
    "base": "",
    "json": "base",
    "jsonata": "json base",
    "jsonpath": "json base",
    "source": "json base",
    "graph": "json base",
    "asl": "jsonata jsonpath json base",
    "loop": "json base",
    "store": "loop json base",
    "play": "asl source loop jsonata jsonpath json base",
    "http": "loop json base",
    "aws": "loop json base",
    "engine": "store aws loop json base",
    "services": "play asl jsonata engine store aws loop json base",
    "edge": "engine http aws loop json base",
    "cli": "services edge engine play graph source asl store http aws loop jsonpath jsonata json base",
}

# Headers of a folder that not everybody above may use.
ONLY = {
    ("aws", "loop"): {"loop/chance.h"},
}


def lines_of(path):
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


def name_of(path):
    return str(path.relative_to(ROOT))


def module_of(path):
    """src/services/sqs/queue.c is in services/sqs, src/store/store.h in store."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "services" and len(parts) > 2 else parts[0]


def includes():
    """Includes go downwards only: not up, not sideways."""
    include = re.compile(r'\s*#\s*include\s+"([^"]+)"')
    for path in SOURCES:
        own = module_of(str(path.relative_to(ROOT / "src")))
        layer = own.split("/")[0]
        if layer not in LAYERS:
            yield f"{name_of(path)}: the folder {layer} has no row in LAYERS"
            continue
        for number, line in enumerate(lines_of(path), 1):
            match = include.match(line)
            if not match:
                continue
            header = match.group(1)
            where = f"{name_of(path)}:{number}"
            if not (ROOT / "src" / header).exists():
                yield f'{where}: "{header}" is not the path of a header under src/'
                continue
            used = module_of(header)
            used_layer = used.split("/")[0]
            if used == own:
                continue
            if used_layer == layer or used_layer not in LAYERS[layer].split():
                yield f"{where}: {own} may not use {used}"
            elif header not in ONLY.get((layer, used_layer), {header}):
                yield f"{where}: {own} may not use {header}"


def charters():
    """Every folder says who may use it and what it may use."""
    for folder in sorted({path.parent for path in SOURCES}):
        charter = folder / "README.md"
        if not charter.exists():
            yield f"{name_of(folder)}: has no README.md"
        elif "Who may use it" not in charter.read_text() or "What it may use" not in charter.read_text():
            yield f"{name_of(charter)}: does not say who may use it and what it may use"


def openings():
    """Every file opens with a comment that begins with its name."""
    for path in OURS:
        first = (lines_of(path) or [""])[0]
        if not first.startswith(f"/* {path.name} -- "):
            yield f"{name_of(path)}:1: does not open with `/* {path.name} -- ...`"


def functions(path):
    """(name, line, length) of each function: from a `{` to a `}` in the first column."""
    name, start, head = None, 0, ""
    for number, line in enumerate(lines_of(path), 1):
        if line.startswith("{"):
            match = re.search(r"(\w+)\s*\(", head)
            name, start = (match.group(1) if match else "?"), number
        elif line.startswith("}") and name:
            yield name, start, number - start + 1
            name = None
        elif line and not line[0].isspace() and not name:
            head = line


def function_lengths():
    """No function is longer than FUNCTION_LINES_MAX lines."""
    longest = ("", 0)
    for path in OURS:
        for name, line, length in functions(path):
            place = f"{name_of(path)}:{line}: {name}"
            longest = max(longest, (place, length), key=lambda pair: pair[1])
            if length > FUNCTION_LINES_MAX:
                yield f"{place} has {length} lines, more than {FUNCTION_LINES_MAX}"
    print(f"    the longest function: {longest[0]}, {longest[1]} lines")


def file_lengths():
    """No file is longer than FILE_LINES_MAX lines."""
    for path in OURS:
        count = len(lines_of(path))
        if count > FILE_LINES_MAX:
            yield f"{name_of(path)}: has {count} lines, more than {FILE_LINES_MAX}"


def banned_words():
    """Nothing is left for later."""
    words = re.compile(r"\b(TODO|FIXME|XXX)\b")
    for path in text_files():
        if path == pathlib.Path(__file__).resolve():
            continue
        for number, line in enumerate(lines_of(path), 1):
            match = words.search(line)
            if match:
                yield f"{name_of(path)}:{number}: {match.group(1)}"


def layout():
    """No tabs in C, no blanks at the ends of lines, a newline at the end of the file."""
    for path in OURS:
        text = path.read_text(encoding="utf-8", errors="replace")
        if text and not text.endswith("\n"):
            yield f"{name_of(path)}: has no newline at its end"
        for number, line in enumerate(text.split("\n"), 1):
            if "\t" in line:
                yield f"{name_of(path)}:{number}: a tab"
            if line != line.rstrip():
                yield f"{name_of(path)}:{number}: blanks at the end"


def table_numbers():
    """A table's number is on disk: it is one table's for ever."""
    row = re.compile(r"TABLE\((\w+),\s*(\d+),")
    seen = {}
    path = ROOT / "src/store/tables.h"
    for number, line in enumerate(lines_of(path), 1):
        match = row.match(line)
        if not match:
            continue
        for key in match.groups():
            if key in seen:
                yield f"{name_of(path)}:{number}: {key} was in line {seen[key]}"
            seen.setdefault(key, number)
    if not seen:
        yield f"{name_of(path)}: has no rows"


def lock_hosts():
    """The lock file of npm names versions and digests, no hosts."""
    path = ROOT / "tests/clients/package-lock.json"
    for number, line in enumerate(lines_of(path), 1):
        if '"resolved"' in line:
            yield f"{name_of(path)}:{number}: names a host"


def text_files():
    tops = ("src", "tests", "bench", "script", "examples", "packaging", "docs", ".ci")
    skipped = {"node_modules", "corpus", "__pycache__"}
    files = [path for top in tops for path in (ROOT / top).rglob("*")] + list(ROOT.glob("*"))
    return sorted(path for path in files if path.is_file() and not skipped & set(path.parts))


CHECKS = [includes, charters, openings, function_lengths, file_lengths, banned_words, layout, table_numbers, lock_hosts]


def main(wanted):
    passed = failed = 0
    for check in CHECKS:
        name = check.__name__.replace("_", "-")
        if wanted and name not in wanted:
            continue
        print(name)
        wrong = list(check())
        for line in wrong:
            print(f"    {line}")
        if wrong:
            print(f"  FAILED {name}")
        passed, failed = passed + (not wrong), failed + bool(wrong)
    print(f"house: {passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
