"""List the commands, each with an example: `python -m crack_exp`."""

COMMANDS = """\
crack_exp trains, compares and uses image classifiers for cracks in concrete.

  python -m crack_exp.run                             train on painted images, evaluate, record in MLflow
  python -m crack_exp.run optimizer=rmsprop           ... with another optimizer
  python -m crack_exp.run data=folder data.path=DIR   ... on your own images, one folder per class
  python -m crack_exp.run -m optimizer=adam,sgd       ... one run for each
  python -m crack_exp.run --help                      every setting

  python -m crack_exp.predict images=DIR              predict new images by the latest model
  python -m crack_exp.survey photos=DIR               map the cracks on whole photos, tile by tile
  python -m crack_exp.serve                           a page to drop photos on, and an API for programs
  python -m crack_exp.export format=onnx              write a model for another runtime, checked against the original
  python -m crack_exp.predict --help                  every setting of this command

  python -m crack_exp.tune                            search for better settings, on validation images
  python -m crack_exp.tune --help                     every setting of this command

  python -m crack_exp.compare sweep=NAME              significance tests between settings
  python -m crack_exp.compare --help                  every setting of this command

  python -m crack_exp.pretrain                        train a backbone on painted cracks until stopped; needs no images
  python -m crack_exp.pretrain --help                 every setting of this command

  python -m crack_exp.cache                           show the cache of runs; `clear` deletes it

  mlflow ui --backend-store-uri sqlite:///mlruns/mlflow.db     show and compare the recorded runs
"""


def main() -> None:
    print(COMMANDS, end="")


if __name__ == "__main__":
    main()
