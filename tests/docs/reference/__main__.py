"""Writes what is made from the code; called by ``script/reference``."""

import sys

from tests.docs.reference.pages import MADE, ROOT


def main() -> None:
    for path, make in MADE.items():
        text = make()
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
