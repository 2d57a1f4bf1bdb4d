"""The log: fixed sentences with fields, one line each, after redaction.

``log = get_log(__name__)`` at the top of a module costs nothing and prints nothing; until
``set_up_logging`` was called every line is dropped. Context is bound where the work begins and stands on
every line below it.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, TextIO, cast

import orjson
import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.typing import Processor

from bridge.telemetry.config import Format, Level, LoggingConfig
from bridge.telemetry.redaction import Redaction


class Log(structlog.BoundLoggerBase):
    """Says a fixed sentence in small letters, with fields for all that varies."""

    def trace(self, sentence: str, /, **fields: object) -> None:
        """Wire lines; their text needs a second wish in the configuration."""
        self.say(Level.TRACE, sentence, **fields)

    def debug(self, sentence: str, /, **fields: object) -> None:
        """The path taken."""
        self.say(Level.DEBUG, sentence, **fields)

    def info(self, sentence: str, /, **fields: object) -> None:
        """Something a person would want in the history of the day."""
        self.say(Level.INFO, sentence, **fields)

    def warning(self, sentence: str, /, **fields: object) -> None:
        """It may become an error."""
        self.say(Level.WARNING, sentence, **fields)

    def error(self, sentence: str, /, **fields: object) -> None:
        """An admin must act."""
        self.say(Level.ERROR, sentence, **fields)

    def exception(self, sentence: str, /, **fields: object) -> None:
        """An error with the traceback of the exception being handled; for supervisors."""
        self.say(Level.ERROR, sentence, exc_info=True, **fields)

    def say(self, level: Level, sentence: str, /, **fields: object) -> None:
        if level.rank < _minimum[0]:
            return
        fields.setdefault("module", self._logger.module)
        with suppress(structlog.DropEvent):
            args, _ = self._process_event(level.value, sentence, fields)
            self._logger.write(str(args[0]))


def get_log(name: str) -> Log:
    """The log of a module; bind more with ``.bind(portal=...)``."""
    return cast(Log, structlog.get_logger(name))


@contextmanager
def log_context(**fields: object) -> Iterator[None]:
    """Put fields on every line that is written within, in this task and those it starts."""
    with bound_contextvars(**fields):
        yield


def set_up_logging(config: LoggingConfig, *, stream: TextIO | None = None) -> None:
    """Begin to write, to standard error unless a stream is given; may be called again to change the settings.

    Lines of other libraries come in through Python's own logging: from warnings on, or with ``debug`` and
    ``trace`` from ``info`` on. Their debug lines are never written, as nobody knows what they hold.
    """
    _minimum[0] = config.level.rank
    _stream[0] = stream
    _processors[:] = [
        merge_contextvars,
        _add_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        Redaction(spoken=config.message_text),
        _renderer(config.format, color=stream is None and sys.stderr.isatty()),
    ]
    low = config.level.rank <= Level.DEBUG.rank
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, _FromLibraries)]:
        root.removeHandler(handler)
    root.addHandler(_FromLibraries())
    root.setLevel(logging.INFO if low else max(logging.WARNING, config.level.rank))


class _Sink:
    """Where the lines of a module go; a log that cannot be written must not stop a message."""

    def __init__(self, name: str = "") -> None:
        self.module = name.removeprefix("bridge.")

    def write(self, line: str) -> None:
        stream = _stream[0] or sys.stderr
        with suppress(OSError, ValueError):
            stream.write(line + "\n")
            stream.flush()


class _FromLibraries(logging.Handler):
    """Takes in what other libraries say."""

    def emit(self, record: logging.LogRecord) -> None:
        level = next((one for one in reversed(Level) if record.levelno >= one.rank), Level.TRACE)
        try:
            sentence = record.getMessage()
        except (TypeError, ValueError):
            sentence = str(record.msg)
        get_log(record.name).say(
            level, sentence, **({"exc_info": record.exc_info} if record.exc_info else {})
        )


def _add_level(logger: Any, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event["level"] = method
    return event


def _drop(logger: Any, method: str, event: structlog.typing.EventDict) -> str:
    raise structlog.DropEvent


def _renderer(form: Format, *, color: bool) -> Processor:
    if form is Format.JSON:
        return structlog.processors.JSONRenderer(serializer=_to_json)
    return structlog.dev.ConsoleRenderer(
        colors=color, exception_formatter=structlog.dev.plain_traceback, sort_keys=False, pad_event_to=30
    )


def _to_json(event: object, **_: object) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode(errors="replace")


_minimum: Final = [0]
_stream: Final[list[TextIO | None]] = [None]
# One list, changed in place: loggers that were made before the set-up go by it too.
_processors: Final[list[Processor]] = [_drop]

structlog.configure(
    processors=_processors,
    wrapper_class=Log,
    logger_factory=_Sink,
    cache_logger_on_first_use=True,
)
