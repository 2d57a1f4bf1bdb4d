"""Whole lives of a bridge on a pretend outside, each made from a seed, judged by one law."""
