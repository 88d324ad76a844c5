"""metrics.py -- reads the text form of Prometheus strictly: what is not allowed in it raises ValueError."""
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
HEAD = re.compile(rf"# (HELP|TYPE) ({NAME}) (.+)")
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')
TYPES = ("counter", "gauge", "histogram")


class Family:
    def __init__(self, name):
        self.name, self.type, self.help = name, None, None
        self.samples = {}  # (name, labels as sorted pairs): value


def parse_labels(text):
    labels, at = [], 0
    while at < len(text):
        match = LABEL.match(text, at)
        if not match:
            raise ValueError(f"labels {text!r}")
        labels.append(match.groups())
        at = match.end()
    if len({name for name, _ in labels}) != len(labels):
        raise ValueError(f"a label twice in {text!r}")
    return tuple(sorted(labels))


def add_head(families, kind, name, text, current):
    if kind == "HELP":
        if name in families:
            raise ValueError(f"{name} comes twice")
        current = families[name] = Family(name)
        current.help = text
    elif not current or current.name != name or current.type or text not in TYPES:
        raise ValueError(f"TYPE {name} {text}")
    else:
        current.type = text
    return current


def add_sample(family, line):
    match = SAMPLE.fullmatch(line)
    if not match or not family or not family.type:
        raise ValueError(f"line {line!r}")
    name, labels, value = match.group(1), parse_labels(match.group(2) or ""), float(match.group(3))
    suffixes = ("_bucket", "_sum", "_count") if family.type == "histogram" else ("",)
    if name not in [family.name + suffix for suffix in suffixes]:
        raise ValueError(f"{name} in the family {family.name}")
    if (name, labels) in family.samples:
        raise ValueError(f"{line!r} comes twice")
    family.samples[name, labels] = value


def parse(text):
    """Families by name."""
    families, current = {}, None
    if not text.endswith("\n"):
        raise ValueError("no newline at the end")
    for line in text.splitlines():
        head = HEAD.fullmatch(line)
        if head:
            current = add_head(families, *head.groups(), current)
        else:
            add_sample(current, line)
    return families


def check_counter(family):
    if not family.name.endswith("_total"):
        raise ValueError(f"the counter {family.name} does not end in _total")
    if any(value < 0 for value in family.samples.values()):
        raise ValueError(f"{family.name} is negative")


def series(family):
    """Of a histogram: labels without le -> [(le, count)], as they come."""
    found = {}
    for (name, labels), value in family.samples.items():
        if name.endswith("_bucket"):
            le = dict(labels)["le"]
            rest = tuple(pair for pair in labels if pair[0] != "le")
            found.setdefault(rest, []).append((float(le), value))
    return found


def check_histogram(family):
    for labels, buckets in series(family).items():
        bounds, counts = [le for le, _ in buckets], [count for _, count in buckets]
        if bounds != sorted(set(bounds)) or bounds[-1] != float("inf"):
            raise ValueError(f"{family.name}{labels}: bounds {bounds}")
        if counts != sorted(counts):
            raise ValueError(f"{family.name}{labels}: counts go down: {counts}")
        if family.samples[family.name + "_count", labels] != counts[-1]:
            raise ValueError(f"{family.name}{labels}: the count is not that of +Inf")
        if family.samples[family.name + "_sum", labels] < 0:
            raise ValueError(f"{family.name}{labels}: the sum is negative")


def check(families):
    for family in families.values():
        if family.type == "counter":
            check_counter(family)
        elif family.type == "histogram":
            check_histogram(family)


def value(families, name, **labels):
    """Of one sample; the family is the name without a histogram's suffix. None: it is not there."""
    for suffix in ("", "_bucket", "_sum", "_count"):
        family = families.get(name.removesuffix(suffix) if suffix else name)
        if family:
            return family.samples.get((name, tuple(sorted(labels.items()))))
    return None
