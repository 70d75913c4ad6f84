"""What the README shows works as it stands there, and names what there is."""

import re

import pytest

from tests.helpers import PROJECT

DOCS = sorted((PROJECT / "docs").glob("*.md"))
NAMES = ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in DOCS)]
TEXTS = {name: (PROJECT / name).read_text(encoding="utf-8") for name in NAMES}


def test_its_example_checks_a_layer_and_trains_with_it(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", TEXTS["README.md"], re.DOTALL)
    names = {}
    exec(example, names)
    error, loss = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"\{'x': \d\.\d+e-\d+\}", error)
    assert float(loss) < 0.1
    mistaken = example.replace("dy * 2 * self.x", "dy * self.x")
    assert mistaken != example
    with pytest.raises(AssertionError, match="dx of square: relative error 5"):
        exec(mistaken, {})


@pytest.mark.parametrize("name", TEXTS)
def test_every_file_that_is_named_is_there(name):
    folder = (PROJECT / name).parent
    links = re.findall(r"\]\(([\w./-]+)\)", TEXTS[name])
    assert all((folder / link).exists() for link in links)
    paths = re.findall(r"`((?:nn|digits|window|tests|docs|benchmarks)/[\w./]*)`", TEXTS[name])
    assert all((PROJECT / path).exists() for path in paths)
    assert links or paths


def test_every_line_of_code_that_is_explained_exists():
    blocks = re.findall(r"```python\n# (.*?)\n(.*?)```", TEXTS["docs/how-it-works.md"], re.DOTALL)
    assert len(blocks) == TEXTS["docs/how-it-works.md"].count("```python") >= 10
    for path, block in blocks:
        lines = {line.strip() for line in (PROJECT / path).read_text(encoding="utf-8").splitlines()}
        for line in block.splitlines():
            assert line in lines, f"{path} has no line '{line}'"


def test_formulas_are_blocks_that_markdown_leaves_alone():
    """Between dollar signs GitHub's Markdown takes backslashes and underscores for its own."""
    text = TEXTS["docs/how-it-works.md"]
    assert "$$" not in text
    assert text.count("```math") >= 6
    outside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert not re.search(r"\\[,;\\]", outside)


def test_it_is_read_in_a_few_minutes():
    assert len(TEXTS["README.md"].split()) <= 1200
