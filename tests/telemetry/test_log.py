"""What is written, how, and from whom."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from bridge.telemetry import Format, Level, LoggingConfig, Outage, get_log, log_context, set_up_logging

log = get_log("bridge.tests")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the lines go during one test; the set-up before and after is that of the test run."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield io.StringIO()
    root.setLevel(level)
    root.handlers[:] = handlers
    set_up_logging(LoggingConfig(level=Level.ERROR), stream=io.StringIO())
    root.handlers[:] = handlers


def _begin(stream: io.StringIO, level: Level = Level.INFO, form: Format = Format.JSON) -> None:
    set_up_logging(LoggingConfig(level=level, format=form), stream=stream)


def _lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_has_sentence_level_module_time_and_fields(stream: io.StringIO) -> None:
    _begin(stream)
    log.info("portal created", portal="irc/#a")
    (line,) = _lines(stream)
    assert str(line.pop("timestamp")).endswith("Z")
    assert line == {"event": "portal created", "level": "info", "module": "tests", "portal": "irc/#a"}


def test_lines_below_the_level_are_not_written(stream: io.StringIO) -> None:
    _begin(stream, Level.WARNING)
    log.info("quiet")
    log.warning("loud")
    assert [line["event"] for line in _lines(stream)] == ["loud"]


def test_trace_is_below_debug(stream: io.StringIO) -> None:
    _begin(stream, Level.DEBUG)
    log.trace("wire")
    _begin(stream, Level.TRACE)
    log.trace("wire again")
    assert [line["event"] for line in _lines(stream)] == ["wire again"]


def test_context_is_on_every_line_within(stream: io.StringIO) -> None:
    _begin(stream)
    with log_context(login="l1"):
        log.bind(room="r").info("inside")
    log.info("outside")
    inside, outside = _lines(stream)
    assert (inside["login"], inside["room"]) == ("l1", "r")
    assert "login" not in outside


def test_the_level_can_be_changed_while_running(stream: io.StringIO) -> None:
    _begin(stream, Level.ERROR)
    log.info("quiet")
    _begin(stream, Level.INFO)
    log.info("loud")
    assert [line["event"] for line in _lines(stream)] == ["loud"]


def test_a_traceback_is_one_field_without_credentials(stream: io.StringIO) -> None:
    _begin(stream)
    try:
        raise ValueError("GET /?access_token=abc")
    except ValueError:
        log.exception("bot failed")
    (line,) = _lines(stream)
    assert "ValueError" in str(line["exception"])
    assert "abc" not in stream.getvalue()


def test_lines_of_other_libraries_come_in_redacted(stream: io.StringIO) -> None:
    _begin(stream)
    logging.getLogger("some.library").warning("failed: %s", "http://x/?access_token=abc")
    logging.getLogger("some.library").info("not wanted")
    (line,) = _lines(stream)
    assert line["event"] == "failed: http://x/?access_token=***"
    assert line["module"] == "some.library"


def test_debug_lines_of_other_libraries_are_never_written(stream: io.StringIO) -> None:
    _begin(stream, Level.TRACE)
    logging.getLogger("some.library").debug("body: hello")
    logging.getLogger("some.library").info("connected")
    assert [line["event"] for line in _lines(stream)] == ["connected"]


def test_the_console_form_is_one_line_without_colour_in_a_file(stream: io.StringIO) -> None:
    _begin(stream, form=Format.CONSOLE)
    log.info("portal created", portal="irc/#a\nforged")
    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()


def test_a_log_that_cannot_be_written_stops_nothing(stream: io.StringIO) -> None:
    _begin(stream)
    stream.close()
    log.error("nobody hears this")
    assert stream.closed


def test_an_outage_is_said_once_and_its_end_once(stream: io.StringIO) -> None:
    _begin(stream)
    times = iter([100.0, 104.5])
    outage = Outage(log, "homeserver", now=lambda: next(times))
    outage.back()
    outage.down("refused")
    outage.down("refused")
    outage.back()
    outage.back()
    down, back = _lines(stream)
    assert (down["event"], down["level"], down["reason"]) == ("homeserver down", "warning", "refused")
    assert (back["event"], back["down_s"], back["attempts"]) == ("homeserver back again", 4.5, 2)
    assert not outage.is_down
