# SPDX-License-Identifier: EUPL-1.2
"""Finds the sentences with which rooms refuse, in their code: what a face must be able to say in another language."""

import ast
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

from melayani.ground.plain_text import TextRefused, check_length

REFUSALS = re.compile(r"\w*Refused|NotAllowed|NotAdministrator|WrongStage|CaseChanged|CaseErased|UnknownCase")


def refusals_of(*rooms: str) -> set[str]:
    """Every fixed sentence with which these modules (`cases.actions`) refuse."""
    modules = [import_module(f"melayani.{name}") for name in rooms]
    return {said for module in modules for said in refusals_in(_source(module), vars(module))}


def refusals_in(source: str, names: Mapping[str, object]) -> Iterator[str]:
    """The sentences with which a module refuses, as far as they are fixed; `names`: what the module defines."""
    for name, node in _refusing_calls(source):
        if name == "check_length":
            yield from _length_refusals({keyword.arg or "": keyword.value for keyword in node.keywords})
        elif len(node.args) == 2:
            yield from _spelled(node.args[1], names)


def built_sentences(source: str) -> Iterator[str]:
    """Refusals whose sentence is put together on the spot: no catalogue can know them."""
    for name, node in _refusing_calls(source):
        if name != "check_length" and len(node.args) > 1 and isinstance(node.args[1], ast.JoinedStr):
            yield ast.unparse(node.args[1])


def _refusing_calls(source: str) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
            if name == "check_length" or REFUSALS.fullmatch(name):
                yield name, node


def _length_refusals(said: Mapping[str, ast.expr]) -> Iterator[str]:
    """What is said of a text that is empty, too short or too long, as far as the call can be read."""
    name, least = said["name"], said.get("least")
    if not isinstance(name, ast.Constant):
        return
    # A limit with a name of its own is more than one character; only the form of the sentence matters here.
    named = 2 if isinstance(least, ast.Name) else 1
    at_least = least.value if isinstance(least, ast.Constant) and isinstance(least.value, int) else named
    for text, most in (("", 100), ("x" * 101, 100)):
        try:
            check_length(text, most=most, name=str(name.value), least=at_least)
        except TextRefused as refused:
            yield refused.sentence


def _spelled(node: ast.expr, names: Mapping[str, object]) -> Iterator[str]:
    """The text of a literal or of a named text."""
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.Name) and node.id in names:
        yield str(names[node.id])


def _source(module: ModuleType) -> str:
    assert module.__file__ is not None
    return Path(module.__file__).read_text(encoding="utf-8")
