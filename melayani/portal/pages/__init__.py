# SPDX-License-Identifier: EUPL-1.2
"""One file for each page or act of the citizens' face."""
