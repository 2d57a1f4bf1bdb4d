"""Declaring, reading, checking and showing options; the only home of ruamel.yaml."""

from bridge.config.declare import Wrong, option, section
from bridge.config.problems import ConfigInvalid, ConfigProblem
from bridge.config.secret import Secret

__all__ = ["ConfigInvalid", "ConfigProblem", "Secret", "Wrong", "option", "section"]
