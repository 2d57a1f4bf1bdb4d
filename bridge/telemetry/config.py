"""The ``logging`` section."""

from enum import Enum

from bridge.config import option, section


class Level(Enum):
    """How much is written; each one includes those below it."""

    TRACE = "trace"
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """The number that Python's own logging gives it."""
        return {"trace": 5, "debug": 10, "info": 20, "warning": 30, "error": 40}[self.value]


class Format(Enum):
    CONSOLE = "console"
    JSON = "json"


@section("logging", "What is written to the log, on standard error.")
class LoggingConfig:
    level: Level = option("The least important lines that are written.", default=Level.INFO)
    format: Format = option("For people, or one JSON object a line.", default=Format.CONSOLE)
    message_text: bool = option(
        "Write what people say into the lines of the level trace. Only to hunt a fault.", default=False
    )
