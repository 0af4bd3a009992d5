# SPDX-License-Identifier: EUPL-1.2
"""The pages of the desk, one file for each subject."""
