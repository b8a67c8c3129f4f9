"""`python -m crack_exp.survey`."""

from crack_exp.survey import main

if __name__ == "__main__":
    main()
