"""`python -m crack_exp.serve`."""

from crack_exp.serve import main

if __name__ == "__main__":
    main()
