"""The verbs, each with an example: `python -m crack_exp`."""

VERBS = """\
crack_exp trains, judges and records classifiers of cracks in concrete.

  python -m crack_exp.run                             train on painted images, judge, record in MLflow
  python -m crack_exp.run optimizer=rmsprop           ... with another optimizer
  python -m crack_exp.run data=folder data.path=DIR   ... on your own images, one folder per class
  python -m crack_exp.run -m optimizer=adam,sgd       ... one run for each
  python -m crack_exp.run --help                      every setting

  python -m crack_exp.tune                            search for better settings, by validation alone
  python -m crack_exp.tune --help                     every setting of that

  python -m crack_exp.compare sweep=NAME              which setting is better, and by more than luck
  python -m crack_exp.compare --help                  every setting of that

  python -m crack_exp.pretrain                        train a backbone on painted cracks, without end or images
  python -m crack_exp.pretrain --help                 every setting of that

  python -m crack_exp.cache                           what runs left for later ones; `clear` deletes it

  mlflow ui --backend-store-uri sqlite:///mlruns/mlflow.db     look at the runs and compare them
"""


def main() -> None:
    print(VERBS, end="")


if __name__ == "__main__":
    main()
