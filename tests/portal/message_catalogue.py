# SPDX-License-Identifier: EUPL-1.2
"""Reads message catalogues and finds marked sentences, without the gettext programs."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

from django.template.base import Node, Template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

Key = tuple[str, str]  # context and sentence
_LINE = re.compile(r'(?:(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) )?(".*")')
_ONE = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop"})
_MANY = frozenset({"ngettext", "ngettext_lazy"})


def read_po(path: Path) -> dict[Key, list[str]]:
    """Every sentence of the catalogue with its translations (two where there is a plural), the header left out."""
    found: dict[Key, list[str]] = {}
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            match = _LINE.fullmatch(line)
            if match is None:
                continue
            name = match[1] or name
            fields[name] = fields.get(name, "") + str(ast.literal_eval(match[2]))
        if fields.get("msgid"):
            texts = [text for name, text in sorted(fields.items()) if name.startswith("msgstr")]
            found[fields.get("msgctxt", ""), fields["msgid"]] = texts
    return found


def read_mo(path: Path) -> dict[Key, list[str]]:
    """The same of a compiled catalogue."""
    with path.open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # no public way to list it
    found: dict[Key, list[str]] = {}
    for key, text in sorted(compiled.items(), key=str):
        whole = key[0] if isinstance(key, tuple) else key
        context, _mark, sentence = whole.rpartition("\x04")
        if sentence:
            found.setdefault((context, sentence), []).append(text)
    return found


def marked_in_template(template: Template) -> Iterator[Key]:
    """The sentences a template marks for translation."""
    for node in _nodes(template):
        if isinstance(node, TranslateNode):
            context = node.message_context
            yield str(context.var) if context else "", str(node.filter_expression.var.literal)
        else:
            assert isinstance(node, BlockTranslateNode)
            yield "", node.render_token_list(node.singular)[0]


def _nodes(template: Template) -> Iterator[Node]:
    for kind in (TranslateNode, BlockTranslateNode):
        yield from template.nodelist.get_nodes_by_type(kind)


def marked_in_code(path: Path) -> Iterator[Key]:
    """The sentences a Python file marks for translation."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
            continue
        first = node.args[0]
        if node.func.id in _ONE | _MANY and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield "", first.value
