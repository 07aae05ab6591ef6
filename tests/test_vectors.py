"""Vectors: what is written is right, and is the same each time."""

from __future__ import annotations

import copy
import functools
import io
import json

import numpy as np
import pytest
from click.testing import CliRunner

import refspec
from refspec import cli
from refspec.laws.problems import Problem
from refspec.oracle import vectors
from refspec.oracle.formats import dtype_of
from refspec.oracle.variants import VARIANTS, variant

jsonschema = pytest.importorskip("jsonschema")

CASES = [
    ("conv2d", "float32"), ("conv2d", "bfloat16"), ("conv2d", "int8"),
    ("conv2d_backward", "float32"), ("conv_transpose2d", "float64"),
    ("max_pool2d", "float16"), ("avg_pool2d", "int64"),
    ("batch_norm", "float64"), ("fold_batch_norm", "float32"),
    ("running_statistics", "float32"), ("cross_entropy", "float32"),
    ("sigmoid", "float16"), ("unflatten", "float32"),
    ("sgd_step", "float32"), ("window_response", "float32"),
]  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def doubled():
    """Have one variant, whatever others there are, and one never caught."""
    before = dict(VARIANTS)

    @variant("twice as much (test)", "conv2d", "max_pool2d")
    def _twice(definition):
        """The answer is doubled."""
        return lambda *a, **options: 2 * definition(*a, **options)

    @variant("no mistake at all (test)", "relu")
    def _none(definition):
        """The answer is right."""
        return definition

    yield
    VARIANTS.clear()
    VARIANTS.update(before)


@functools.cache
def _made(operation="conv2d", dtype="float32", examples=30, seed=0):
    if dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    return vectors.make(operation, dtype=dtype, examples=examples, seed=seed)


def _schema():
    return json.loads(vectors.SCHEMA.read_text(encoding="utf-8"))


def _array(described, key="data", dtype=None):
    """Read numbers as a reader would: strings name what is no number."""
    numbers = np.array([float(v) for v in described[key]])
    shaped = numbers.reshape(described["shape"])
    return shaped.astype(dtype_of(dtype or described["dtype"]))


def _tupled(value):
    return tuple(map(_tupled, value)) if isinstance(value, list) else value


def _problem(record, *, said=False):
    """Make the problem of a record again, with "same" as it was said."""
    inputs = {
        name: None if value is None else _array(value)
        for name, value in record["inputs"].items()
    }
    options = {n: _tupled(v) for n, v in record["options"].items()}
    if said and "same" in record:
        options["padding"] = "same"
    return Problem(**inputs, **options)


def _outputs(record):
    return [
        vectors.Output(
            one["name"], _array(one),
            _array(one, "exact" if "exact" in one else "data", "float64"),
            _array(one, "bound", "float64"),
        )
        for one in record["expected"]
    ]  # fmt: skip


def _records(*args, **kwargs):
    text = vectors.text_of(_made(*args, **kwargs))
    return json.loads(text)["vectors"]


def test_two_runs_write_the_same_bytes(tmp_path):
    """The same seed gives the same files, and another seed others."""
    one, two, other = (vectors.make("conv2d", seed=n) for n in (0, 0, 1))
    files = [
        vectors.write(made, tmp_path / folder)
        for made, folder in ((one, "a"), (two, "b"))
    ]
    assert [f.name for f in files[0]] == [
        "conv2d-float32.npz", "conv2d-float32.json", "vectors.schema.json",
    ]  # fmt: skip
    for mine, again in zip(*files, strict=True):
        assert mine.read_bytes() == again.read_bytes()
    assert vectors.npz_of(other) != vectors.npz_of(one)


@pytest.mark.parametrize(("operation", "dtype"), CASES)
def test_what_is_written_is_as_the_schema_says(operation, dtype):
    """The JSON of every operation is of the schema's form."""
    jsonschema.Draft202012Validator.check_schema(_schema())
    text = vectors.text_of(_made(operation, dtype))
    jsonschema.validate(json.loads(text), _schema())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda v: v["inputs"]["x"]["data"].append("nan"),
        lambda v: v["inputs"]["x"].pop("shape"),
        lambda v: v["options"].update(padding="same"),
        lambda v: v["options"].update(stride=1),
        lambda v: v["expected"].clear(),
        lambda v: v["expected"][0]["bound"].append(-1),
        lambda v: v.update(valid=False),
        lambda v: v.update(kind="easy"),
        lambda v: v.update(more=1),
    ],
)
def test_the_schema_refuses_what_is_spoiled(spoil):
    """One wrong field is enough."""
    content = json.loads(vectors.text_of(_made(examples=10)))
    spoiled = copy.deepcopy(content)
    spoil(spoiled["vectors"][0])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spoiled, _schema())


@pytest.mark.parametrize(("operation", "dtype"), CASES)
def test_the_definition_answers_a_vector_within_its_bound(operation, dtype):
    """What is read back, the definition answers as expected."""
    definition = getattr(refspec, operation)
    kinds = set()
    for record in _records(operation, dtype):
        kinds.add(record["kind"])
        problem = _problem(record)
        if record["valid"]:
            outputs = _outputs(record)
            assert not vectors.differs(definition, problem, outputs), record
        else:
            with pytest.raises(ValueError, match=r"\w"):
                problem.on(definition)
    assert "narrow" in kinds


def test_an_expected_number_is_the_nearest_of_its_dtype():
    """It is the exact one rounded once, also where a float64 is a tie."""
    low = np.array([2.0**-60, 0, -(2.0**-60), 2.0**-60])
    high = np.array([1 + 2.0**-24] * 3 + [1.0])
    part = vectors.Exact(high, low)
    found = vectors.nearest(
        vectors._to_odd(part), vectors.ARITHMETICS["float32"].answers
    )
    assert found.tolist() == [1 + 2.0**-23, 1, 1, 1]
    for record in _records("batch_norm"):
        for one in _outputs(record):
            rounded = one.exact.astype(np.float32)
            assert np.array_equal(one.expected, rounded, equal_nan=True)


@pytest.mark.parametrize(("operation", "dtype"), CASES)
def test_both_forms_have_the_same_content(operation, dtype):
    """The archive and the JSON agree, array by array."""
    made = _made(operation, dtype)
    text = json.loads(vectors.text_of(made))
    archive = np.load(io.BytesIO(vectors.npz_of(made)), allow_pickle=False)
    meta = json.loads(str(archive["meta"]))
    for name in set(text) - {"$schema", "vectors"}:
        assert text[name] == meta[name]

    def same(key, described, part="data", dtype=None):
        stored = archive[key]
        if (dtype or described["dtype"]) == "bfloat16":
            stored = stored.view(dtype_of("bfloat16"))
        said = _array(described, part, dtype)
        assert stored.dtype == said.dtype
        assert stored.shape == said.shape
        assert stored.tobytes() == said.tobytes()

    count = 1
    for record, about in zip(text["vectors"], meta["vectors"], strict=True):
        at = record["id"]
        assert about["options"] == record["options"]
        assert about["traps"] == record["traps"]
        for name, value in record["inputs"].items():
            if value is not None:
                same(f"{at}/{name}", value)
                count += 1
        for one in record["expected"]:
            many = len(record["expected"]) > 1
            end = f".{one['name']}" if many else ""
            same(f"{at}/expected{end}", one)
            same(f"{at}/bound{end}", one, "bound", "float64")
            count += 2
            if "exact" in one:
                same(f"{at}/exact{end}", one, "exact", "float64")
                count += 1
    assert len(archive.files) == count


@pytest.mark.parametrize(("operation", "dtype"), CASES)
def test_a_trap_gives_another_answer(operation, dtype):
    """A variant that a vector names is wrong there, or refuses."""
    for record in _records(operation, dtype):
        if not record["valid"]:
            continue
        problem, outputs = _problem(record, said=True), _outputs(record)
        for name in record["traps"]:
            wrong = VARIANTS[name].of(operation)
            assert vectors.differs(wrong, problem, outputs), name


def test_the_header_says_which_variants_are_caught():
    """A variant that is right is caught by none, and named so."""
    head = vectors.header(_made("relu"))
    assert "no mistake at all (test)" in head["not_caught"]
    assert head["traps"]["no mistake at all (test)"]["vectors"] == 0
    head = vectors.header(_made())
    twice = head["traps"]["twice as much (test)"]
    assert twice["vectors"] > 0
    assert twice["sentence"] == "The answer is doubled."
    assert "cross-correlation" in head["conventions"]["kernel"]


def test_a_variant_that_is_seldom_wrong_gets_a_vector(monkeypatch):
    """Where no problem of the first catches one, more are looked at."""

    def rare(definition):
        return lambda x, *a, padding=0, **options: definition(
            x, *a, padding=0 if padding == "same" else padding, **options
        )

    monkeypatch.setattr(vectors, "SUPPORTS", {
        "layout": frozenset(), "padding": frozenset({0}),
    })  # fmt: skip
    one = vectors.Variant("rare", ("conv2d",), "mistake", "No same.", rare)
    monkeypatch.setattr(vectors, "variants_of", lambda _: [one])
    made = vectors.make("conv2d", examples=10)
    assert made.missed() == []
    last = made.vectors[-1]
    assert last.traps == ("rare",)
    assert vectors._record(0, last)["same"] is True


def test_the_command_writes_and_tells(tmp_path):
    """`refspec vectors` names its files, and what is not caught."""
    result = CliRunner().invoke(cli.main, [
        "vectors", "relu", "--out", str(tmp_path / "new"), "--examples",
        "10", "--format", "json",
    ])  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "not caught:" in result.output
    assert sorted(f.name for f in (tmp_path / "new").iterdir()) == [
        "relu-float32.json", "vectors.schema.json",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["conv3d"], "operation: expected one of"),
        (["relu", "--dtype", "float8"], "dtype: expected one of"),
        (["relu", "--format", "json,xml"], "expected npz or json"),
    ],
)
def test_a_wrong_use_is_answered_in_one_sentence(
    arguments, sentence, tmp_path
):
    """A name that is unknown is said to be, with those that are known."""
    result = CliRunner().invoke(
        cli.main, ["vectors", *arguments, "--out", str(tmp_path)]
    )
    assert result.exit_code == 2
    assert sentence in " ".join(result.output.split())
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    """A file in the way of the folder is told."""
    (tmp_path / "file").write_text("here")
    result = CliRunner().invoke(cli.main, [
        "vectors", "relu", "--out", str(tmp_path / "file" / "in"),
        "--examples", "5",
    ])  # fmt: skip
    assert result.exit_code == 2
    assert "cannot be written to" in result.output
