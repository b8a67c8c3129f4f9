"""`python -m crack_exp.run`."""

from crack_exp.run import main

if __name__ == "__main__":
    main()
