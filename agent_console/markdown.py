"""Shows a channel's guide: the little Markdown that our own guides use, escaped throughout."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

HEADING = re.compile(r"(#{1,4})\s+(.*)")
ITEM = re.compile(r"\s*(?:[-*]|(\d+)\.)\s+(.*)")
INLINE = re.compile(
    r"`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\((https://[^)\s]+)\)"
)
# Marks and characters that stand side by side without a space.
MARKS = frozenset("、。！（），：；？「」")
WIDE = re.compile(r"[\u3000-\u303f\u3040-\u30ff\u3400-\u9fff\uff00-\uffef]")
RULE = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")


def to_html(text: str) -> Markup:
    """Return headings, lists, tables, paragraphs, code blocks, emphasis, code and https links as HTML."""
    return Markup("\n").join(_blocks(text.splitlines()))


def _blocks(lines: list[str]) -> Iterator[Markup]:
    block: list[str] = []
    fenced = False
    for line in [*lines, ""]:
        if line.startswith("```"):
            yield from _code(block) if fenced else _prose(block)
            block, fenced = [], not fenced
        elif line.strip() or fenced:
            block.append(line)
        else:
            yield from _prose(block)
            block = []


def _code(block: list[str]) -> Iterator[Markup]:
    yield Markup('<pre tabindex="0"><code>{}</code></pre>').format("\n".join(block))


def _prose(block: list[str]) -> Iterator[Markup]:
    if not block:
        return
    heading = HEADING.fullmatch(block[0])
    if heading:
        level = min(len(heading.group(1)) + 2, 5)
        yield Markup("<h{0}>{1}</h{0}>").format(level, _inline(heading.group(2)))
        yield from _prose(block[1:])
    elif ITEM.fullmatch(block[0]):
        yield _list(block)
    elif len(block) > 1 and RULE.fullmatch(block[1].strip()):
        yield _table(block)
    else:
        yield Markup("<p>{}</p>").format(_inline(_flowing(block)))


def _list(block: list[str]) -> Markup:
    items: list[list[str]] = []
    for line in block:
        item = ITEM.fullmatch(line)
        if item:
            items.append([item.group(2)])
        else:
            items[-1].append(line)
    first = ITEM.fullmatch(block[0])
    tag = "ol" if first and first.group(1) else "ul"
    inner = Markup("").join(Markup("<li>{}</li>").format(_inline(_flowing(item))) for item in items)
    return Markup("<{0}>{1}</{0}>").format(Markup(tag), inner)  # noqa: S704 (one of two constants)


def _flowing(lines: list[str]) -> str:
    """Return lines as one. An end of line is a space, but for Chinese, which has none between its characters,
    and none beside its marks."""
    text = ""
    for line in filter(None, map(str.strip, lines)):
        wide = WIDE.match(line) and WIDE.match(text[-1:])
        marked = text[-1:] in MARKS or line[0] in MARKS
        text += ("" if not text or wide or marked else " ") + line
    return text


def _table(block: list[str]) -> Markup:
    head = _row(block[0], Markup('<th scope="col">{}</th>'))
    rows = Markup("").join(_row(line, Markup("<td>{}</td>")) for line in block[2:])
    return Markup("<table><thead>{}</thead><tbody>{}</tbody></table>").format(head, rows)


def _row(line: str, cell: Markup) -> Markup:
    texts = line.strip().removeprefix("|").removesuffix("|").split("|")
    return Markup("<tr>{}</tr>").format(
        Markup("").join(cell.format(_inline(text.strip())) for text in texts)
    )


def _inline(text: str) -> Markup:
    out, end = Markup(""), 0
    for found in INLINE.finditer(text):
        code, bold, slanted, label, url = found.groups()
        out += escape(text[end : found.start()])
        if code:
            out += Markup("<code>{}</code>").format(code)
        elif bold:
            out += Markup("<strong>{}</strong>").format(bold)
        elif slanted:
            out += Markup("<em>{}</em>").format(slanted)
        else:
            out += Markup('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>').format(
                url, label
            )
        end = found.end()
    return out + escape(text[end:])
