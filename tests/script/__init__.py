"""The scripts themselves, run in a folder of the test's own with a stand-in for Python."""
