"""`python -m crack_exp.predict`."""

from crack_exp.predict import main

if __name__ == "__main__":
    main()
