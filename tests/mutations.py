"""Change the reference in every small way, one at a time: which changes does no test notice?

`python -m tests.mutations [FILE …]` (default: layers, losses, optimizers, network and training of nn/)
takes the syntax tree of each file, and for each mutant runs that file's tests in a copy of the project.
Survivors are printed: each is a missing test, or a change that makes no difference. Some ten minutes.
"""

import ast
import concurrent.futures
import copy
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

from tests.project_copy import PROJECT, copy_project, cores, first_failure

TESTS = {
    "nn/layers.py": ("tests/nn/test_layers.py", "tests/nn/test_network.py", "tests/nn/test_weights.py"),
    "nn/losses.py": ("tests/nn/test_losses.py",),
    "nn/optimizers.py": ("tests/nn/test_optimizers.py",),
    "nn/network.py": ("tests/nn/test_network.py", "tests/nn/test_weights.py"),
    "nn/training.py": ("tests/nn/test_training.py", "tests/nn/test_parallel.py"),
}
OPERATORS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


def changes(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    """(what, how) of all that can be changed in this node itself."""
    if isinstance(node, (ast.BinOp, ast.AugAssign, ast.BoolOp)) and type(node.op) in OPERATORS:
        new = OPERATORS[type(node.op)]
        yield f"{type(node.op).__name__} → {new.__name__}", lambda n: setattr(n, "op", new())
    if isinstance(node, ast.Compare) and type(node.ops[0]) in OPERATORS:
        new = OPERATORS[type(node.ops[0])]
        what = f"{type(node.ops[0]).__name__} → {new.__name__}"
        yield what, lambda n: n.ops.__setitem__(0, new())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "− → +", lambda n: setattr(n, "op", ast.UAdd())
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        value = not node.value if isinstance(node.value, bool) else node.value + 1
        yield f"{node.value} → {value}", lambda n: setattr(n, "value", value)
    if isinstance(node, (ast.If, ast.IfExp, ast.While)):
        negated = ast.UnaryOp(ast.Not(), node.test)
        yield "condition negated", lambda n: setattr(n, "test", negated)
    for name in ("body", "orelse"):
        for k, statement in enumerate(
            getattr(node, name, []) if not isinstance(node, ast.IfExp) else []
        ):
            is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if isinstance(statement, (ast.Expr, ast.Assign, ast.AugAssign)) and not is_text:
                what = f"line {statement.lineno} left out: {ast.unparse(statement)[:60]}"
                yield what, lambda n, name=name, k=k: getattr(n, name).__setitem__(k, ast.Pass())


def places(tree: ast.AST) -> list[ast.AST]:
    """All nodes but type annotations and the texts of errors."""
    found = []

    def visit(node: ast.AST) -> None:
        found.append(node)
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list") or isinstance(node, ast.Raise):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr):
                    visit(child)

    visit(tree)
    return found


def mutants(text: str) -> Iterator[tuple[str, str]]:
    """(what is changed where, the whole text) of each mutant."""
    tree = ast.parse(text)
    line = 0
    for index, node in enumerate(places(tree)):
        line = getattr(node, "lineno", line)
        for k, (what, _) in enumerate(changes(node)):
            mutant = copy.deepcopy(tree)
            target = places(mutant)[index]
            list(changes(target))[k][1](target)
            yield f"line {line}: {what}", ast.unparse(ast.fix_missing_locations(mutant))


def main() -> int:
    files = sys.argv[1:] or list(TESTS)
    with tempfile.TemporaryDirectory() as temporary:
        free: Queue[Path] = Queue()
        for k in range(cores()):
            free.put(copy_project(Path(temporary) / str(k)))

        def survives(file: str, text: str) -> bool:
            project = free.get()
            right = (PROJECT / file).read_text(encoding="utf-8")
            try:
                (project / file).write_text(text, encoding="utf-8")
                return first_failure(project, TESTS[file]) is None
            finally:
                (project / file).write_text(right, encoding="utf-8")
                free.put(project)

        with concurrent.futures.ThreadPoolExecutor(cores()) as pool:
            for file in files:
                text = (PROJECT / file).read_text(encoding="utf-8")
                # Unchanged, but without comments, it must pass.
                if not survives(file, ast.unparse(ast.parse(text))):
                    print(f"{file}: its tests fail as it is", file=sys.stderr)
                    return 2
                all_mutants = list(mutants(text))
                alive = pool.map(lambda mutant: survives(file, mutant[1]), all_mutants)  # noqa: B023
                left = [what for (what, _), lives in zip(all_mutants, alive, strict=True) if lives]
                print(
                    f"{file}: {len(all_mutants)} mutants, {len(all_mutants) - len(left)} caught",
                    flush=True,
                )
                for what in left:
                    print(f"    {what}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
