"""How deep a tree is, measured without recursion."""

from collections.abc import Iterable

from bridge.model.markup import Block, Document, Inline, Items, Quote


def depth_of(document: Document) -> int:
    """Nodes on the longest way from the document to a leaf."""
    deepest = 0
    open_nodes: list[tuple[Block | Inline, int]] = [(block, 1) for block in document.blocks]
    while open_nodes:
        node, depth = open_nodes.pop()
        deepest = max(deepest, depth)
        open_nodes.extend((child, depth + 1) for child in _children(node))
    return deepest


def _children(node: Block | Inline) -> Iterable[Block | Inline]:
    if isinstance(node, Quote):
        return node.blocks
    if isinstance(node, Items):
        return [block for item in node.items for block in item]
    children: tuple[Inline, ...] = getattr(node, "children", ())
    return children
