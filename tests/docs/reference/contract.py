"""The page of what a network implements, read off ``bridge/api/network.py``."""

import ast
import inspect
from collections.abc import Iterator
from typing import Final

import bridge.api.network
from tests.docs.reference.markdown import page

_INTRODUCTION: Final = """
A network is a folder in `bridge/networks/` and an entry point in the group `trunkline.networks`. It
implements `Connector` and `Login`; each further ability is a protocol of its own that it implements or
leaves. How to write one, step by step: [the demo network](../../bridge/networks/demo/README.md).
"""


def contract_page() -> str:
    source = inspect.getsource(bridge.api.network)
    classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    return page("The network contract", _INTRODUCTION, *(_part(one) for one in classes))


def _part(one: ast.ClassDef) -> str:
    lines = [f"## {one.name}"]
    if words := ast.get_docstring(one):
        lines.append(words)
    members = list(_members(one))
    if members:
        lines.append("\n".join(members))
    return "\n\n".join(lines)


def _members(one: ast.ClassDef) -> Iterator[str]:
    for node in one.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield _entry(_signature(node), ast.get_docstring(node))
            case ast.AnnAssign():
                yield _entry(ast.unparse(node), None)
            case _:
                pass


def _entry(signature: str, words: str | None) -> str:
    first = f"* `{signature}`"
    if words is None:
        return first
    return "\n".join([first + "  ", *(f"  {line}".rstrip() for line in words.splitlines())])


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    is_property = any(isinstance(each, ast.Name) and each.id == "property" for each in node.decorator_list)
    result = "" if node.returns is None else f" -> {ast.unparse(node.returns)}"
    if is_property:
        return f"{node.name}{result}"
    word = "async " if isinstance(node, ast.AsyncFunctionDef) else ""
    arguments = ast.unparse(node.args).removeprefix("self").removeprefix(", ")
    return f"{word}{node.name}({arguments}){result}"
