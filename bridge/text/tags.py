"""The tags and attributes of Matrix HTML: what we write, and the somewhat wider set that we read.

Spec: https://spec.matrix.org/v1.11/client-server-api/#mroommessage-msgtypes
"""

import nh3

from bridge.text.links import SCHEMES

WRITTEN_TAGS = frozenset(
    {
        "a", "b", "blockquote", "br", "caption", "code", "del", "details", "div", "em", "h1", "h2", "h3",
        "h4", "h5", "h6", "hr", "i", "img", "li", "ol", "p", "pre", "s", "span", "strong", "sub", "summary",
        "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
    },
)  # fmt: skip
WRITTEN_ATTRIBUTES = {
    "a": {"href", "target", "rel"},
    "code": {"class"},
    "div": {"data-mx-maths"},
    "img": {"alt", "height", "src", "title", "width"},
    "ol": {"start"},
    "span": {"data-mx-bg-color", "data-mx-color", "data-mx-maths", "data-mx-spoiler"},
}

# Read as well: what older clients and other bridges write, and block tags whose text must not run together.
_READ_TAGS = WRITTEN_TAGS | {
    "address", "article", "aside", "center", "cite", "dd", "dl", "dt", "figcaption", "figure", "font",
    "footer", "header", "ins", "kbd", "main", "mark", "nav", "samp", "section", "strike", "tfoot", "tt",
}  # fmt: skip
_READ_ATTRIBUTES = {
    "a": {"href"},
    "code": {"class"},
    "font": {"color", "data-mx-bg-color", "data-mx-color"},
    "img": {"alt", "title"},
    "ol": {"start"},
    "span": {"data-mx-bg-color", "data-mx-color", "data-mx-spoiler"},
}

_writer = nh3.Cleaner(
    tags=set(WRITTEN_TAGS),
    attributes=WRITTEN_ATTRIBUTES,
    url_schemes=set(SCHEMES),
    link_rel=None,
)
_reader = nh3.Cleaner(
    tags=set(_READ_TAGS),
    attributes=_READ_ATTRIBUTES,
    clean_content_tags={"mx-reply", "script", "style", "title", "textarea"},
    url_schemes=set(SCHEMES),
    link_rel=None,
)


def wash_written(html: str) -> str:
    """The last wash of what we send: nothing outside the list of the specification is left."""
    return _writer.clean(html)


def wash_read(html: str) -> str:
    """Make balanced HTML of known tags out of anything; replies' quoted fallback is dropped."""
    return _reader.clean(html)
