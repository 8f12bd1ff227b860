"""The templates' engine: as safe as Jinja's own, in the reader's language, and nothing left to be collected."""

from __future__ import annotations

import gc
import weakref

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup, escape

from agent_console.templating import MADE, PageContext, PageEnvironment, let_go, text_of


class Shown(str):
    """Text that is printed in a way of its own."""

    __slots__ = ()

    def __html__(self):
        return f"<b>{escape(str(self))}</b>"


class Kept:
    """Something a page shows."""

    name = "Mei"


@pytest.fixture
def env():
    made = PageEnvironment(autoescape=True, extensions=["jinja2.ext.i18n"])
    words = {"Send <now>": "送出 <b>", "%(n)s left": "剩 %(n)s", "Sure": "100%% 確定"}
    made.speak(lambda text: words.get(text, text), lambda one, more, n: one if n == 1 else more)
    return made


@pytest.mark.parametrize(
    "value", ["plain", "<a href='x'>&\"", Markup("<i>"), Shown("<x>"), 7, 1.5, None, ["<"], "謝謝"]
)
def test_what_is_printed_is_escaped_as_markupsafe_does(env, value):
    assert str(text_of(value)) == str(escape(value))
    assert env.from_string("{{ it }}").render(it=value) == str(escape(value))
    macro = "{% macro m(it) %}{{ it }}{% endmacro %}{{ m(it) }}"
    assert env.from_string(macro).render(it=value) == str(escape(value))


def test_sentences_are_translated_and_only_values_are_escaped(env):
    assert env.from_string('{{ _("Send <now>") }}').render() == "送出 <b>"
    assert env.from_string('{{ _("Sure") }}').render() == "100% 確定"
    assert env.from_string('{{ _("%(n)s left", n=n) }}').render(n="<3>") == "剩 &lt;3&gt;"
    assert env.from_string("{{ _(it) }}").render(it="Send <now>") == "送出 <b>"
    assert env.from_string("{{ _(it) }}").render(it="Sure") == "100% 確定"


def test_values_stand_in_their_places_however_a_sentence_is_printed(env):
    values = {"a": "<1>", "b": Markup("<i>2</i>")}
    twice, odd = "%(a)s and %(b)s, 5 %% off: %(a)s", "%(a)s of %(n)d"
    shown = "&lt;1&gt; and <i>2</i>, 5 % off: &lt;1&gt;"
    for line in (
        "{{ _('%(a)s and %(b)s, 5 %% off', a=a, b=b) }}: {{ a }}",
        f"{{{{ _('{twice}', a=a, b=b) }}}}",
        f"{{% set one = _('{twice}', a=a, b=b) %}}{{{{ one }}}}",
        f"{{{{ _('{twice}', a=a, b=b) if a else '' }}}}",
    ):
        assert env.from_string(line).render(values) == shown
    assert env.from_string(f"{{{{ _('{odd}', a=a, n=3) }}}}").render(values) == "&lt;1&gt; of 3"
    with pytest.raises(KeyError):
        env.from_string("{{ _('%(a)s', b=b) }}").render(values)


def test_what_an_object_or_a_mapping_holds_is_printed_and_what_neither_holds_is_missed(env):
    line = env.from_string("{{ it.name }}")
    assert [line.render(it=Kept()), line.render(it={"name": "<Ken>"})] == ["Mei", "&lt;Ken&gt;"]
    assert env.from_string("{{ it.of.name.upper() }}").render(it={"of": Kept()}) == "MEI"
    assert env.from_string("{{ it.age is defined }}").render(it=Kept()) == "False"
    with pytest.raises(UndefinedError):
        env.from_string("{{ it.age.years }}").render(it=Kept())


def test_calls_in_loops_and_blocks_get_what_stands_in_their_brackets(env):
    env.globals["both"] = lambda one, two="-": f"{one}{two}"
    line = "{{ both(one) }}{{ both(one, two='+') }}{{ _('Sure') }}"
    page = "{% block b %}{% for one in 'ab' %}" + line + "{% endfor %}{% endblock %}"
    assert env.from_string(page).render() == "a-a+100% 確定b-b+100% 確定"


def test_a_page_leaves_nothing_to_the_garbage_collector(env):
    page = env.from_string(
        "{% macro line(of) %}{{ of.name }}{% endmacro %}"
        "{% macro lines(of) %}{{ line(of) }}{% endmacro %}{{ lines(it) }}"
    )
    made: list[PageContext] = []
    it = Kept()
    gone = weakref.ref(it)
    gc.disable()
    try:
        assert page.render({"it": it, MADE: made}) == "Mei"
        let_go(made)
        del it
        assert gone() is None
    finally:
        gc.enable()
