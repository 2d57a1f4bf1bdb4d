"""Declaring, reading, checking and showing options; the only home of ruamel.yaml."""

from bridge.config.declare import Wrong, option, section
from bridge.config.example import render_chosen, render_example, render_reference
from bridge.config.load import Loaded, PluginSection, load
from bridge.config.moves import Move
from bridge.config.problems import ConfigInvalid, ConfigProblem
from bridge.config.schema import PluginGroup, Schema
from bridge.config.secret import Secret

__all__ = [
    "ConfigInvalid",
    "ConfigProblem",
    "Loaded",
    "Move",
    "PluginGroup",
    "PluginSection",
    "Schema",
    "Secret",
    "Wrong",
    "load",
    "option",
    "render_chosen",
    "render_example",
    "render_reference",
    "section",
]
