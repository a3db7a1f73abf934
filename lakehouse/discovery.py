"""Finding the datasets of a project, and holding the rules that no single one can see."""

import ast
import importlib
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType

from lakehouse.dataset import Dataset
from lakehouse.errors import DeclarationError, LakehouseError, explain
from lakehouse.layers import Layer
from lakehouse.modes import History
from lakehouse.reading import Keys, Windows
from lakehouse.rules import References

__all__ = ["Catalog", "discover", "import_module", "modules_in"]

_VALIDITY = ("valid_from", "valid_to", "is_current")  # the road gives them to a history


@dataclass(frozen=True, slots=True)
class Catalog:
    """All datasets of a lake, by name, inputs before what reads them."""

    datasets: Mapping[str, Dataset]

    @classmethod
    def of(cls, datasets: Iterable[Dataset]) -> "Catalog":
        """Check a set of datasets against each other and put them in order.

        Raises :class:`DeclarationError` for two datasets of one name, an unknown upstream, an
        upstream in a layer that may not be read, or a cycle.
        """
        by_name: dict[str, Dataset] = {}
        for dataset in datasets:
            other = by_name.setdefault(dataset.name, dataset)
            if other is not dataset:
                raise DeclarationError(
                    explain(
                        "two datasets have one name",
                        where=f"{_file(dataset)} and {_file(other)}",
                        found=f"{dataset.full_name} and {other.full_name}",
                        remedy="rename one: names are unique in the lake, whatever the layer",
                    ),
                )
        for dataset in by_name.values():
            _check_inputs(dataset, by_name)
        return cls({name: by_name[name] for name in _order(by_name)})

    def __iter__(self) -> Iterator[Dataset]:
        return iter(self.datasets.values())

    def __len__(self) -> int:
        return len(self.datasets)

    def __getitem__(self, name: str) -> Dataset:
        """A dataset by ``name`` or ``layer.name``, or an error that offers what is near."""
        bare = name.rsplit(".", 1)[-1]
        found = self.datasets.get(bare)
        if found is None or name not in (found.name, found.full_name):
            near = get_close_matches(bare, self.datasets, n=3) or list(self.datasets)[:10]
            raise DeclarationError(
                explain(
                    f"there is no dataset {name}",
                    expected=f"one of {', '.join(self.datasets[each].full_name for each in near)}",
                    remedy="see `lakehouse datasets`",
                ),
            )
        return found

    def readers_of(self, name: str) -> tuple[Dataset, ...]:
        """The datasets that read this one directly."""
        return tuple(each for each in self if name in each.inputs)

    def upstream_of(self, names: Iterable[str]) -> set[str]:
        """These datasets and all that they read, directly or not."""
        found: set[str] = set()
        todo = [self[name].name for name in names]
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo += self.datasets[name].inputs
        return found


def discover(package: str, folder: Path | None = None) -> Catalog:
    """Import every module under ``package``'s layer folders and collect the datasets they declare.

    ``folder`` (the project's) is put on the import path first. A dataset stands in a module of its
    own name inside the folder of its layer. Raises :class:`DeclarationError` where one stands anywhere
    else under ``package``; such files are read, never run.
    """
    if folder is not None and str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    root = importlib.import_module(package)
    modules = {name: layer for layer in Layer for name in _modules(root.__path__, package, layer)}
    _check_strays([Path(path) for path in root.__path__], package, set(modules))
    found = []
    for name, layer in modules.items():
        module = import_module(name)
        own = [v for v in vars(module).values() if isinstance(v, Dataset) and v.function.__module__ == name]
        for dataset in own:
            _check_place(dataset, layer, name)
        found += own
    return Catalog.of(found)


def modules_in(package: str) -> list[ModuleType]:
    """The modules directly in a package of the project, imported, by name; none without the package."""
    try:
        folder = importlib.import_module(package)
    except ModuleNotFoundError:
        return []
    return [
        import_module(f"{package}.{each}")
        for each in sorted(i.name for i in pkgutil.iter_modules(folder.__path__))
    ]


def import_module(name: str) -> ModuleType:
    """A module of the project, or a :class:`DeclarationError` that names the file that cannot be loaded."""
    try:
        return importlib.import_module(name)
    except LakehouseError:
        raise
    except Exception as error:  # whatever a file's top level raises, the reader needs the file's name
        raise DeclarationError(
            explain(
                "the file cannot be loaded",
                where=f"{name.replace('.', '/')}.py",
                found=f"{type(error).__name__}: {error}",
                remedy="mend the file; nothing else is loaded until then",
            ),
        ) from error


def _modules(paths: Iterable[str], package: str, layer: Layer) -> list[str]:
    folders = [str(Path(path) / layer.value) for path in paths]
    return [
        info.name for info in pkgutil.walk_packages(folders, f"{package}.{layer.value}.") if not info.ispkg
    ]


def _check_strays(roots: Iterable[Path], package: str, known: set[str]) -> None:
    """No dataset stands in a file that is not looked at: it would be missing without a word."""
    for root in roots:
        for file in sorted(root.rglob("*.py")):
            place = file.relative_to(root)
            hidden = any(part.startswith(".") for part in place.parts)  # an editor's copies
            looked_at = ".".join((package, *place.with_suffix("").parts)) in known
            declared = [] if hidden or looked_at else _declared_in(file)
            if declared:
                raise DeclarationError(
                    explain(
                        f"the dataset {declared[0]} stands where none is looked for",
                        where=f"{package.replace('.', '/')}/{place}",
                        expected=f"a file {declared[0]}.py in the folder of a layer: {', '.join(Layer)}",
                        remedy="move it there; a folder inside of a layer's needs an __init__.py",
                    )
                )


def _declared_in(file: Path) -> list[str]:
    """The functions of a file that are decorated as datasets; none where it is no Python."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return []
    decorators = [
        (node.name, each.func)
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        for each in node.decorator_list
        if isinstance(each, ast.Call)
    ]
    return [name for name, used in decorators if getattr(used, "attr", getattr(used, "id", "")) in set(Layer)]


def _check_place(dataset: Dataset, layer: Layer, module: str) -> None:
    if dataset.layer is not layer or module.rsplit(".", 1)[-1] != dataset.name:
        raise DeclarationError(
            explain(
                "a dataset stands in a file of its own name in the folder of its layer",
                where=_file(dataset),
                expected=f"{dataset.layer}/{dataset.name}.py",
                found=f"{layer}/{module.rsplit('.', 1)[-1]}.py",
                remedy="move or rename the file, or change the decorator",
            ),
        )


def _check_inputs(dataset: Dataset, by_name: Mapping[str, Dataset]) -> None:
    for name in dataset.inputs:
        upstream = by_name.get(name)
        if upstream is None:
            near = get_close_matches(name, by_name, n=3)
            raise DeclarationError(
                explain(
                    f"the input {name} is not a dataset",
                    where=f"{dataset.full_name} ({_file(dataset)})",
                    expected=f"the name of one, such as {', '.join(near)}" if near else "the name of one",
                    remedy="rename the parameter, or add the dataset",
                ),
            )
        if upstream.layer not in dataset.layer.may_read:
            allowed = ", ".join(sorted(dataset.layer.may_read)) or "sources only"
            raise DeclarationError(
                explain(
                    f"{dataset.layer} may not read {upstream.layer}",
                    where=f"{dataset.full_name} ({_file(dataset)})",
                    expected=f"inputs from {allowed}",
                    found=upstream.full_name,
                    remedy="data flows one way: read a table of an allowed layer, or move the dataset",
                ),
            )
        _check_columns(dataset, upstream)
    for rule in dataset.batch_rules:
        if isinstance(rule, References):
            _check_reference(dataset, rule, by_name)


def _check_reference(dataset: Dataset, rule: References, by_name: Mapping[str, Dataset]) -> None:
    target = by_name.get(rule.to) if rule.to in dataset.inputs else None
    if target and rule.column in dataset.spec.column_names and rule.to_column in target.spec.column_names:
        return
    raise DeclarationError(
        explain(
            "a reference names something that is not there",
            where=f"{dataset.full_name} ({_file(dataset)})",
            expected="a column of the contract, one of the inputs, and a column of that input",
            found=f"References(column={rule.column!r}, to={rule.to!r}, to_column={rule.to_column!r})",
            remedy="name them as they are declared",
        )
    )


def _check_columns(dataset: Dataset, upstream: Dataset) -> None:
    read = dataset.reads[upstream.name]
    named = read.columns.values() if isinstance(read, Keys) else ()
    known = {*upstream.spec.column_names, *(_VALIDITY if isinstance(upstream.mode, History) else ())}
    for column in (*named, *((read.by,) if isinstance(read, Windows) else ())):
        if column not in known and not column.startswith("_"):  # those are the road's own
            raise DeclarationError(
                explain(
                    f"{read.how}(…) names a column that the input {upstream.name} does not have",
                    where=f"{dataset.full_name} ({_file(dataset)})",
                    expected=f"one of {', '.join(upstream.spec.column_names)}",
                    found=repr(column),
                    remedy="correct the name, or add the column to the input's contract",
                )
            )


def _order(by_name: Mapping[str, Dataset]) -> list[str]:
    rank = list(Layer)
    sorter = TopologicalSorter({name: sorted(dataset.inputs) for name, dataset in by_name.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " → ".join(error.args[1])
        raise DeclarationError(
            explain(
                "datasets read each other in a circle",
                where=" and ".join(_file(by_name[name]) for name in sorted(set(error.args[1]))),
                found=circle,
                remedy="break the circle: let one of them read something else",
            ),
        ) from None
    ordered: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=lambda name: (rank.index(by_name[name].layer), name))
        ordered += ready
        sorter.done(*ready)
    return ordered


def _file(dataset: Dataset) -> str:
    return f"{dataset.file.parent.name}/{dataset.file.name}"
