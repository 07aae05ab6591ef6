"""The process that a candidate runs in: started anew, with NumPy alone.

Run as a script, it loads a candidate by name, then answers calls: a length,
a header in JSON and the bytes of arrays each way, on pipes of its own, so
that what a candidate prints is not in the way. It imports nothing of refspec:
the reference is not here to be asked. Candidates that cannot be loaded by
name are called by the same `answer`, in the process of the oracle.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import linecache
import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any, Protocol

import numpy as np

Reply = dict[str, Any]


class Readable(Protocol):
    """What can be read from: a pipe, or one with a deadline."""

    def read(self, size: int, /) -> bytes:
        """Read so many bytes, or fewer at the end."""
        ...


# Frames.


def send(pipe: IO[bytes], header: Mapping[str, Any], arrays: Any = ()) -> None:
    """Write a header and arrays."""
    arrays = [np.asarray(array, order="C") for array in arrays]
    shapes = [[a.dtype.name, list(a.shape)] for a in arrays]
    text = json.dumps({**header, "arrays": shapes}).encode()
    pipe.write(len(text).to_bytes(8, "big") + text)
    for array in arrays:
        pipe.write(array.tobytes())
    pipe.flush()


def receive(pipe: Readable) -> tuple[dict[str, Any], list[Any]]:
    """Read a header and arrays.

    Raises
    ------
    EOFError
        If the other side has gone.

    """
    text = _exactly(pipe, int.from_bytes(_exactly(pipe, 8), "big"))
    header = json.loads(text)
    arrays = []
    for name, shape in header.pop("arrays"):
        dtype = _dtype(name)
        count = int(np.prod(shape, dtype=np.int64))
        data = _exactly(pipe, count * dtype.itemsize)
        arrays.append(np.frombuffer(data, dtype).reshape(shape))
    return header, arrays


def _exactly(pipe: Readable, size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _dtype(name: str) -> np.dtype[Any]:
    if name == "bfloat16":
        import ml_dtypes

        dtype: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
        return dtype
    return np.dtype(name)


# Layouts: the same numbers, elsewhere in memory.


def _strided(array: Any) -> Any:
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def _reversed(array: Any) -> Any:
    return array[..., ::-1].copy()[..., ::-1]


def _transposed(array: Any) -> Any:
    return array.T.copy().T


def _offset(array: Any) -> Any:
    """Start in the middle of a larger array, whose other numbers are odd."""
    larger = np.full([size + 2 for size in array.shape], 7, array.dtype)
    inside = larger[tuple(slice(1, size + 1) for size in array.shape)]
    inside[...] = array
    return inside


def _read_only(array: Any) -> Any:
    array.setflags(write=False)
    return array


LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "contiguous": lambda array: array,
    "strided": _strided,
    "reversed": _reversed,
    "transposed": _transposed,
    "offset": _offset,
    "read-only": _read_only,
}


class Inputs:
    """Lays the inputs of one call after another at the same addresses.

    A candidate that remembers an answer by the address and the shape of its
    inputs gives the answer of other numbers.
    """

    def __init__(self) -> None:
        """Start with no memory."""
        self.memory: dict[int, Any] = {}
        self.earlier: list[tuple[Any, bytes]] = []

    def keep(self, answers: Sequence[Any]) -> None:
        """Remember an answer, unless it is an input seen otherwise."""
        self.earlier = [
            (answer, answer.tobytes())
            for answer in answers
            if not any(
                np.may_share_memory(answer, memory)
                for memory in self.memory.values()
            )
        ]

    @property
    def overwritten(self) -> bool:
        """Say whether the last answer has changed since."""
        return any(now.tobytes() != then for now, then in self.earlier)

    def lay(self, arrays: Sequence[Any], layout: str) -> list[Any]:
        """Give copies in this layout."""
        return [
            LAYOUTS[layout](self._copy(place, array))
            if array.ndim
            else array.copy()
            for place, array in enumerate(arrays)
        ]

    def _copy(self, place: int, array: Any) -> Any:
        memory = self.memory.get(place)
        if memory is None or memory.size < array.nbytes:
            memory = np.empty(max(4096, 2 * array.nbytes), np.uint8)
            self.memory[place] = memory
        copy = memory[: array.nbytes].view(array.dtype).reshape(array.shape)
        copy[...] = array
        return copy


# Calls.


def answer(
    function: Callable[..., Any],
    arrays: Sequence[Any],
    header: Mapping[str, Any],
    inputs: Inputs,
) -> tuple[Reply, list[Any]]:
    """Call a candidate once, and describe what came of it.

    `header` has the positional arguments, an index of an array or a value
    each, the options, the layout, and the shape of an `out` if one is taken.
    """
    laid = inputs.lay(arrays, header["layout"])
    positional = [
        laid[one["array"]] if "array" in one else _tuples(one["value"])
        for one in header["positional"]
    ]
    options = {k: _tuples(v) for k, v in header["options"].items()}
    out = header.get("out")
    if out is not None:
        options["out"] = np.full(out, np.nan, laid[0].dtype)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            given = function(*positional, **options)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 -- anything may be raised
        return _raised(error), []
    if inputs.overwritten:
        inputs.keep([])
        return {"kind": "overwrites"}, []
    if given is None and out is not None:
        given = options["out"]
    changed = [
        i
        for i, (now, before) in enumerate(zip(laid, arrays, strict=True))
        if now.tobytes() != before.tobytes()
    ]
    reply, answers = _described(given, changed)
    inputs.keep(answers)
    return reply, answers


def _tuples(value: Any) -> Any:
    return (
        tuple(map(_tuples, value))
        if isinstance(value, list | tuple)
        else value
    )


def _raised(error: BaseException) -> Reply:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    line = ""
    if trace is not None:
        code = trace.tb_frame.f_code
        line = linecache.getline(code.co_filename, trace.tb_lineno).strip()
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 -- a message that cannot be had
        message = "(no message)"
    return {
        "kind": "raised",
        "error": type(error).__name__,
        "kinds": [kind.__name__ for kind in type(error).__mro__],
        "message": " ".join(message.split())[:300],
        "line": line[:200],
    }


def _described(given: Any, changed: list[int]) -> tuple[Reply, list[Any]]:
    many = type(given) in {tuple, list} or hasattr(type(given), "_fields")
    parts = list(given) if many else [given]
    arrays = []
    if many and not parts:
        return {"kind": "returned", "what": f"an empty {_type(given)}"}, []
    for part in parts:
        if type(part) is np.ndarray and part.dtype.kind in "biufV":
            arrays.append(part)
        elif isinstance(part, np.generic) or (
            not many and isinstance(part, int | float)
        ):
            arrays.append(np.asarray(part))
        else:
            return {"kind": "returned", "what": _kind_of(given, part)}, []
    return {"kind": "answer", "many": many, "changed": changed}, arrays


def _kind_of(given: Any, part: Any) -> str:
    if type(part) is np.ndarray:
        return f"an array of dtype {part.dtype}"
    if isinstance(part, np.ndarray):
        return f"a {type(part).__name__}, which is a subclass of ndarray"
    name = "None" if part is None else f"a {_type(part)}"
    return name if part is given else f"a {_type(given)} of {name}"


def _type(given: Any) -> str:
    return type(given).__name__


# Candidates by name.


def resolve(target: str) -> Any:
    """Load ``path.py:name`` or ``module:name``.

    Raises
    ------
    LookupError
        With one sentence that says what is missing.

    """
    where, _, name = target.rpartition(":")
    if not where or not name:
        raise LookupError(
            f"expected path.py:function or module:function, found {target!r}"
        )
    found: Any = _module(where)
    for part in name.split("."):
        if not hasattr(found, part):
            raise LookupError(f"{where} has no {name!r}")
        found = getattr(found, part)
    return found


def _module(where: str) -> Any:
    if not where.endswith(".py"):
        try:
            return importlib.import_module(where)
        except Exception as error:  # noqa: BLE001 -- whatever it does
            raise LookupError(_cannot(where, error)) from None
    if not os.path.exists(where):  # noqa: PTH110 -- a name from outside
        raise LookupError(f"there is no file {where!r}")
    folder, file = os.path.split(os.path.abspath(where))  # noqa: PTH100
    sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(file[:-3], where)
    if spec is None or spec.loader is None:
        raise LookupError(f"{where} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[file[:-3]] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:  # noqa: BLE001 -- whatever it does
        raise LookupError(_cannot(where, error)) from None
    return module


def _cannot(where: str, error: BaseException) -> str:
    text = " ".join(str(error).split())[:200]
    return f"{where} cannot be imported: {type(error).__name__}: {text}"


def parameters(function: Any) -> Reply:
    """Describe a signature: how many positionals, and which options.

    Unknown, as of a built-in, it takes everything.
    """
    unknown = {"positional": None, "options": None, "out": False}
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return unknown
    kinds = [p.kind for p in found]
    names = [
        p.name
        for p in found
        if p.kind in {p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD}
    ]
    count = sum(
        p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD} for p in found
    )
    any_more = inspect.Parameter.VAR_POSITIONAL in kinds
    any_name = inspect.Parameter.VAR_KEYWORD in kinds
    return {
        "positional": None if any_more else count,
        "options": None if any_name else names,
        "out": "out" in names,
    }


def load(target: Mapping[str, Any]) -> Callable[..., Any]:
    """Load a candidate: by name, or an operation of an implementation.

    Raises
    ------
    LookupError
        With one sentence that says what is missing.

    """
    if "implementation" in target:
        from refspec.oracle.implementations import load as load_by_name

        implementation = load_by_name(target["implementation"])
        return implementation.operations[target["operation"]]
    found = resolve(target["name"])
    wrap = target.get("takes", "numpy")
    if not callable(found):
        raise LookupError(  # noqa: TRY004 -- as all that is missing
            f"{target['name']} is a {type(found).__name__}, not a function"
        )
    if wrap != "numpy":
        from refspec.oracle.implementations import taking

        return taking(wrap, found)
    return found  # type: ignore[no-any-return]


def serve(inbox: IO[bytes], outbox: IO[bytes]) -> None:
    """Load a candidate and answer calls until the other side has gone."""
    target, _ = receive(inbox)
    sys.path[:0] = [p for p in target["path"] if p not in sys.path]
    try:
        function = load(target)
    except (LookupError, ImportError) as error:
        text = error.args[0] if error.args else error
        send(outbox, {"kind": "missing", "what": str(text)})
        return
    send(outbox, {"kind": "ready", **parameters(function)})
    inputs = Inputs()
    while True:
        try:
            header, arrays = receive(inbox)
        except EOFError:
            return
        reply, answers = answer(function, arrays, header, inputs)
        if "AcceleratorError" in reply.get("kinds", ()):  # nothing works now
            raise SystemExit(f"{reply['error']}: {reply['message']}")
        send(outbox, reply, answers)


def main() -> None:
    """Keep the pipes for the oracle; what is printed goes nowhere."""
    inbox = os.fdopen(os.dup(0), "rb")
    outbox = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    serve(inbox, outbox)


if __name__ == "__main__":
    main()
