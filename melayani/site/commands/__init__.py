# SPDX-License-Identifier: EUPL-1.2
"""One file per subject of the command line. Django is imported inside the commands that need it, not by these files."""
