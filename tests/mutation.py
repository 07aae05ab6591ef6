"""What mutation testing found: the mutants that no test kills, and why.

``nox -s mutation`` changes the definitions in thousands of small ways, runs
the tests on each, and calls this. A mutant that survives is a gap in laws and
tests, unless it computes the same: those stand in ``equivalent.toml``, each
with a reason. No other may be left, and none may stand there in vain.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

LIST = Path(__file__).with_name("equivalent.toml")
KILLED = {"killed", "timeout", "segfault"}


class Mutant(NamedTuple):
    """A change of a file: the lines that it takes out, and puts in."""

    file: str
    lines: tuple[str, ...]

    def side(self, sign):
        """Give the lines with this sign, without it."""
        return [line[2:] for line in self.lines if line[0] == sign]

    def fits(self, listed):
        """Say whether it is listed: by itself, or by all that it changes."""
        if isinstance(listed, Mutant):
            return self == listed
        sides = ("".join(self.side(sign)) for sign in "-+")
        return len({re.sub(rf"{listed}|\s", "", side) for side in sides}) == 1


def listed():
    """Give reasons, and with each a mutant or what all of its kind change."""
    groups = tomllib.loads(LIST.read_text(encoding="utf-8"))["equivalent"]
    for group in groups:
        if "changes_only" in group:
            yield group["reason"], group["changes_only"]
        for words in group.get("mutants", ()):
            file, *lines = map(str.strip, words.strip().splitlines())
            yield group["reason"], Mutant(file, tuple(lines))


def mutmut(*arguments):
    """Ask mutmut."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(
        command, capture_output=True, check=True, text=True
    ).stdout


def read(difference):
    """Read what mutmut shows of a mutant."""
    lines = [
        f"{line[0]} {line[1:].strip()}"
        for line in difference.splitlines()
        if re.match(r"[-+](?!-- |\+\+ )", line)
    ]
    (file,) = re.findall(r"^\+\+\+ refspec/(.+)", difference, re.MULTILINE)
    return Mutant(file, tuple(lines))


def main():
    """Print what is left, and count; fail if something is."""
    results = mutmut("results", "--all", "true").strip().splitlines()
    status = dict(line.strip().split(": ") for line in results)
    counts = Counter("killed" if s in KILLED else s for s in status.values())
    survivors = [name for name in status if status[name] == "survived"]
    with ThreadPoolExecutor() as pool:
        shown = list(pool.map(lambda name: mutmut("show", name), survivors))
    mutants = [read(difference) for difference in shown]

    reasons = {}
    failed = bool(set(counts) - {"killed", "survived", "not checked"})
    for reason, what in listed():
        fitting = {at for at, m in enumerate(mutants) if m.fits(what)}
        reasons |= dict.fromkeys(fitting, reason)
        if not fitting and "not checked" not in counts:
            print(f"listed in vain: {what}")
            failed = True
    for at, difference in enumerate(shown):
        if at not in reasons:
            print(difference)
            failed = True
    print(f"{len(status)} mutants: {dict(counts)}")
    for reason, many in Counter(reasons.values()).most_common():
        print(f"{many:5} compute the same: {reason}")
    print(f"{len(survivors) - len(reasons):5} are left")
    return failed


if __name__ == "__main__":
    sys.exit(main())
