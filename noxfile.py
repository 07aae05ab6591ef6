"""The project's sessions: ``nox -s tests``, ``nox -l`` lists them all."""

from __future__ import annotations

import shutil
from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.sessions = ["tests", "lint", "types"]

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""The problems are small: processes are worth more than threads."""

PYPROJECT = nox.project.load_toml("pyproject.toml")
TORCH = "torch==2.13.0"  # its build for the CPU; a range would fetch CUDA
TORCH_PYTHON = "3.11"
PYTEST = ("pytest", "-n", "logical", "--dist", "worksteal")
ONCE = ("-m", "not catalogue")
"""What takes minutes and does not depend on versions is tested on one."""


def _group(name: str) -> list[str]:
    return nox.project.dependency_groups(PYPROJECT, name)


def _install(session: nox.Session, *extra: str) -> None:
    """Install refspec with SciPy, and PyTorch where it is tested."""
    if session.python in {TORCH_PYTHON, None}:
        extra = (*extra, TORCH)
    session.install("-e", ".[scipy]", *extra)


@nox.session(python=["3.11", "3.12", "3.13"])
def tests(session: nox.Session) -> None:
    """Every law on everything installed; the oracle's catalogue on 3.11."""
    _install(session, *_group("test"))
    coverage = ("--cov", "--cov-report=term", "--cov-fail-under=100")
    where = coverage if session.python == TORCH_PYTHON else ONCE
    session.run(*PYTEST, *where, *session.posargs, env=ONE_THREAD)


@nox.session(python="3.12")
def floor(session: nox.Session) -> None:
    """The oldest NumPy and Hypothesis that refspec promises to run with."""
    session.install(
        "-e", ".", "numpy==2.0.*", "hypothesis==6.155.7", *_group("test")
    )
    session.run(*PYTEST, *ONCE, *session.posargs, env=ONE_THREAD)


@nox.session(python="3.11")
def deep(session: nox.Session) -> None:
    """Thousands of cases for every law: `nox -s deep -- --seed 7`."""
    _install(session, *_group("test"))
    session.run(
        *PYTEST, "tests/test_laws.py", "--examples=2000", *session.posargs,
        env=ONE_THREAD,
    )  # fmt: skip


@nox.session(python="3.11")
def alarms(session: nox.Session) -> None:
    """Right implementations on very many problems: nothing may disagree."""
    _install(session, *_group("test"))
    session.run("python", "tests/alarms.py", *session.posargs, env=ONE_THREAD)


@nox.session(python="3.11")
def tightness(session: nox.Session) -> None:
    """The bounds against exact answers, a million cells for each."""
    _install(session, *_group("test"))
    session.run(
        "python", "tests/tightness.py", *session.posargs, env=ONE_THREAD
    )


@nox.session(python="3.11")
def mutation(session: nox.Session) -> None:
    """Mutate the definitions: every mutant is killed, or computes the same."""
    session.install("-e", ".", *_group("test"), "mutmut==3.8.1")
    session.run("mutmut", "run", *session.posargs, env=ONE_THREAD)
    session.run("python", "tests/mutation.py")


@nox.session(python="3.11")
def lint(session: nox.Session) -> None:
    """Style, and a form that no one has to argue about."""
    session.install(*_group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session(python="3.11")
def types(session: nox.Session) -> None:
    """Strict types."""
    _install(session, *_group("types"))
    session.run("mypy")


@nox.session(python="3.11")
def docs(session: nox.Session) -> None:
    """Build the site in both languages, with what a run of all laws finds."""
    _install(session, *_group("docs"))
    built = Path("docs", "_build")
    built.mkdir(exist_ok=True)
    report = built / "check.json"
    session.run("refspec", "check", "--json", str(report))
    for language, folder in (("en", "html"), ("pt_BR", "html/pt-br")):
        session.run(
            "sphinx-build", "-W", "--keep-going", "-n", "-b", "html",
            "-D", f"language={language}", "-d", str(built / language),
            "docs", str(built / folder), *session.posargs,
        )  # fmt: skip


@nox.session(python="3.11")
def browser(session: nox.Session) -> None:
    """Fetch Python for the browser, which `docs` then puts into the site."""
    session.run("python", "docs/fetch_browser.py")


@nox.session(python="3.11")
def translations(session: nox.Session) -> None:
    """Bring the catalogues up to date with what the pages say."""
    _install(session, *_group("docs"), "sphinx-intl>=2.3")
    messages = session.create_tmp()
    session.run("sphinx-build", "-b", "gettext", "docs", messages)
    session.run(
        "sphinx-intl", "update", "-p", messages, "-l", "pt_BR",
        "-d", "docs/locale", "--line-width", "79",
    )  # fmt: skip


@nox.session(python="3.11")
def site(session: nox.Session) -> None:
    """Open every page that `nox -s docs` built in a browser, and try it."""
    session.install("-e", ".", *_group("docs"), *_group("site"))
    session.run(
        "pytest", "tests/site", "-n", "logical", "--dist", "loadgroup",
        *session.posargs, env=ONE_THREAD,
    )  # fmt: skip


@nox.session(python="3.11")
def bench(session: nox.Session) -> None:
    """Time and memory, as ratios to PyTorch in one run on one thread."""
    _install(session, *_group("bench"))
    session.run(
        "python", "tests/bench.py", *session.posargs,
        env={**ONE_THREAD, "THP_MEM_ALLOC_ENABLE": "1"},
    )  # fmt: skip


@nox.session(python="3.11")
def gpu(session: nox.Session) -> None:
    """Put PyTorch on CUDA, and Triton, to the definitions."""
    if shutil.which("nvidia-smi") is None:
        session.skip("no NVIDIA driver on this machine")
    session.install("-e", ".", "torch", "ml_dtypes", *_group("triton"))
    session.run("python", "tests/gpu.py", *session.posargs)


RUNTIMES = ("scipy", "torch", "jax", "onnx-reference", "onnxruntime",
            "openvino", "opencv", "tract")  # fmt: skip
EXTRAS = "scipy,jax,onnx,openvino,opencv,tract"


@nox.session(python="3.11")
def runtimes(session: nox.Session) -> None:
    """Put every runtime to the definitions; what is known is no news."""
    session.install("-e", f".[{EXTRAS}]", TORCH)
    built = Path("docs", "_build")
    built.mkdir(exist_ok=True)
    session.run(
        "refspec", "check", *RUNTIMES, "--op", "all", "--examples=200",
        "--known", "docs/known.toml", "--json", str(built / "known.json"),
        "--junit", str(built / "known.xml"), *session.posargs, env=ONE_THREAD,
    )  # fmt: skip


@nox.session(python="3.11")
def package(session: nox.Session) -> None:
    """Build wheel and sdist, and check what they say of themselves."""
    session.install("build", "twine")
    out = session.create_tmp()
    session.run("python", "-m", "build", "--outdir", out)
    files = sorted(map(str, Path(out).glob("refspec-*")))
    session.run("twine", "check", "--strict", *files)
