# SPDX-License-Identifier: EUPL-1.2
"""Portal: the citizens' pages. Every page works without JavaScript and sends nothing to anybody else."""
