"""`python -m crack_exp.tune`."""

from crack_exp.tune import main

if __name__ == "__main__":
    main()
