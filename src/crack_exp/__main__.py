"""List the commands, each with an example: `python -m crack_exp`."""

import sys
from collections.abc import Sequence
from difflib import get_close_matches

from crack_exp.system.errors import one_line, shown
from crack_exp.system.printed import own_command

COMMANDS = """\
crack_exp trains, compares and uses image classifiers for cracks in concrete.

  python -m crack_exp.run                            train on painted images
  python -m crack_exp.run optimizer=rmsprop          ... with another optimizer
  python -m crack_exp.run data=folder data.path=DIR  ... on images of your own
  python -m crack_exp.run -m optimizer=adam,sgd      ... one run for each

  python -m crack_exp.predict images=DIR             predict new images
  python -m crack_exp.survey photos=DIR              map the cracks on whole photos
  python -m crack_exp.serve                          a page to drop photos on
  python -m crack_exp.export format=onnx             write a model for another runtime

  python -m crack_exp.tune                           search for better settings
  python -m crack_exp.compare sweep=NAME             which setting is really better
  python -m crack_exp.pretrain                       train a backbone on painted cracks

  python -m crack_exp.cache                          show the cache; `clear` deletes it

  mlflow ui --backend-store-uri sqlite:///mlruns/mlflow.db
                                                     show the recorded runs

Every setting of a command: python -m crack_exp.run --help
"""

VERBS = ("run", "tune", "compare", "pretrain", "predict", "survey", "serve", "export", "cache")
ASKS = ("-h", "--help", "help")
NO_COMMAND = 2
"""The exit code where what was typed starts nothing."""


def main(words: Sequence[str] | None = None) -> None:
    words = sys.argv[1:] if words is None else words
    if not words or words[0] in ASKS:
        print(COMMANDS, end="")
        return
    print(f"crack_exp: {_no_command(words)}", file=sys.stderr)
    sys.exit(NO_COMMAND)


def _no_command(words: Sequence[str]) -> str:
    """What to type in place of `python -m crack_exp run optimizer=adam`."""
    verb, *others = words
    if near := get_close_matches(verb.removeprefix("crack_exp."), VERBS, n=1):
        return f"{one_line(shown(verb))}: starts nothing; type {own_command(near[0], others)}"
    return f"{one_line(shown(verb))}: no such command; it can be {', '.join(VERBS)}; see them by python -m crack_exp"


if __name__ == "__main__":
    main()
