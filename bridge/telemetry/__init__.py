"""Structured logs with redaction, and metrics."""

from bridge.telemetry.config import Format, Level, LoggingConfig
from bridge.telemetry.log import Log, get_log, log_context, set_up_logging
from bridge.telemetry.metrics import Metrics
from bridge.telemetry.outage import Outage

__all__ = [
    "Format",
    "Level",
    "Log",
    "LoggingConfig",
    "Metrics",
    "Outage",
    "get_log",
    "log_context",
    "set_up_logging",
]
