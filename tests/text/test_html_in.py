"""Matrix's HTML to the tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.ids import UserID
from bridge.model.markup import (
    MAX_DEPTH,
    Block,
    Break,
    CodeBlock,
    Coloured,
    Document,
    Heading,
    Items,
    Link,
    Mention,
    Paragraph,
    Quote,
    Rule,
    Style,
    Styled,
    Text,
)
from bridge.text.html_in import MAX_HTML_CHARS, MAX_TAGS, from_html
from bridge.text.html_out import to_html
from bridge.text.plain import to_plain
from tests.text.depth import depth_of

ANN = UserID("@ann:example.org")


def p(*children: Text | Break | Styled | Coloured | Link | Mention) -> Paragraph:
    return Paragraph(children)


def bold(text: str) -> Styled:
    return Styled(Style.BOLD, (Text(text),))


VECTORS: list[tuple[str, tuple[Block, ...]]] = [
    ("hello", (p(Text("hello")),)),
    ("", ()),
    ("   ", ()),
    ("a<br>b", (p(Text("a"), Break(), Text("b")),)),
    ("<br>a<br><br>", (p(Text("a")),)),
    ("<p>a</p>\n<p>b</p>", (p(Text("a")), p(Text("b")))),
    ("a\n  b\t c", (p(Text("a b c")),)),
    ("a <b> b</b>", (p(Text("a "), bold("b")),)),
    ("<strong>x</strong>", (p(bold("x")),)),
    ("<b><b>x</b></b>", (p(bold("x")),)),
    ("<em>x</em>", (p(Styled(Style.ITALIC, (Text("x"),))),)),
    ("<u>x</u>", (p(Styled(Style.UNDERLINE, (Text("x"),))),)),
    ("<ins>x</ins>", (p(Styled(Style.UNDERLINE, (Text("x"),))),)),
    ("<del>x</del>", (p(Styled(Style.STRIKE, (Text("x"),))),)),
    ("<s>x</s>", (p(Styled(Style.STRIKE, (Text("x"),))),)),
    ("<strike>x</strike>", (p(Styled(Style.STRIKE, (Text("x"),))),)),
    ("<code>x</code>", (p(Styled(Style.CODE, (Text("x"),))),)),
    ("x<sup>2</sup> y<sub>1</sub>", (p(Text("x^2 y_1")),)),
    ("<b><p>x</p><p>y</p></b>", (p(bold("x")), p(bold("y")))),
    ("<h3>x</h3>y", (Heading(3, (Text("x"),)), p(Text("y")))),
    ("a<hr>b", (p(Text("a")), Rule(), p(Text("b")))),
    ("<blockquote>x</blockquote>y", (Quote((p(Text("x")),)), p(Text("y")))),
    ("<ul><li>a</li><li>b</li></ul>", (Items(((p(Text("a")),), (p(Text("b")),))),)),
    ("<ol><li>a</li></ol>", (Items(((p(Text("a")),),), 1),)),
    ('<ol start="7"><li>a</li></ol>', (Items(((p(Text("a")),),), 7),)),
    ('<ol start="seven"><li>a</li></ol>', (Items(((p(Text("a")),),), 1),)),
    ('<ol start="99999999999"><li>a</li></ol>', (Items(((p(Text("a")),),), 999_999_999),)),
    (
        "<ul><li>a<ul><li>b</li></ul></li></ul>",
        (Items(((p(Text("a")), Items(((p(Text("b")),),))),)),),
    ),
    ("<li>alone</li>", (p(Text("alone")),)),
    (
        '<pre><code class="language-py">a\n  b\n</code></pre>',
        (CodeBlock("a\n  b", "py"),),
    ),
    ("<pre>a<br>b</pre>", (CodeBlock("a\nb"),)),
    ("<pre><b>a</b></pre>", (CodeBlock("a"),)),
    (
        "<table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>1</td><td><p>2</p></td></tr></table>",
        (p(bold("A"), Text(" | "), bold("B"), Break(), Text("1 | 2")),),
    ),
    ('<span data-mx-spoiler="">x</span>', (p(Styled(Style.SPOILER, (Text("x"),))),)),
    (
        '<span data-mx-spoiler="the end">x</span>',
        (p(Text("(the end) "), Styled(Style.SPOILER, (Text("x"),))),),
    ),
    ('<font color="#FF0000">x</font>', (p(Coloured("#ff0000", None, (Text("x"),))),)),
    (
        '<span data-mx-color="#0f0" data-mx-bg-color="#0000ff">x</span>',
        (p(Coloured("#00ff00", "#0000ff", (Text("x"),))),),
    ),
    ('<font color="url(x)">x</font>', (p(Text("x")),)),
    ('<img src="mxc://example.org/a" alt=":cat:">', (p(Text(":cat:")),)),
    ('<img src="mxc://example.org/a" title="cat">', (p(Text("cat")),)),
    ('<a href="https://example.org/">x</a>', (p(Link("https://example.org/", (Text("x"),))),)),
    ('<a href="javascript:alert(1)">x</a>', (p(Text("x")),)),
    ('<a href="data:text/html,x">x</a>', (p(Text("x")),)),
    ('<a href="/relative">x</a>', (p(Text("x")),)),
    ('<a href="https://matrix.to/#/@ann:example.org">Ann</a>', (p(Mention(ANN, (Text("Ann"),))),)),
    ('<a href="https://matrix.to/#/%40ann%3Aexample.org">Ann</a>', (p(Mention(ANN, (Text("Ann"),))),)),
    ('<a href="matrix:u/ann:example.org?action=chat">Ann</a>', (p(Mention(ANN, (Text("Ann"),))),)),
    (
        '<a href="https://matrix.to/#/!room:example.org/$event">x</a>',
        (p(Link("https://matrix.to/#/!room:example.org/$event", (Text("x"),))),),
    ),
    ("<mx-reply><blockquote>old</blockquote></mx-reply>new", (p(Text("new")),)),
    ("<unknown>kept</unknown>", (p(Text("kept")),)),
    ("<script>x</script><style>y</style>z", (p(Text("z")),)),
    ("<section>a</section><section>b</section>", (p(Text("a")), p(Text("b")))),
    ("&lt;b&gt; &amp; &#x263a;", (p(Text("<b> & ☺")),)),
    ("<b>unclosed", (p(bold("unclosed")),)),
    ("</b></p>stray", (p(Text("stray")),)),
    ("a\0b\x03c", (p(Text("abc")),)),
    ("a&#0;&#x202e;b", (p(Text("a�b")),)),
    ("half \ud800 there", (p(Text("half � there")),)),
]


@pytest.mark.parametrize(("html", "blocks"), VECTORS)
def test_html_reads_as(html: str, blocks: tuple[Block, ...]) -> None:
    assert from_html(html) == Document(blocks)


@pytest.mark.parametrize("tag", ["b", "blockquote", "div", "span data-mx-color=#ff0000", "a href=ftp://x"])
def test_three_hundred_nested_tags_stay_within_the_depth_of_a_tree(tag: str) -> None:
    document = from_html(f"<{tag}>" * 300 + "deep")
    assert depth_of(document) <= MAX_DEPTH
    assert "deep" in to_plain(document)


def test_nested_lists_are_flattened_below_the_bound() -> None:
    document = from_html("<ul><li>x" * 300)
    assert depth_of(document) <= MAX_DEPTH
    assert to_plain(document).count("x") == 300


def test_many_different_formats_around_one_word_stay_within_the_depth() -> None:
    colours = "".join(f'<font color="#{number:06x}">' for number in range(300))
    document = from_html("<blockquote>" * 300 + colours + "<b><i><u><s><code>deep")
    assert depth_of(document) <= MAX_DEPTH


def test_a_text_with_too_many_tags_keeps_its_words() -> None:
    document = from_html("<b>word</b> " * MAX_TAGS)
    assert to_plain(document).split().count("word") > MAX_TAGS / 2


def test_what_cannot_have_come_in_one_event_is_cut() -> None:
    assert len(to_plain(from_html("x" * (MAX_HTML_CHARS + 10)))) == MAX_HTML_CHARS


_tags = st.sampled_from(
    [
        "a", "b", "blockquote", "br", "code", "details", "div", "font", "h1", "hr", "i", "img", "li",
        "mx-reply", "ol", "p", "pre", "s", "span", "table", "td", "th", "tr", "u", "ul", "x",
    ],
)  # fmt: skip
_soup = st.lists(
    st.one_of(
        _tags.map("<{}>".format),
        _tags.map("</{}>".format),
        st.sampled_from(['<a href="https://x.org">', '<font color="#abcdef">', "<span data-mx-spoiler=y>"]),
        st.text(max_size=5),
    ),
    max_size=40,
).map("".join)


@given(st.text() | st.text("<>/&;#ab \"'=!-\0\ud800"))
def test_any_text_can_be_read(html: str) -> None:
    assert depth_of(from_html(html)) <= MAX_DEPTH


@given(_soup)
def test_any_mixture_of_tags_can_be_read(html: str) -> None:
    assert depth_of(from_html(html)) <= MAX_DEPTH


@given(_soup)
def test_what_was_read_and_written_reads_and_writes_the_same(html: str) -> None:
    written = to_html(from_html(html))
    assert written is None or to_html(from_html(written)) == written
