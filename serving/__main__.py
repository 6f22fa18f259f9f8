"""`python -m serving`; imported again by every worker, so it holds no more."""

if __name__ == "__main__":
    import sys

    from serving.command import main

    sys.exit(main(sys.argv[1:]))
