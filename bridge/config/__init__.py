"""Declaring, reading, checking and showing options; the only home of ruamel.yaml."""
