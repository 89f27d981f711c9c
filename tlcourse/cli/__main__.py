"""Let `python -m tlcourse.cli` do what `tlcourse` does."""

from tlcourse.cli import main

main()
