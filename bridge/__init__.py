"""Trunkline: a Matrix appservice that joins rooms with other chat networks."""
