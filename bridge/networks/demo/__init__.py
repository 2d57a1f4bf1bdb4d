"""A chat in the same process: tutorial, playground and reference of the network contract."""
