"""`python -m crack_exp.pretrain`."""

from crack_exp.pretrain import main

if __name__ == "__main__":
    main()
