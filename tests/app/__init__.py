"""The bridge as a whole, without real servers."""
