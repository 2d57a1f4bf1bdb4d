"""Lets ``python -m bridge`` stand for the ``trunkline`` command."""

from bridge.cli.main import main

if __name__ == "__main__":
    main()
