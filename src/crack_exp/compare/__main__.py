"""`python -m crack_exp.compare`."""

from crack_exp.compare import main

if __name__ == "__main__":
    main()
