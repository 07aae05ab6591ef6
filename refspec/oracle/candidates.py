"""Candidates: anybody's function, called where it can do no harm.

A candidate that has a name runs in a process of its own, executed and never
forked, that is started again when it dies. One that has none (a closure, a
kernel made at run time) runs here, and the report says so.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from refspec._numbers import Array
from refspec.laws.problems import Problem
from refspec.oracle import child

__all__ = ["Answer", "Candidate", "Direct", "Isolated", "Missing", "name_of"]

DEADLINE = 10.0
"""Seconds that a call may take, unless told otherwise."""

STARTING = 120.0
"""Seconds that loading a candidate may take: frameworks are large."""


@dataclass(frozen=True)
class Answer:
    """What came of one call.

    Attributes
    ----------
    kind : str
        ``"answer"``, ``"raised"``, ``"returned"`` (no arrays), ``"crashed"``,
        ``"hung"`` or ``"missing"`` (the candidate cannot be loaded).
    arrays : tuple of arrays
        Of an answer.
    text : str
        One sentence on anything else.
    error : mapping
        Of an error that was raised: its name, message and last line.
    changed : tuple of int
        The arrays among the inputs that the call changed.

    """

    kind: str
    arrays: tuple[Array, ...] = ()
    text: str = ""
    error: Mapping[str, Any] = field(default_factory=dict)
    changed: tuple[int, ...] = ()


class Missing(LookupError):  # noqa: N818 -- a verdict, no error of ours
    """There is nothing to call, for a reason that is one sentence."""


class Candidate:
    """A function that is called on problems."""

    isolation = "none"
    name = ""

    def __init__(self, *, deadline: float = DEADLINE) -> None:
        """Give each call so many seconds."""
        self.deadline = deadline

    def parameters(self) -> Mapping[str, Any]:
        """Describe the signature; see `child.parameters`."""
        raise NotImplementedError

    def call(
        self, problem: Problem, layout: str, out: tuple[int, ...] | None
    ) -> Answer:
        """Call the candidate on a problem, in a layout."""
        given = problem.positional, problem.options
        arrays, header = self._as_call(*given)
        header |= {"layout": layout, "out": out}
        return self._send(arrays, header)

    def __call__(self, *positional: Any, **options: Any) -> Any:
        """Be called as the candidate is, and raise where it does.

        Raises
        ------
        ValueError
            If what came of it is no answer.

        """
        arrays, header = self._as_call(positional, options)
        answer = self._send(
            arrays, {**header, "layout": "contiguous", "out": None}
        )
        if answer.kind != "answer":
            raise ValueError(answer.text)
        many = len(answer.arrays) > 1
        return answer.arrays if many else answer.arrays[0]

    def _as_call(
        self, given: Iterable[Any], options: Mapping[str, Any]
    ) -> tuple[list[Array], dict[str, Any]]:
        """Take a call apart: arrays, positional arguments and options."""
        accepts = self.parameters()
        arrays: list[Array] = []
        positional: list[dict[str, Any]] = []
        for value in given:
            if isinstance(value, np.ndarray):
                positional.append({"array": len(arrays)})
                arrays.append(value)
            else:
                positional.append({"value": value})
        most = accepts["positional"]
        too_many = most is not None and most < len(positional)
        if too_many and positional[-1] == {"value": None}:  # no bias
            positional.pop()
        options = {
            name: value
            for name, value in options.items()
            if value is not None
            and (accepts["options"] is None or name in accepts["options"])
        }
        return arrays, {"positional": positional, "options": options}

    def _send(self, arrays: list[Array], header: dict[str, Any]) -> Answer:
        raise NotImplementedError

    def close(self) -> None:
        """Let go of what the candidate holds."""


def _answer(reply: Mapping[str, Any], arrays: list[Array]) -> Answer:
    kind = reply["kind"]
    if kind == "answer":
        return Answer(kind, tuple(arrays), changed=tuple(reply["changed"]))
    if kind == "raised":
        text = f"{reply['error']}: {reply['message']}".rstrip(": ")
        return Answer(kind, text=f"raised {text}", error=dict(reply))
    if kind == "overwrites":
        return Answer("returned", text="a call overwrites an earlier answer")
    return Answer(kind, text=f"returned {reply['what']}, not an array")


class Direct(Candidate):
    """A function object, called in this process."""

    def __init__(
        self, function: Callable[..., Any], name: str = "", **options: Any
    ) -> None:
        """Call `function`."""
        super().__init__(**options)
        self.function = function
        self.name = name or getattr(function, "__name__", "candidate")
        self.inputs = child.Inputs()

    def parameters(self) -> Mapping[str, Any]:
        """Describe the signature."""
        return child.parameters(self.function)

    def _send(self, arrays: list[Array], header: dict[str, Any]) -> Answer:
        reply, answers = child.answer(
            self.function, arrays, header, self.inputs
        )
        copies = [np.array(array, subok=False) for array in answers]
        return _answer(reply, copies)


class Isolated(Candidate):
    """A function with a name, called in a process that outlives calls."""

    isolation = "process"

    def __init__(
        self, target: Mapping[str, Any], name: str, **options: Any
    ) -> None:
        """Start the process; `target` is what `child.load` takes."""
        super().__init__(**options)
        self.target, self.name = target, name
        self.process: subprocess.Popen[bytes] | None = None
        self.accepts: Mapping[str, Any] | None = None
        self._start()

    def _start(self) -> None:
        here = Path(child.__file__)
        self.errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(  # noqa: S603 -- our own script
            [sys.executable, "-P", "-X", "faulthandler", str(here)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors,
            env={**os.environ, "MALLOC_PERTURB_": "1"},
        )  # fmt: skip
        path = [p or str(Path.cwd()) for p in sys.path]
        self._write({**self.target, "path": path}, [])

    def parameters(self) -> Mapping[str, Any]:
        """Wait until the candidate is loaded, and describe its signature.

        Raises
        ------
        Missing
            If it cannot be loaded.

        """
        if self.accepts is None:
            try:
                reply, _ = self._read(STARTING)
            except TimeoutError:
                raise Missing(
                    f"{self.name} was not loaded within {STARTING:g} s"
                ) from None
            except EOFError:
                raise Missing(
                    f"{self.name} ends the process that loads it"
                    f"{self._last_words()}"
                ) from None
            if reply["kind"] == "missing":
                raise Missing(reply["what"])
            self.accepts = reply
        return self.accepts

    def _send(self, arrays: list[Array], header: dict[str, Any]) -> Answer:
        if self.process is None:
            self._start()
            self._read(STARTING)
        try:
            self._write(header, arrays)
            reply, answers = self._read(self.deadline)
        except TimeoutError:
            self._end()
            return Answer("hung", text=f"no answer in {self.deadline:g} s")
        except (EOFError, BrokenPipeError, ValueError, KeyError):
            return Answer("crashed", text=self._how_it_died())
        return _answer(reply, answers)

    def _write(self, header: Mapping[str, Any], arrays: list[Array]) -> None:
        assert self.process is not None  # noqa: S101 -- for the type
        assert self.process.stdin is not None  # noqa: S101 -- likewise
        child.send(self.process.stdin, header, arrays)

    def _read(self, seconds: float) -> tuple[dict[str, Any], list[Array]]:
        assert self.process is not None  # noqa: S101 -- for the type
        assert self.process.stdout is not None  # noqa: S101 -- likewise
        pipe = _Patient(self.process.stdout.fileno(), seconds)
        return child.receive(pipe)

    def _how_it_died(self) -> str:
        assert self.process is not None  # noqa: S101 -- for the type
        try:
            code = self.process.wait(1)
        except subprocess.TimeoutExpired:
            self._end()
            return "broke the connection to the oracle"
        self._end()
        how = f"signal {-code}" if code < 0 else f"exit status {code}"
        return f"the process ended with {how}{self._last_words()}"

    def _last_words(self) -> str:
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").splitlines()
        words = [line.strip() for line in lines if line.strip()]
        fatal = [word for word in words if word.startswith("Fatal")]
        said = fatal[:1] or words[-1:]
        return f" ({said[0][:150]})" if said else ""

    def close(self) -> None:
        """End the process, for good."""
        self._end()
        self.errors.close()

    def _end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


class _Patient:
    """Reads from a pipe until a deadline."""

    def __init__(self, descriptor: int, seconds: float) -> None:
        self.descriptor = descriptor
        self.until = time.monotonic() + seconds

    def read(self, size: int) -> bytes:
        """Read so many bytes, or fewer where the other side has gone."""
        parts, missing = [], size
        while missing:
            left = self.until - time.monotonic()
            ready = select.select([self.descriptor], [], [], max(left, 0))[0]
            if not ready:
                raise TimeoutError
            part = os.read(self.descriptor, min(missing, 2**20))
            if not part:
                break
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)


def name_of(function: Any) -> str | None:
    """Give ``module:name`` if a function can be imported by it."""
    module = getattr(function, "__module__", None)
    name = getattr(function, "__qualname__", None)
    if not module or not name or module == "__main__" or "<" in name:
        return None
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return f"{module}:{name}" if found is function else None
