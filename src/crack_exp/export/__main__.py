"""`python -m crack_exp.export`."""

from crack_exp.export import main

if __name__ == "__main__":
    main()
