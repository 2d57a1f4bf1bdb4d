"""Keeps the log still while histories run, and remembers what it said of failures."""

import contextlib
import logging
from collections.abc import Iterator, MutableMapping
from typing import Any

import structlog


@contextlib.contextmanager
def failures_logged() -> Iterator[list[str]]:
    """What is logged as an error meanwhile; everything else is said to nobody."""
    found: list[str] = []

    def keep(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        shown = {name: value for name, value in event.items() if name not in ("event", "trace", "exc_info")}
        found.append(f"{event['event']} {shown} {event.get('trace') or event.get('exc_info') or ''}")
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(
        processors=[keep],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        cache_logger_on_first_use=False,
    )
    try:
        yield found
    finally:
        structlog.configure(**before)
