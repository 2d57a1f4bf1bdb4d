"""The only place that makes and joins the parts, and the only one that listens."""
