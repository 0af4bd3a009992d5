# SPDX-License-Identifier: EUPL-1.2
"""`python -m melayani` is the same as the `melayani` command."""

from melayani.site.command import main

if __name__ == "__main__":
    main()
