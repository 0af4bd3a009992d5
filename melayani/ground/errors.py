# SPDX-License-Identifier: EUPL-1.2
"""The one family of anticipated refusals; anything else that is raised is a bug."""


class Refused(Exception):  # noqa: N818  # a refusal is an answer the house expects, not an error in it
    """The act was refused for a reason the person can understand; nothing was written.

    `code` is stable and for machines (`promise_too_short`); `message` is a plain Indonesian sentence that says what
    to do next. Faces translate it once: form error, plain page, or the standard's error body.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
