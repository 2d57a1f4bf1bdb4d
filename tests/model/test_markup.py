"""Plain text as a document."""

from bridge.model.markup import Break, Document, Paragraph, Text


def test_each_line_end_becomes_a_break() -> None:
    assert Document.of("a\n\nb") == Document((Paragraph((Text("a"), Break(), Break(), Text("b"))),))


def test_no_text_makes_no_block() -> None:
    assert Document.of("") == Document(())
