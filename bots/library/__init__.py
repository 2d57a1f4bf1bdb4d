"""The bundled bots, one folder each."""
