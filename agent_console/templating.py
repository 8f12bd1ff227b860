"""The templates' engine, made quick for pages of hundreds of lines.

What a template prints is put together as plain text: Jinja marks each piece as safe by an object of its own,
which took a tenth of a long page's time. Sentences without values are translated when a template is compiled,
there being an environment for each language, and those with values are taken apart at their places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, MutableMapping
from functools import cache, lru_cache
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, cast
from uuid import UUID

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator
from jinja2.runtime import Context, Macro
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape
from markupsafe import _escape_inner as escape_text  # type: ignore[attr-defined]  # makes no object of it
from typing_extensions import override

KEPT = 1024
MADE = "contexts_made"
"""The value of a page under which its contexts are gathered, to be emptied when it is done (`let_go`)."""

PLACE = re.compile(r"%\((\w+)\)s")
PLAIN = frozenset({FunctionType, MethodType, BuiltinFunctionType, type(cache(len))})


def text_of(value: object) -> str:
    """Return `value` as it is written into a page: escaped, unless it is markup."""
    # By their very types: what is derived from text may be printed in its own way.
    kind = type(value)
    if kind is str:
        return escape_text(cast("str", value))
    if kind is Markup:
        return cast("Markup", value)
    return str(value) if isinstance(value, int | UUID) else escape(value)


class _Generator(CodeGenerator):
    """Writes out what is printed by `text_of`, and puts the words in place of what is to be translated."""

    @override
    def visit_Template(self, node: nodes.Template, frame: Any = None) -> None:
        cast("PageEnvironment", self.environment).translator.visit(node)
        super().visit_Template(node, frame)
        self.writeline("text_of = environment.text_of")

    @override
    def visit_Include(self, node: nodes.Include, frame: Any) -> None:
        # Put together before it is handed on: else each of its pieces goes through every template around it.
        part = frame.copy()
        self.buffer(part)
        super().visit_Include(node, part)
        self.simple_write(f"concat({part.buffer})", frame)

    @override
    def visit_Getattr(self, node: nodes.Getattr, frame: Any) -> None:
        # Jinja asks its environment for each. These are asked a few thousand times a page; nearly all are attributes.
        self.write("(t_is if (t_is := getattr((t_of := ")
        self.visit(node.node, frame)
        name = repr(node.attr)
        self.write(f"), {name}, missing)) is not missing else environment.getattr(t_of, {name}))")

    @override
    def visit_Call(self, node: nodes.Call, frame: Any, forward_caller: bool = False) -> None:
        # What loops and blocks know is left out: nothing that we call asks for it.
        target, named = node.node, [*node.args, *node.kwargs]
        if not (isinstance(target, nodes.Getattr) and _is_named(target.node, "ui")):
            self.write("context.call(")
            self.visit(target, frame)
            self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        else:
            self.visit(target.node, frame)
            self.write(f".{target.attr}(")
            for n, one in enumerate(named):
                self.write(", " if n else "")
                self.visit(one, frame)
        self.write(")")

    @override
    def _output_child_pre(self, node: nodes.Expr, frame: Any, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("text_of(")


class PageContext(Context):
    """A template's names. Each page has a dozen contexts, and their macros know them: see `let_go`."""

    def __init__(
        self,
        environment: Environment,
        parent: dict[str, Any],
        name: str | None,
        blocks: dict[str, Callable[[Context], Iterator[str]]],
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 (Jinja's name)
    ) -> None:
        super().__init__(environment, parent, name, blocks, globals)
        made = parent.get(MADE)
        if made is not None:
            made.append(self)

    @override
    def call(__self, __obj: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: N805, PYI063 (Jinja's own)
        """Call what a template calls. Nearly always that wants nothing but what stands in the brackets."""
        kind = type(__obj)
        plain = kind in PLAIN and not hasattr(__obj, "jinja_pass_arg")
        if not plain and kind is not Macro:
            return super().call(__obj, *args, **kwargs)
        if kwargs:
            # Inside of loops and blocks the compiler adds these for who wants the context.
            kwargs.pop("_loop_vars", None)
            kwargs.pop("_block_vars", None)
        return __obj(*args, **kwargs) if plain else __obj(__self.eval_ctx, *args, **kwargs)


class _Translator(NodeTransformer):
    """Puts the words in place of `_("…")`."""

    def __init__(self, gettext: Callable[[str], str]) -> None:
        self._gettext = gettext

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 (Jinja's name)
        """Translate a sentence that stands there as it is and takes no values."""
        self.generic_visit(node)
        sentence = self._sentence(node)
        if sentence is None or node.kwargs:
            return node
        words = Markup(sentence) % {}  # noqa: S704 (our own sentence)
        return nodes.MarkSafe(nodes.Const(str(words)), lineno=node.lineno)

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802 (Jinja's name)
        """Print a sentence with values piece by piece, as if it stood there with the values in their places."""
        node.nodes = [piece for one in node.nodes for piece in self._pieces(one)]
        return self.generic_visit(node)

    def _pieces(self, node: nodes.Expr) -> list[nodes.Expr]:
        sentence = self._sentence(node) if isinstance(node, nodes.Call) and node.kwargs else None
        if sentence is None:
            return [node]
        values = {one.key: one.value for one in cast("nodes.Call", node).kwargs}
        words, names = PLACE.split(sentence)[::2], PLACE.findall(sentence)
        # A per cent sign of another kind, a value that is missing or told twice: as it was, when it is printed.
        odd = any("%" in one.replace("%%", "") for one in words)
        if odd or set(names) - values.keys() or len(set(names)) < len(names):
            return [node]
        found: list[nodes.Expr] = [nodes.TemplateData(words[0].replace("%%", "%"))]
        for name, after in zip(names, words[1:], strict=True):
            found += [values[name], nodes.TemplateData(after.replace("%%", "%"))]
        return found

    def _sentence(self, node: nodes.Call) -> str | None:
        """Return what is said in this language by `_("…")`, with or without values; None for another call."""
        called, args = node.node, node.args
        known = _is_named(called, "_") or _is_named(called, "gettext")
        if not known or node.dyn_args or node.dyn_kwargs or len(args) != 1:
            return None
        return self._gettext(args[0].value) if isinstance(args[0], nodes.Const) else None


def _is_named(node: nodes.Node, name: str) -> bool:
    return isinstance(node, nodes.Name) and node.name == name


class PageEnvironment(Environment):
    """An environment whose pages speak one language."""

    code_generator_class = _Generator
    context_class = PageContext
    text_of = staticmethod(text_of)

    def speak(self, gettext: Callable[[str], str], ngettext: Callable[..., str]) -> None:
        """Take the words from a catalogue; before any template is loaded."""
        self.translator = _Translator(gettext)
        self.newstyle_gettext = True

        # Those of the extension ask whether to escape, and make a context for each line of a loop for it.
        @lru_cache(KEPT)
        def plain(text: str) -> Markup:
            return Markup(gettext(text)) % {}  # noqa: S704 (our own sentence)

        def said(text: str, /, **values: object) -> Markup:
            return Markup(gettext(text)) % values if values else plain(text)  # noqa: S704 (our own sentence)

        def counted(one: str, more: str, num: int, /, **values: object) -> Markup:
            return Markup(ngettext(one, more, num)) % {"num": num, **values}  # noqa: S704 (our own sentence)

        self.globals.update(gettext=said, ngettext=counted, _=said)


def let_go(made: list[PageContext]) -> None:
    """Empty the contexts of a page that is done: macros know their context and contexts their macros, and such
    rings wait, with all that a page showed, for the garbage collector, which then halts everybody.
    """
    for one in made:
        one.vars.clear()
        one.exported_vars.clear()
    made.clear()
